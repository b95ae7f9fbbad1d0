"""The cast against Python's own arithmetic, over texts that a source may hold."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from python_loaders.casting import cast_sql
from python_loaders.contract import Column, Feed
from python_loaders.text_macros import MACROS


def feed_of(column: Column) -> Feed:
    return Feed(
        name="x", description="", mode="append", key=("x",), event_time="x", partition_by="none",
        order_by=("x",), columns=(column,),
    )  # fmt: skip


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for macro in MACROS:
            connection.execute(macro)
        yield connection


def cast(
    connection: duckdb.DuckDBPyConnection, column: Column, texts: list[str], zone: str | None = None
) -> list[tuple[Any, int, str | None]]:
    """The value, whether it was rounded, and the problems of each text."""
    connection.register("texts", pa.table({"x": [text or None for text in texts]}))
    sql = cast_sql(feed_of(column), "texts", {"x"}, zone=zone, has_op=False)
    return connection.execute(f"select x, _rounded, _problems from ({sql})").fetchall()


digits = st.text("0123456789", min_size=1, max_size=30)
exponents = st.integers(-40, 40).map(lambda e: f"e{e}") | st.just("")
signs = st.sampled_from(["", "-", "+"])
numbers = st.one_of(
    st.tuples(signs, digits, digits, exponents).map(lambda p: f"{p[0]}{p[1]}.{p[2]}{p[3]}"),
    st.tuples(signs, digits, st.sampled_from(["", "."]), exponents).map("".join),
    st.tuples(signs, st.just("."), digits, exponents).map("".join),
    # ties, and their nearest neighbours
    st.tuples(signs, digits, st.text("0123456789", min_size=12, max_size=12),
              st.sampled_from(["5", "500", "49", "51", "5" + "0" * 30 + "1"]))
      .map(lambda p: f"{p[0]}{p[1]}.{p[2]}{p[3]}"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(numbers, min_size=50, max_size=50), scale=st.sampled_from([(38, 12), (9, 4)]))
def test_decimals_are_exact_or_half_even_or_rejected(
    connection: duckdb.DuckDBPyConnection, texts: list[str], scale: tuple[int, int]
) -> None:
    precision, places = scale
    column = Column("x", f"Decimal({precision}, {places})", "")
    for text, (value, rounded, problems) in zip(
        texts, cast(connection, column, texts), strict=True
    ):
        with localcontext() as context:
            context.prec = 700
            exact = Decimal(text)
            nearest = exact.quantize(Decimal(10) ** -places, ROUND_HALF_EVEN)
            if abs(nearest) >= Decimal(10) ** (precision - places):
                assert problems == f"x\x1fdoes not fit Decimal({precision}, {places})", text
            else:
                assert (value, rounded, problems) == (nearest, int(nearest != exact), None), text


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text("0123456789.eE+-_ xnaif,", min_size=1, max_size=12), min_size=50,
                      max_size=50))  # fmt: skip
def test_a_text_that_is_no_number_never_becomes_one(
    connection: duckdb.DuckDBPyConnection, texts: list[str]
) -> None:
    """Python takes all that is a number here, and some texts more."""
    column = Column("x", "Float64", "")
    for text, (value, _, problems) in zip(texts, cast(connection, column, texts), strict=True):
        if problems is None:
            assert value == float(text)
            assert text[0] in "+-.0123456789"
            assert not set(text) & set("_ xnaif,")
        else:
            assert problems == "x\x1fnot a finite number"


@settings(max_examples=30, deadline=None)
@given(
    zone=st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Europe/London",
                          "America/Sao_Paulo", "Asia/Kathmandu", "Antarctica/Troll", "UTC"]),
    start=st.dates(date(1990, 1, 1), date(2035, 1, 1)),
    steps=st.lists(st.integers(0, 365 * 24 * 12), min_size=60, max_size=60),
)  # fmt: skip
def test_local_times_are_one_instant_or_rejected(
    connection: duckdb.DuckDBPyConnection, zone: str, start: date, steps: list[int]
) -> None:
    """A local time is good if exactly one instant shows it."""
    tz = zoneinfo.ZoneInfo(zone)
    first = datetime.fromisoformat(start.isoformat())
    locals_ = [first + timedelta(minutes=5 * step) for step in steps]
    # and every hour and a half around the changes of that year
    day = datetime(start.year, 1, 1, tzinfo=timezone.utc)
    for number in range(365):
        before, after = (day + timedelta(days=n) for n in (number, number + 1))
        if before.astimezone(tz).utcoffset() != after.astimezone(tz).utcoffset():
            midnight = before.astimezone(tz).replace(tzinfo=None)
            locals_ += [midnight + timedelta(minutes=15 * n) for n in range(-8, 110)]
    texts = [local.isoformat(sep=" ") for local in locals_]
    column = Column("x", "DateTime64(6, 'UTC')", "")
    for local, (value, _, problems) in zip(
        locals_, cast(connection, column, texts, zone), strict=True
    ):
        instants = {local.replace(tzinfo=tz, fold=fold).astimezone(timezone.utc) for fold in (0, 1)}
        shown = {i for i in instants if i.astimezone(tz).replace(tzinfo=None) == local}
        if len(shown) == 1:
            assert problems is None, local
            assert value.astimezone(timezone.utc) == shown.pop()
        else:
            why = "ambiguous in" if shown else "does not exist in"
            assert problems == f"x\x1f{why} {zone} (clock change)", local


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        (Column("x", "Float64", "", minimum=-0.5, maximum=0.25), ["-0.5", "0.25"],
         ["-0.51", "0.3"]),
        (Column("x", "Decimal(38, 12)", "", above=0.5), ["0.500000000001"], ["0.5", "0.4"]),
        (Column("x", "Decimal(38, 12)", "", maximum=1e20), ["1e20", "100000000000000000000"],
         ["100000000000000000000.000000000001"]),
    ],
)  # fmt: skip
def test_bounds_may_be_fractions(
    connection: duckdb.DuckDBPyConnection, column: Column, good: list[str], bad: list[str]
) -> None:
    problems = [row[2] for row in cast(connection, column, [*good, *bad])]
    assert [problem is None for problem in problems] == [True] * len(good) + [False] * len(bad)
