"""The short way of the cast decides a row only where it gives what the exact cast gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from python_loaders.casting import cast_sql
from python_loaders.contract import Check, Column, Feed
from python_loaders.source import open_source
from python_loaders.source.layout import Layout
from python_loaders.text_macros import MACROS
from python_loaders.usual import usual_sql

MONEY = "Decimal(38, 12)"
FEED = Feed(
    name="probe",
    description="",
    mode="upsert",
    key=("id",),
    event_time="ts",
    partition_by="none",
    order_by=("id",),
    columns=(
        Column("id", "String", ""),
        Column("ts", "DateTime64(6, 'UTC')", ""),
        Column("price", MONEY, "", above=0, maximum=1e15),
        Column("fee", MONEY, "", default="0", minimum=-1e18),
        Column("leverage", "Decimal(9, 4)", "", default="1"),
        Column("stop", f"Nullable({MONEY})", ""),
        Column("delay", "Nullable(UInt32)", ""),
        Column("ratio", "Nullable(Float64)", ""),
        Column("side", "LowCardinality(String)", "", default="long", accepted=("long", "short")),
        Column("tags", "Array(String)", "", default="[]"),
        Column("notes", "String", "", default="", json=True),
    ),
    checks=(Check("cheap", "price", "price < 500"),),
)
NAMES = sorted([*FEED.column_names, "_op"])
ROWS = 5_000

NUMBERS = [
    "", "0", "1", "-1", "+2", "12.5", "1.", ".5", "-.5", "1_000", " 1", "1 ", "\t1", "0x1F", "1e3",
    "1E-9", "1.5e2", "nan", "inf", "-inf", "\u0661", "1,5", "4294967295", "4294967296", "00012",
    "-0", "0.000000000001", "0.0000000000001", "0.0000000000005", "1.00000000000000", "99999.99999",
    "99999999999999999999999999", "100000000000000000000000000", "1e400", "499.9999999999995",
    "1e",
]  # fmt: skip
TIMES = [
    "", "2026-01-05T10:00:00Z", "2026-01-05 10:00:00+02:00", "2026-01-05T10:00:00.123456Z",
    "2026-01-05T10:00:00.1234567Z", "2026-01-05T10:00:00.1234560Z", "2026-01-05T10:00", "infinity",
    "2026-01-05T24:00:00Z", "2026-02-30T00:00:00Z", "1969-12-31T23:59:59Z", "2100-01-01T00:00:00Z",
    "2026-01-05T10:00:00+99:00", "2026-01-05T10:00:00 Z", "2026-01-05", "1767607200", "epoch",
]  # fmt: skip
TEXTS = [
    "", "a", "long", "short", "LONG", "[]", "{}", '["a"]', '["a","b\\"c"]', '["a",null]', "[1]",
    "[[]]", '{"a":NaN}', '["a",]', "null", '"a"', "{", "upsert", "delete", "Upsert", "x,y",
    "a\x1fb", "Infinity", '{"note":"finance, info"}', "★",
]  # fmt: skip
USUAL = {
    "id": ["a", "b"], "ts": TIMES[1:4], "price": ["1", "12.5", "499.999"],
    "fee": ["", "0.1", "-1"], "leverage": ["", "1", "2.5"],
    "stop": ["", "0.000000000001"], "delay": ["", "17"],
    "ratio": ["", "-0.25"], "side": ["", "long"], "tags": ["", '["a","b"]'], "notes": ["", "{}"],
    "_op": ["", "upsert"],
}  # fmt: skip


def random_row(random: Random) -> dict[str, str]:
    """A row of usual texts with, mostly, one odd text in it: that one decides."""
    row = {name: random.choice(texts) for name, texts in USUAL.items()}
    for _ in range(random.choice([0, 1, 1, 1, 2])):
        digits = (
            f"{random.choice(['', '-', '+', ' '])}{random.randrange(10 ** random.randrange(30))}"
        )
        fraction = f".{random.randrange(10 ** random.randrange(16))}" * random.randrange(2)
        exponent = random.choice(["", "", f"e{random.randrange(-30, 30)}"])
        odd = random.choice([digits + fraction + exponent, *NUMBERS, *TIMES, *TEXTS])
        row[random.choice(NAMES)] = odd
    return row


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for macro in MACROS:
        connection.execute(macro)
    yield connection
    connection.close()


def cast_both(
    connection: duckdb.DuckDBPyConnection, rows: list[dict[str, str]]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each row by the short way and by the exact cast."""
    texts = {name: pa.array([row[name] or None for row in rows], pa.string()) for name in NAMES}
    connection.register("given", pa.table(texts))
    return cast_relation(connection, "given", {})


