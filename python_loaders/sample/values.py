"""Draws, amounts and instants: macros for the SQL of a sample, and the same in Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = int | Sequence[int | None] | Sequence[str]
Variables: TypeAlias = Mapping[str, Value]
"""Variables of DuckDB by name; SQL reads one by `getvariable`."""

MACROS = (
    "create temp macro half(x) as (xor(x, x >> 16) * 73244475) & 4294967295",
    "create temp macro mix(x) as xor(half(half(x)), half(half(x)) >> 16)",
    # 32 bits of stream k at position i
    """create temp macro draw(i, k) as
        mix(xor(i, (getvariable('seed') + k * 2654435761) & 4294967295))""",
    """create temp macro units(x, digits) as case digits
        when 4 then cast(cast(x as decimal(18, 0)) * cast('0.0001' as decimal(4, 4)) as varchar)
        when 6 then cast(cast(x as decimal(18, 0)) * cast('0.000001' as decimal(6, 6)) as varchar)
        else cast(cast(x as decimal(18, 0)) * cast('0.0000000001' as decimal(10, 10)) as varchar)
    end""",
    "create temp macro iso(us) as strftime(make_timestamp(us), '%Y-%m-%dT%H:%M:%S.%fZ')",
)


def draw(seed: int, i: int, k: int) -> int:
    """32 bits of stream k at position i, as the macro `draw` gives them."""

    def half(x: int) -> int:
        return ((x ^ (x >> 16)) * 73244475) & 0xFFFFFFFF

    x = half(half(i ^ ((seed + k * 2654435761) & 0xFFFFFFFF)))
    return x ^ (x >> 16)


def iso(instant: dt.datetime) -> str:
    """An instant in UTC as a canonical file has it, to the microsecond."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
