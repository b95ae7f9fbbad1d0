"""One cast for every format: text in, typed columns and reasons out, as DuckDB SQL.

``cast_sql`` reads a relation whose columns are all text and yields the contract's columns typed,
with ``_sign`` (-1 asks for the deletion of its key), ``_rounded`` (how many of its values
were cut to the scale of their column) and ``_problems``: NULL for a good row, else
``column<US>reason`` pairs joined by ``<RS>``, and then the row itself in ``_record``. Strictness
comes from a full match of the text before the cast, because DuckDB's casts accept too much.
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass, replace
from decimal import Decimal

from python_loaders.contract import Column, Feed
from python_loaders.levels import LEVELS, typed_levels
from python_loaders.quoting import duck_identifier, duck_literal
from python_loaders.text_macros import NUMBER, half_even

UNIT_SEPARATOR = "\x1f"
RECORD_SEPARATOR = "\x1e"

# The reason that refuses the file instead of the row: the loader cannot know the zone.
NAIVE_TIME = "time without a zone"
MISSING = "missing value"

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6}0*)?)?"
_OFFSET = r" ?(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
TIME_WITH_OFFSET = f"{_DATE}[T ]{_CLOCK}{_OFFSET}"
_NAIVE_TIME = f"{_DATE}(?:[T ]{_CLOCK})?"

DECIMAL = re.compile(r"^Decimal\((\d+), (\d+)\)$")
UNSIGNED = {"UInt8": "utinyint", "UInt16": "usmallint", "UInt32": "uinteger", "UInt64": "ubigint"}


@dataclass(frozen=True)
class Problem:
    """A condition that makes a row bad, and the reason as an SQL text expression."""

    column: str
    condition: str
    reason: str


def cast_sql(
    feed: Feed, relation: str, present: set[str], *, zone: str | None, has_op: bool
) -> str:
    """SQL that casts and checks the text columns of ``relation``, in which no text is empty.

    Reasons are only put together for the rows that have one.

    Args:
        present: contract columns that the relation has; the others take their default.
        zone: IANA zone of times that carry no offset; None refuses them.
        has_op: the relation has ``_op`` (upsert or delete); a deletion needs the key alone.
    """
    texts: list[str] = []
    typed: list[str] = []
    problems: list[Problem] = []
    plain: list[str] = []
    rounded: list[str] = []
    for column in feed.columns:
        raw = duck_identifier(f"{column.name} text")
        texts.append(f"{source_sql(column, present)} as {raw}")
        typed.append(f"{typed_sql(column, raw, zone)} as {duck_identifier(column.name)}")
        found = find_problems(column, raw, zone)
        if has_op and column.name not in feed.key:
            found = [replace(p, condition=f"not _delete and ({p.condition})") for p in found]
        problems += found
        if match := DECIMAL.match(column.base_type):
            plain.append(f"plain_number({raw}) as {_plain(column)}")
            rounded.append(_rounded(column, raw, int(match[2])))
    for check in feed.checks:
        guard = "not _delete and " if has_op else ""
        reason = duck_literal(check.name.replace("_", " "))
        problems.append(Problem(check.column, f"{guard}not ({check.sql})", reason))
    operation = "lower(coalesce(_op, 'upsert'))" if has_op else "'upsert'"
    if has_op:
        condition = "_operation not in ('upsert', 'delete')"
        problems.append(Problem("_op", condition, duck_literal("not upsert or delete")))
    reasons = ",\n        ".join(
        f"case when {problem.condition} then {duck_literal(problem.column + UNIT_SEPARATOR)} "
        f"|| {problem.reason} end"
        for problem in problems
    )
    record = ", ".join(
        f"{duck_identifier(c.name)} := {duck_identifier(f'{c.name} text')}" for c in feed.columns
    )
    output = ", ".join(
        _fallback(column, duck_identifier(column.name)) if has_op else duck_identifier(column.name)
        for column in feed.columns
    )
    return f"""