def cast_relation(
    connection: duckdb.DuckDBPyConnection, relation: str, typed: dict[str, str]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    exact_sql = cast_sql(FEED, relation, set(FEED.column_names), zone=None, has_op=True)
    # times as text: Python has no infinity of time, which a cast may give to a row it hands on
    short, exact = (
        connection.sql(f"select * replace (ts::varchar as ts) from ({sql})")
        .to_arrow_reader(ROWS)
        .read_all()
        .to_pylist()
        for sql in (usual_sql(FEED, relation, NAMES, typed), exact_sql)
    )
    return list(zip(short, exact, strict=True))


def test_what_the_short_way_decides_the_exact_cast_decides_alike(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    random = Random(1)
    rows = [random_row(random) for _ in range(ROWS)]
    assert ROWS / 5 < decided_alike(cast_both(connection, rows)) < ROWS / 2


# where another character may stand in a number
PLACES = (
    "{}", "{}1", "1{}", "1{}2", "{}1.5", "1{}.5", "1.{}5", "1.5{}", "{}{}1", "1{}{}", "-{}1",
    "-1{}", "{}-1", "1{}-2", "0{}1", "1e{}1", ".{}5", "5.{}", "{}.5", "{}.",
)  # fmt: skip


@pytest.mark.parametrize("column", ["price", "stop", "leverage"])
def test_no_character_makes_a_number_of_a_text_unseen(
    connection: duckdb.DuckDBPyConnection, column: str
) -> None:
    """The short way looks for the characters that the engine's cast takes and the contract not."""
    characters = [*map(chr, range(1, 256)), *"\u0661\u2212\u3000\uff11★"]
    texts = sorted({place.replace("{}", char) for place in PLACES for char in characters})
    usual = {name: values[-1] for name, values in USUAL.items()}
    assert decided_alike(cast_both(connection, [{**usual, column: text} for text in texts]))


TIME_TEXTS = (
    "2026-01-05T10:20:00Z", "2026-01-05T10:20:30Z", "2026-01-05T10:20:30.456Z",
    "2026-01-05T10:20:30.456789Z",
)  # fmt: skip
ODD_IN_TIMES = "0 +-:.,TZeE_x\t\u0661"


@pytest.mark.parametrize("time", TIME_TEXTS)
def test_no_character_makes_a_time_of_a_text_unseen(
    connection: duckdb.DuckDBPyConnection, time: str
) -> None:
    """The short way knows times by their shape, in which any character may stand in most places."""
    characters = [*map(chr, range(1, 256)), *"\u0661\u2212\u3000\uff11★"]
    single = {time[:at] + char + time[at + 1 :] for at in range(len(time)) for char in characters}
    pairs = {
        time[:at] + one + time[at + 1 : next_] + other + time[next_ + 1 :]
        for at in range(len(time))
        for next_ in range(at + 1, min(at + 4, len(time)))
        for one in ODD_IN_TIMES
        for other in ODD_IN_TIMES
    }
    clocks = {f"{time[:11]}{hour:02}{time[13:]}" for hour in range(100)}
    usual = {name: values[-1] for name, values in USUAL.items()}
    texts = sorted(single | pairs | clocks)
    assert decided_alike(cast_both(connection, [{**usual, "ts": text} for text in texts]))


LIST_PLACES = (
    '{}["a"]', '[{}"a"]', '["{}"]', '["a{}"]', '["a"{}]', '["a"]{}', '["a"{}"b"]', '["a",{}"b"]',
    '["a","b"{}]', '["\\{}"]', '["\\\\{}"]', '["a\\{}b"]', "[{}]", '["a",{}]', '["a",{}{}]',
    '["{}","{}"]',
)  # fmt: skip


def test_no_character_makes_a_list_of_a_text_unseen(connection: duckdb.DuckDBPyConnection) -> None:
    """The engine's JSON takes more than lists of texts, and other values as texts."""
    characters = [*map(chr, range(1, 256)), *"\u0661\u2212\u3000\uff11★"]
    odd = [*characters, "null", "true", "{}", "NaN", "1e1"]
    texts = sorted({place.replace("{}", text) for place in LIST_PLACES for text in odd})
    usual = {name: values[-1] for name, values in USUAL.items()}
    assert decided_alike(cast_both(connection, [{**usual, "tags": text} for text in texts]))


def decided_alike(rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> int:
    """How many rows the short way decides: each as the exact cast does."""
    decided = 0
    for short, exact in rows:
        if short["_given"] is None:
            decided += 1
            expected = {name: exact[name] for name in FEED.column_names}
            assert {name: short[name] for name in FEED.column_names} == expected
            assert exact["_problems"] is None, exact
            assert (exact["_sign"], exact["_rounded"]) == (1, 0), exact
    return decided


# Types of a Parquet file: a value that the contract takes over, and others that it may not.
TYPED = {
    "id": ("varchar", ["a", ""]),
    "ts": ("timestamptz", ["2026-01-05 10:00:00.123456+02", "infinity", "1969-12-31 23:59:59+00"]),
    "price": ("decimal(30, 12)", ["12.500000000001", "0", "-1", "499.999999999999", "500"]),
    "fee": ("hugeint", ["0", "-3", "170141183460469231731687303715884105727"]),
    "leverage": ("decimal(9, 4)", ["1.5", "0"]),
    "stop": ("decimal(38, 12)", ["1.5", "-1"]),
    "delay": ("bigint", ["17", "-1", "4294967296"]),
    "ratio": ("double", ["-0.25", "0.1", "1e300", "nan", "inf", "-0"]),
    "side": ("varchar", ["long", "", "up"]),
    "tags": ("varchar[]", ["[a, b]", "[]", "[NULL]", "['x\"y']"]),
    "notes": ("varchar", ["", "{}", "{"]),
    "_op": ("varchar", ["", "upsert"]),
}


def cast_file(
    path: Path, rows: list[list[str | None]], types: list[str]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The rows of a Parquet file of these types by the short way and by the exact cast."""
    with duckdb.connect() as writer:
        writer.execute("set TimeZone = 'UTC'")
        listed = ", ".join(f"{name} {type_}" for name, type_ in zip(TYPED, types, strict=True))
        writer.execute(f"create table typed ({listed})")
        casts = ", ".join(f"cast(? as {type_})" for type_ in types)
        writer.executemany(f"insert into typed values ({casts})", rows)
        writer.execute(f"copy typed to '{path}' (format parquet)")
    with open_source(path, Layout("parquet")) as source:
        texts = ", ".join(f"nullif({name}, '') as {name}" for name in NAMES)
        source.connection.execute(
            f"create temp view given as select * replace ({texts}) from source"
        )
        return cast_relation(source.connection, "given", source.typed)


def test_values_that_a_file_types_are_decided_as_their_texts_would_be(tmp_path: Path) -> None:
    random = Random(2)
    usual = [values[0] for _, values in TYPED.values()]
    rows: list[list[str | None]] = [[*usual]]
    for _ in range(ROWS // 5):
        row: list[str | None] = [*usual]
        for place in random.choices(range(len(usual)), k=2):
            row[place] = random.choice([None, *[*TYPED.values()][place][1]])
        rows.append(row)
    found = cast_file(tmp_path / "typed.parquet", rows, [type_ for type_, _ in TYPED.values()])
    assert found[0][0]["_given"] is None
    assert len(rows) / 5 < decided_alike(found) < len(rows) * 4 / 5


def test_a_type_that_the_contract_would_round_goes_through_its_text(tmp_path: Path) -> None:
    types = {name: type_ for name, (type_, _) in TYPED.items()} | {"price": "decimal(30, 13)"}
    row: list[str | None] = [values[0] for _, values in TYPED.values()]
    row[[*TYPED].index("price")] = "12.5000000000005"
    ((short, exact),) = cast_file(tmp_path / "typed.parquet", [row], [*types.values()])
    assert short["_given"] is not None
    assert (str(exact["price"]), exact["_rounded"]) == ("12.500000000000", 1)


def test_a_usual_row_is_decided_and_another_is_handed_on(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    usual = {
        "id": "a", "ts": "2026-01-05T10:00:00Z", "price": "12.5", "fee": "", "leverage": "2",
        "stop": "11", "delay": "17", "ratio": "-0.25", "side": "short", "tags": '["a"]',
        "notes": "", "_op": "",
    }  # fmt: skip
    odd = [{**usual, "price": "1e2"}, {**usual, "side": "up"}, {**usual, "_op": "delete"}]
    (first, _), *others = cast_both(connection, [usual, *odd])
    assert first["_given"] is None
    assert [short["_given"] for short, _ in others] == [
        # texts with the defaults filled in, in the order of the names
        [row[name] or {"fee": "0", "notes": ""}.get(name) for name in NAMES]
        for row in odd
    ]
