"""Every value of every type lands exactly, or is rejected with its text; never anything between."""

from __future__ import annotations

from decimal import Decimal

from tests.python.postgres.conftest import MAPPING, App

EXACT = {
    "entry_price": ["0.000000000001", "999999999999999", "1e-12", "100.10", "12345.678901234567"],
    "reported_return": ["0.1", "-0.0", "1e-310", "1.7976931348623157e308", "0.30000000000000004"],
    "opened_at": ["2026-01-05 10:00:00.123456+00", "2026-01-05 10:59:59.999999+05:30",
                  "1970-01-01 00:00:00+00"],
    "symbol": ["", " ", "a,b", 'q"q', "line\nbreak", "\\N", "\\.", "é漢🙂", "null", "NULL"],
    "tags": ["{}", '{a,"b,c","","NULL"}', '{"x\\"y"}'],
    "details": ["null", "{}", '{"a": null, "b": [1.50, "é"]}', '"text"', "[]"],
}  # fmt: skip

REJECTED = {
    "entry_price": [("NaN", "NaN"), ("Infinity", "Infinity"), ("1e30", "1" + "0" * 30)],
    "reported_return": [("NaN", "NaN"), ("-Infinity", "-Infinity")],
    "opened_at": [("infinity", "infinity"), ("-infinity", "-infinity"),
                  ("0044-03-15 12:00:00+00 BC", "0044-03-15 12:00:00+00 BC")],
    "tags": [("{a,NULL}", '["a",null]'), ("{{a,b},{c,d}}", "nested array")],
}  # fmt: skip


def test_edge_values_land_exactly_or_are_rejected(app: App) -> None:
    app.sql("alter table app.trades alter reported_return type float8")
    number = 0
    rejected: dict[str, tuple[str, str]] = {}
    for column, values in EXACT.items():
        for value in values:
            number += 1
            app.sql(f"insert into app.trades (id, {column}) values (%s, %s)", number, value)
    for column, pairs in REJECTED.items():
        for value, text in pairs:
            number += 1
            rejected[str(number)] = (column, text)
            app.sql(f"insert into app.trades (id, {column}) values (%s, %s)", number, value)
    app.map(MAPPING.replace("lag_s: 0", "lag_s: 0\n    max_reject_rate: 1"))
    app.sync()

    found = {
        row["record"].split('"trade_id": "')[1].split('"')[0]: (row["column"], row["value"])
        for row in app.run("rejects", "trades", "--json").rows
    }
    # an empty symbol is missing to the contract: loud, not taken for something else
    empty = str(len(EXACT["entry_price"] + EXACT["reported_return"] + EXACT["opened_at"]) + 1)
    assert found == {**rejected, empty: ("symbol", "")}

    # read back through other paths than those that wrote: the drivers' own types
    columns = "entry_price, reported_return, opened_at, symbol, tags, details::text"
    query = f"select id, {columns} from app.trades where id <> all(%s) order by id"
    theirs = {
        str(ident): values for ident, *values in app.sql(query, [int(ident) for ident in found])
    }
    with app.house.open() as warehouse:
        ours = {
            row["trade_id"]: row
            for row in warehouse.rows(f"select * from {warehouse.name('trades')}")
        }
    assert set(ours) == set(theirs)
    for ident, (price, ratio, opened, symbol, tags, details) in theirs.items():
        row = ours[ident]
        assert row["entry_price"] == price.quantize(Decimal("1e-12")) and row["symbol"] == symbol
        assert repr(row["reported_return"]) == repr(ratio)
        assert (row["opened_at"], list(row["tags"])) == (opened, tags)
        assert row["attributes"] == (details or "")
    # and each engine's own hash of what it holds agrees
    assert app.differences() == [f"missing acc-1,{ident}" for ident in sorted(found)]


def test_numbers_beyond_the_scale_are_rounded_to_even_and_counted(app: App) -> None:
    texts = ["0.0000000000005", "0.0000000000015", "1.00000000000050001", "2.9999999999999"]
    for number, text in enumerate(texts, 1):
        app.sql("insert into app.trades (id, entry_fee) values (%s, %s)", number, text)
    (batch,) = app.sync()
    assert batch["rounded"] == 4
    wanted = ["0", "0.000000000002", "1.000000000001", "3"]
    assert [fee for _, fee in app.live("trade_id, toString(entry_fee) as fee")] == wanted
    assert app.differences() == []


def test_any_type_becomes_the_text_that_postgresql_writes(app: App) -> None:
    texts = {
        "uuid": ("00000000-0000-4000-8000-00000000000A", "00000000-0000-4000-8000-00000000000a"),
        "bytea": ("\\x00ff2c22", "\\x00ff2c22"),
        "boolean": ("yes", "true"),
        "char(5)": ("ab", "ab"),
        "inet": ("10.0.0.1", "10.0.0.1/32"),
        "interval": ("1 day 2 hours", "P1DT2H"),
        "numeric": ("NaN", "NaN"),
        "int[]": ("{1,2}", "[1,2]"),
        "app.side": ("flat", "flat"),
    }
    # one view of all: a text column of the feed for each type
    names = ["symbol", "strategy", "account_id", "agent_id", "venue_entry", "venue_exit",
             "fee_currency", "entry_reason", "exit_reason"]  # fmt: skip
    casts = [
        f"'{value}'::{type_} as {name}_given"
        for name, (type_, (value, _)) in zip(names, texts.items(), strict=True)
    ]
    app.sql("insert into app.trades (id) values (1)")
    app.sql(f"create view app.typed as select *, {', '.join(casts)} from app.trades")
    mapping = MAPPING.replace("app.trades", "app.typed")
    for old in ("symbol: symbol", "strategy: strategy", "account_id: account"):
        mapping = mapping.replace(f"      {old}\n", "")
    lines = "".join(f"      {name}: {name}_given\n" for name in names)
    app.map(mapping.replace("    columns:\n", f"    columns:\n{lines}"))
    app.sync()
    assert app.live(", ".join(names)) == [tuple(text for _, text in texts.values())]
    assert app.differences() == []


def test_naive_times_take_the_zone_of_the_mapping(app: App) -> None:
    app.sql("alter table app.trades alter opened_at drop default, alter opened_at type timestamp")
    times = ["2026-01-05 10:00", "2026-07-05 10:00", "2026-03-29 02:30", "2026-10-25 02:30"]
    for number, time in enumerate(times, 1):
        app.sql(
            "insert into app.trades (id, opened_at, closed_at) values (%s, %s, '2026-12-31Z')",
            number,
            time,
        )
    answer = app.run("sync", "postgres", "--source", "app")
    assert answer.code == 2 and "opened_at is a time without a zone; say timezone" in answer.err
    app.map(
        MAPPING.replace("lag_s: 0", "lag_s: 0\n    timezone: Europe/Berlin\n    max_reject_rate: 1")
    )
    app.sync()
    assert app.live("trade_id, toString(opened_at) as opened") == [
        ("1", "2026-01-05 09:00:00.000000"), ("2", "2026-07-05 08:00:00.000000"),
    ]  # fmt: skip
    # 02:30 did not exist on 29 March and was shown twice on 25 October
    assert app.differences() == ["missing acc-1,3", "missing acc-1,4"]