with text_rows as (
    select {", ".join(texts)}, {operation} as _operation
    from {relation}
),
plain_rows as (
    select {", ".join(["*", *plain])} from text_rows
),
typed_rows as (
    select *, _operation = 'delete' as _delete, {", ".join(typed)}
    from plain_rows
),
checked_rows as (
    select *, coalesce({" or ".join(f"({problem.condition})" for problem in problems)}, false)
        as _bad,
        ({" + ".join(rounded) or "0"})::integer as _rounded
    from typed_rows
)
select
    {output},
    (case when _delete then -1 else 1 end)::tinyint as _sign,
    _rounded,
    case when _bad then concat_ws({duck_literal(RECORD_SEPARATOR)},
        {reasons}) end as _problems,
    case when _bad then to_json(struct_pack({record}))::varchar end as _record
from checked_rows
"""


def source_sql(column: Column, present: set[str]) -> str:
    """The text of a column, or the default where the source is silent; NULL where none is."""
    source = duck_identifier(column.name) if column.name in present else "null::varchar"
    if column.default is not None:
        return f"coalesce({source}, {duck_literal(column.default)})"
    return source


def _plain(column: Column) -> str:
    """The text of a decimal without its exponent."""
    return duck_identifier(f"{column.name} plain")


def fitting(scale: int) -> str:
    """Pattern of a number that a decimal of this scale holds without rounding."""
    return f"[+-]?(?:[0-9]+\\.?[0-9]{{0,{scale}}}|\\.[0-9]{{1,{scale}}})"


def _fits(raw: str, scale: int) -> str:
    return f"regexp_full_match({raw}, '{fitting(scale)}')"


def _rounded(column: Column, raw: str, scale: int) -> str:
    """1 where the value was cut to the scale of its column, else 0."""
    return (
        f"(case when {_fits(raw, scale)} or {duck_identifier(column.name)} is null then 0 "
        f"when length(rtrim(split_part({_plain(column)}, '.', 2), '0')) > {scale} "
        "then 1 else 0 end)"
    )


def typed_sql(column: Column, raw: str, zone: str | None) -> str:
    base = column.base_type
    if base == "String":
        return raw
    if match := DECIMAL.match(base):
        scale = int(match[2])
        type_ = f"decimal({match[1]}, {scale})"
        return (
            f"case when {_fits(raw, scale)} then try_cast({raw} as {type_}) "
            f"when regexp_full_match({raw}, '{NUMBER}') "
            f"then {half_even(_plain(column), int(match[1]), scale)} end"
        )
    if base in UNSIGNED:
        return (
            f"case when regexp_full_match({raw}, '[0-9]+') "
            f"then try_cast({raw} as {UNSIGNED[base]}) end"
        )
    if base == "Float64":
        value = f"try_cast({raw} as double)"
        return (
            f"case when regexp_full_match({raw}, '{NUMBER}') and isfinite({value}) then {value} end"
        )
    if base == "Array(String)":
        return (
            f"case when {raw} = '[]' then []::varchar[] "
            f"when strict_json({raw}) and json_type({raw}) = 'ARRAY' "
            f"then json_extract_string({raw}, '$[*]') end"
        )
    if base == LEVELS:
        return typed_levels(raw)
    if base.startswith("DateTime64"):
        # the cast takes no space before an offset, and in DuckDB 1 no Z after minutes
        closed_up = f"regexp_replace({raw}, ' ?(Z|[+-][0-9:]+)$', '\\1')"
        with_seconds = f"regexp_replace({closed_up}, '^(.{{16}})(Z|[+-].*)$', '\\1:00\\2')"
        casts = [f"try_cast({text} as timestamptz)" for text in (raw, with_seconds)]
        moment = f"coalesce({', '.join(casts)})"
        with_offset = f"regexp_full_match({raw}, '{TIME_WITH_OFFSET}')"
        if zone is None:
            return f"case when {with_offset} then {moment} end"
        naive = f"try_cast({raw} as timestamp)"
        local = f"timezone({duck_literal(zone)}, {naive})"
        return (
            f"case when {with_offset} then {moment} "
            f"when regexp_full_match({raw}, '{_NAIVE_TIME}') "
            f"and timezone({duck_literal(zone)}, {local}) = {naive} then {local} end"
        )
    raise AssertionError(f"no cast for {column.type}")


def find_problems(column: Column, raw: str, zone: str | None) -> list[Problem]:
    name, base = duck_identifier(column.name), column.base_type
    found: list[Problem] = []

    def add(condition: str, reason: str) -> None:
        found.append(Problem(column.name, condition, reason))

    failed = f"{raw} is not null and {name} is null"
    if column.required:
        add(f"{raw} is null", duck_literal(MISSING))
    if base == "String":
        if column.json:
            add(f"{name} <> '' and not strict_json({name})", duck_literal("not valid JSON"))
        if column.zone:
            zones = ", ".join(duck_literal(key) for key in sorted(zoneinfo.available_timezones()))
            add(f"{name} not in ({zones})", duck_literal("not an IANA time zone"))
    elif DECIMAL.match(base):
        numeric = f"regexp_full_match({raw}, '{NUMBER}')"
        too_large = duck_literal(f"does not fit {base}")
        add(failed, f"case when {numeric} then {too_large} else 'not a number' end")
    elif base in UNSIGNED:
        add(failed, duck_literal(f"not a whole number that fits {base}"))
    elif base == "Float64":
        add(failed, duck_literal("not a finite number"))
    elif base == LEVELS:
        add(failed, duck_literal("not a JSON array of levels, [price, size, orders]"))
    elif base == "Array(String)":
        reason = duck_literal("not a JSON array of texts")
        add(f"{failed} or list_count({name}) <> len({name})", reason)
    else:
        found += _time_problems(column, raw, failed, zone)
    if column.accepted:
        options = ", ".join(duck_literal(value) for value in column.accepted)
        reason = duck_literal(f"not one of {', '.join(column.accepted)}")
        add(f"{name}::varchar not in ({options})", reason)
    cast = f"::decimal({match[1]}, {match[2]})" if (match := DECIMAL.match(base)) else ""
    if column.above is not None:
        add(f"{name} <= {_plain_text(column.above)}{cast}",
            duck_literal(f"not above {column.above:g}"))  # fmt: skip
    if column.minimum is not None:
        add(f"{name} < {_plain_text(column.minimum)}{cast}",
            duck_literal(f"below {column.minimum:g}"))  # fmt: skip
    if column.maximum is not None:
        add(f"{name} > {_plain_text(column.maximum)}{cast}",
            duck_literal(f"above {column.maximum:g}"))  # fmt: skip
    return found


def _plain_text(bound: float) -> str:
    """A bound without an exponent, which DuckDB would read as a double."""
    return format(Decimal(str(bound)), "f")


def _time_problems(column: Column, raw: str, failed: str, zone: str | None) -> list[Problem]:
    name = duck_identifier(column.name)
    local = f"try_cast({raw} as timestamp)"
    naive = f"regexp_full_match({raw}, '{_NAIVE_TIME}') and {local} is not null"
    why = NAIVE_TIME if zone is None else f"does not exist in {zone} (clock change)"
    finer = f"regexp_matches({raw}, '[0-9]\\.[0-9]{{7}}')"
    first, last = "1970-01-01 00:00:00+00", "2100-01-01 00:00:00+00"
    found = [
        Problem(
            column.name,
            failed,
            f"case when {naive} then {duck_literal(why)} "
            f"when {finer} then 'finer than a microsecond' else 'not a time' end",
        ),
        Problem(
            column.name,
            f"{name} < timestamptz '{first}' or {name} >= timestamptz '{last}'",
            duck_literal("outside 1970 to 2099"),
        ),
    ]
    if zone is not None:
        # a local time was shown twice if the offset of the day before, or after, makes another
        # instant of it that shows it too
        in_zone = f"timezone({duck_literal(zone)}, "
        others = [
            f"({near} + ({local} - {in_zone}{near})))"
            for near in (f"({name} - interval '24 hours')", f"({name} + interval '24 hours')")
        ]
        twice = " or ".join(
            f"{other} <> {name} and {in_zone}{other}) = {local}" for other in others
        )
        found.append(
            Problem(
                column.name,
                f"regexp_full_match({raw}, '{_NAIVE_TIME}') and ({twice})",
                duck_literal(f"ambiguous in {zone} (clock change)"),
            )
        )
    return found


def _fallback(column: Column, name: str) -> str:
    """A value for the columns that a deletion leaves out; landing never shows it."""
    if column.nullable:
        return name
    base = column.base_type
    if base == "String":
        zero = "''"
    elif base.startswith("DateTime64"):
        zero = "timestamptz '1970-01-01 00:00:00+00'"
    elif base == LEVELS:
        zero = "[]"
    elif base == "Array(String)":
        zero = "[]::varchar[]"
    else:
        zero = "0"
    return f"coalesce({name}, {zero}) as {name}"
