"""A feed lands in PostgreSQL as it does in ClickHouse, and a batch is there whole or not at all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from python_loaders.contract import Column, Feed
from python_loaders.errors import ConfigurationError, WarehouseUnavailable
from python_loaders.loader import Options, load_path
from python_loaders.postgres_target.commands import landing_of, open_warehouse
from python_loaders.postgres_target.connection import PostgresWarehouse
from python_loaders.postgres_target.tables import prepare
from python_loaders.profile import read_target
from tests.python.conftest import PROJECT, TRADE, House, WriteCsv, trade
from tests.python.postgres.conftest import Postgres
from tests.python.postgres.engines import fresh_database, load_both, write_profile

PRICE = {"symbol": "x", "market": "m", "venue": "v", "price": "1", "currency": "USD",
         "snapshot_at": "2026-01-01T00:00:00Z"}  # fmt: skip
LIVE = "select trade_id from raw.trades where _ended_seq is null order by trade_id"


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
def there(
    postgres: Postgres,
    database: str,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[House]:
    """A Tradehouse in a schema of the database."""
    profiles = write_profile(tmp_path_factory.mktemp("there"), postgres, database)
    yield House(profiles, capsys)
    with postgres.connect(database) as connection:
        connection.execute(f'drop schema if exists "{profiles.name}_raw" cascade'.encode())


def open_target(there: House, feeds: dict[str, Feed]) -> PostgresWarehouse:
    return open_warehouse(read_target(PROJECT, there.profiles), feeds)


def test_what_becomes_of_a_row_is_the_same_on_both_engines(
    house: House, there: House, feeds: dict[str, Feed], write_csv: WriteCsv
) -> None:
    """Corrections, deletions, repeats, versions that are lower, equal or not stated."""
    drawn = random.Random(5)
    house.load("trades", write_csv([TRADE]))
    there.load("trades", write_csv([TRADE]))
    with house.open() as warehouse, open_target(there, feeds) as target:
        for number in range(6):
            rows = [
                trade(
                    trade_id=f"t{drawn.randrange(40)}",
                    exit_price=str(drawn.choice([100, 110, 120])),
                    closed_at=f"2026-0{drawn.choice([1, 2])}-05T11:00:00Z",
                    version=str(drawn.choice(["", 1, 2, 3])),
                    tags=drawn.choice(["[]", '["a","b \\"c\\" {d},\\\\"]']),
                    attributes=drawn.choice(["", '{"é": "日本\\u0000"}']),
                    _op=drawn.choice(["upsert", "upsert", "upsert", "delete"]),
                )
                for _ in range(60)
            ]
            rows[0]["quantity"] = "-1"
            path = write_csv(rows, f"{number}.csv")
            load_both(warehouse, target, feeds, "trades", path, Options(max_reject_rate=0.5))
        columns = ", ".join((*feeds["trades"].column_names, "_batch_id", "_row"))
        ours = warehouse.rows(
            f"select {columns} from {warehouse.name('trades')} where (trade_id, _row_hash) in "
            f"(select trade_id, _row_hash from {warehouse.name('trades')} "
            "group by trade_id, _row_hash having sum(_sign) > 0) and _sign = 1 "
            "order by trade_id, _batch_seq desc limit 1 by trade_id"
        )
        theirs = target.rows(
            f"select {columns} from {target.name('trades')} where _ended_seq is null "
            "order by trade_id"
        )
    assert len(ours) > 10
    assert theirs == ours


def test_the_rows_of_an_append_feed_conflict_on_both_engines_alike(
    house: House, there: House, feeds: dict[str, Feed], write_csv: WriteCsv
) -> None:
    first = write_csv([PRICE, PRICE, {**PRICE, "price": "2"}, {**PRICE, "symbol": "y"}], "1.csv")
    second = write_csv([PRICE, {**PRICE, "symbol": "y", "price": "3"}], "2.csv")
    for place in (house, there):
        place.load("price_snapshots", first, "--max-reject-rate", "1")
        place.load("price_snapshots", second, "--max-reject-rate", "1")
    answers = [place.run("rejects", "price_snapshots", "--json").rows for place in (house, there)]
    told = [
        [(row["batch_id"], row["row"], row["column"], row["value"][:5], row["reasons"])
         for row in rows] for rows in answers
    ]  # fmt: skip
    assert len(told[0]) == 2
    assert told[0] == told[1]


def test_a_refused_file_leaves_its_rejects_and_nothing_else(
    there: House, write_csv: WriteCsv
) -> None:
    path = write_csv([TRADE, trade(trade_id="bad", quantity="much")])
    answer = there.run("load", "trades", path)
    assert answer.code == 3
    assert "1 of 2 rows are bad" in answer.err
    assert there.query(LIVE) == []
    (reject,) = there.run("rejects", "trades", "--json").rows
    assert (reject["row"], reject["column"], reject["value"]) == (2, "quantity", "much")
    assert reject["reason"] == "not a number"
    status = {row["feed"]: row for row in there.run("status", "--json").rows}["trades"]
    assert (status["rows"], status["batches"][0]["status"]) == (0, "refused")
    # with a rate that admits it the same file lands
    assert there.load("trades", path, "--max-reject-rate", "0.5")["landed"] == 1
    assert there.load("trades", path, "--max-reject-rate", "0.5")["repeated"]


def test_a_character_that_postgresql_cannot_hold_refuses_the_file(
    there: House, write_csv: WriteCsv
) -> None:
    answer = there.run("load", "trades", write_csv([trade(entry_reason="a\0b")]))
    assert answer.code == 3
    assert "NUL" in answer.err and "trades.csv" in answer.err
    assert there.query("select count(*) as n from raw._batches") == [{"n": 0}]


class Broken(PostgresWarehouse):
    """A connection that the server ends after some statements."""

    left = -1

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        rows = super().rows(sql, *parameters)
        self.left -= 1
        if self.left == 0:
            with suppress(psycopg.Error):
                self.connection.execute("select pg_terminate_backend(pg_backend_pid())")
        return rows


def test_a_loader_that_breaks_off_anywhere_has_landed_all_or_nothing(
    there: House, feeds: dict[str, Feed], write_csv: WriteCsv
) -> None:
    base = write_csv([trade(trade_id=f"t{n}") for n in range(3)], "base.csv")
    changes = [trade(trade_id="t1", exit_price="1", _op="upsert"),
               trade(trade_id="t2", _op="delete"), trade(trade_id="t3", _op="upsert")]  # fmt: skip
    path = write_csv(changes, "changes.csv")
    there.load("trades", base)
    target = read_target(PROJECT, there.profiles)
    broken, landed = 0, False
    while not landed:
        broken += 1
        with Broken(target) as warehouse:
            warehouse.left = broken
            with suppress(WarehouseUnavailable, psycopg.Error):
                load_path(landing_of(warehouse), feeds, "trades", path, Options())
                landed = warehouse.left > 0
        found = [row["trade_id"] for row in there.query(LIVE)]
        batches = there.query("select status from raw._batches order by batch_seq")
        assert {row["status"] for row in batches} == {"done"}
        if len(batches) == 1:
            assert found == ["t0", "t1", "t2"]
        else:
            # what the server had committed before it went, the loader finds
            landed = True
    assert broken > 10
    assert there.load("trades", path)["repeated"]
    assert [row["trade_id"] for row in there.query(LIVE)] == ["t0", "t1", "t3"]
    assert len(there.query("select 1 as n from raw._batches")) == 2


def test_two_loaders_of_one_feed_wait_for_each_other(
    there: House, feeds: dict[str, Feed], write_csv: WriteCsv
) -> None:
    with open_target(there, feeds) as first, open_target(there, feeds) as second:
        second.rows("set statement_timeout = 200")
        path = write_csv([TRADE])
        with landing_of(first)(feeds["trades"]).held(), pytest.raises(WarehouseUnavailable):
            load_path(landing_of(second), feeds, "trades", path, Options())
        assert (
            load_path(landing_of(second), feeds, "trades", path, Options())[0].batch.rows_landed
            == 1
        )


def test_a_contract_that_gains_a_column_adds_it(
    there: House, feeds: dict[str, Feed], write_csv: WriteCsv
) -> None:
    there.load("trades", write_csv([TRADE]))
    grown = replace(
        feeds["trades"],
        columns=(*feeds["trades"].columns, Column("mood", "String", "", default="it's fine")),
    )
    with open_target(there, feeds) as target:
        prepare(target, {"trades": grown})
        assert target.scalar(f"select mood from {target.name('trades')}") == "it's fine"
        changed = replace(grown, columns=(*grown.columns[:-1], Column("mood", "Float64", "")))
        with pytest.raises(ConfigurationError, match=r"trades\.mood is text"):
            prepare(target, {"trades": changed})


def test_a_query_reads_and_cannot_write(there: House, write_csv: WriteCsv) -> None:
    there.load("trades", write_csv([TRADE]))
    select = "select 1.50 as n, 'a,\"b' as t, null as e, true as b, date '2026-01-02' as d"
    assert there.run("query", select, "--json").out == (
        '[{"n": 1.50, "t": "a,\\"b", "e": null, "b": true, "d": "2026-01-02"}]\n'
    )
    assert there.run("query", select, "--csv").out == 'n,t,e,b,d\n1.50,"a,""b",,true,2026-01-02\n'
    assert "2026-01-02" in there.run("query", select).out
    for sql in (
        f"with gone as (delete from {there.schema}_raw.trades returning 1) select * from gone",
        f"select 1; drop table {there.schema}_raw.trades",
        "select no_such_column",
    ):
        answer = there.run("query", sql)
        assert (answer.code, len(answer.err.splitlines())) == (2, 1), answer.err
    assert len(there.query(LIVE)) == 1


@pytest.mark.parametrize(
    "words", [["migrate"], ["explain", "cagr", "--account", "a"], ["load", "ticks", "README.md"]]
)
def test_what_is_not_there_is_refused_in_one_line(there: House, words: list[str]) -> None:
    answer = there.run(*words, *(["--format", "csv"] if words[0] == "load" else []))
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 1
    assert "PostgreSQL" in answer.err


def test_a_database_that_cannot_hold_every_text_is_refused(
    there: House, postgres: Postgres, database: str
) -> None:
    profile = there.profiles / "profiles.yml"
    text = profile.read_text(encoding="utf-8")
    with postgres.connect() as admin:
        admin.execute("create database latin template template0 encoding 'LATIN1' locale 'C'")
        profile.write_text(text.replace(database, "latin"), encoding="utf-8")
        answer = there.run("status")
        assert (answer.code, len(answer.err.splitlines())) == (2, 1)
        assert "database latin is in LATIN1" in answer.err
        admin.execute("drop database latin")


def test_a_server_that_is_not_there_is_named(there: House, write_csv: WriteCsv) -> None:
    profile = there.profiles / "profiles.yml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(text.replace("5432", "1"), encoding="utf-8")
    answer = there.run("load", "trades", write_csv([TRADE]))
    assert answer.code == 4
    assert answer.err.startswith("tradehouse: target postgres: PostgreSQL cannot be reached")
