"""A mapping that cannot mean anything is refused with one line that says where and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_loaders.contract import Feed
from python_loaders.errors import ConfigurationError
from python_loaders.postgres.mapping import read_source
from tests.python.conftest import PROJECT
from tests.python.postgres.conftest import GRANTS, MAPPING, App


def write(folder: Path, text: str) -> Path:
    (folder / "sources").mkdir()
    (folder / "sources" / "app.yml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: postgres", "type: mysql", "type is 'mysql'; write postgres"),
        ("type: postgres", "type: postgres\nconnection: {password: x}", "connection takes service"),
        ("type: postgres", "type: postgres\nconnection: secret", "connection: not a mapping"),
        ("  trades:", "  trade:", "no feed trade"),
        ("app.trades", "trades", "table is 'trades'; write schema.table"),
        ("    cursor: [updated_at, id]", "    cursor: [id]", "cursor takes two columns"),
        ("      symbol: symbol\n", "", "the feed needs symbol; map it"),
        ("      symbol: symbol", "      symbols: symbol", "the feed has no column symbols"),
        ("market: spot", "symbol: spot, market: spot", "symbol is a column and a constant"),
        ("lag_s: 0", "lag_s: -1", "lag_s is -1; write a number, 0 or more"),
        ("lag_s: 0", "lags: 1", "unknown key lags"),
        ("lag_s: 0", "timezone: Mars/Olympus", "timezone Mars/Olympus is no IANA zone"),
        ("{closed_at: closed_at}", "{archived_at: a}", "archive needs closed_at"),
        ("tables:", "tables: [", "not YAML"),
    ],
)
def test_a_bad_mapping_is_one_line(
    tmp_path: Path, feeds: dict[str, Feed], old: str, new: str, message: str
) -> None:
    assert MAPPING.count(old) >= 1
    with pytest.raises(ConfigurationError) as raised:
        read_source(write(tmp_path, MAPPING.replace(old, new, 1)), "app", feeds)
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_source_that_is_not_there_names_those_that_are(
    tmp_path: Path, feeds: dict[str, Feed]
) -> None:
    project = write(tmp_path, MAPPING)
    for name in ("shop", "../sources/app"):
        with pytest.raises(ConfigurationError, match="the sources are app"):
            read_source(project, name, feeds)
    with pytest.raises(ConfigurationError, match="maps no feed ticks; it maps trades"):
        read_source(project, "app", feeds).chosen(["ticks"])


def test_the_example_is_a_mapping_of_the_runbooks_table(feeds: dict[str, Feed]) -> None:
    (table,) = read_source(PROJECT, "example", feeds).tables
    assert (table.table, table.closed_at, table.tombstone) == (
        "app.trades", "closed_at", "deleted_at",
    )  # fmt: skip


def test_a_mapping_that_the_table_cannot_feed_is_refused(app: App) -> None:
    for old, new, message in (
        ("app.trades", "app.nothing", "there is no table app.nothing"),
        ("quantity: quantity", "quantity: quality", "app.trades has no column quality"),
        ("quantity: quantity", "quantity: symbol", "quantity takes Decimal(38, 12), and column"),
        ("[updated_at, id]", "[id, updated_at]", "it must be timestamp with time zone"),
        ("lag_s: 0", "tombstone: symbol", "tombstone must be a boolean or a time"),
    ):
        app.map(MAPPING.replace(old, new, 1))
        answer = app.run("sync", "postgres", "--source", "app")
        assert answer.code == 2 and message in answer.err and answer.err.count("\n") == 1


def test_a_row_without_a_cursor_is_refused_and_not_skipped(app: App) -> None:
    app.sql("alter table app.trades alter updated_at drop not null")
    app.sql("insert into app.trades (id, updated_at) values (1, null)")
    answer = app.run("sync", "postgres", "--source", "app")
    assert answer.code == 2 and "it would never be copied" in answer.err


def test_the_runbooks_grants_are_enough_and_no_more(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.sql(GRANTS)
    app.sql("insert into app.trades (id) select generate_series(1, 3)")
    monkeypatch.setenv("PGUSER", "tradehouse_sync")
    assert app.sync("--reconcile")[0]["landed"] == 3
    assert app.differences() == []
    answer = app.run("archive", "trades", "--source", "app")
    assert answer.code == 2 and "permission denied" in answer.err
    monkeypatch.setenv("PGUSER", "tradehouse_archive")
    assert app.archive()[0]["rows"] == 3
    assert app.sql("select count(*) from app.trades") == [(0,)]
    for statement in ("insert into app.trades (id) values (9)", "update app.trades set symbol = ''",
                      "delete from tradehouse.archive_receipts"):  # fmt: skip
        with app.postgres.connect(app.database) as connection:
            connection.execute("set role tradehouse_archive")
            with pytest.raises(Exception, match="permission denied"):
                connection.execute(statement.encode())
    # who does not see every transaction could skip rows
    app.sql("revoke pg_read_all_stats from tradehouse_sync")
    monkeypatch.setenv("PGUSER", "tradehouse_sync")
    answer = app.run("sync", "postgres", "--source", "app")
    assert answer.code == 2 and "grant it pg_read_all_stats" in answer.err
