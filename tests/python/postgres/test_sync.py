"""Sync: what PostgreSQL holds is what the warehouse holds, whatever happens in between."""

from __future__ import annotations

from tests.python.conftest import WriteCsv, trade
from tests.python.postgres.conftest import MAPPING, App


def test_a_first_copy_then_nothing_then_what_changed(app: App) -> None:
    app.sql("insert into app.trades (id) select generate_series(1, 7)")
    first = app.sync()
    assert [batch["landed"] for batch in first] == [7]
    assert app.sync() == []
    app.sql("update app.trades set quantity = 5 where id = 3")
    app.sql("insert into app.trades (id) values (8)")
    (second,) = app.sync()
    assert (second["read"], second["landed"], second["corrected"]) == (2, 2, 1)
    assert app.live("trade_id, quantity")[2] == ("3", 5)
    assert app.differences() == []


def test_chunks_cut_at_any_row_hold_every_row_once(app: App) -> None:
    app.map(MAPPING.replace("lag_s: 0", "lag_s: 0\n    chunk_rows: 3"))
    # one transaction: all rows have the same updated_at, so the identifier alone orders them
    app.sql("insert into app.trades (id) select generate_series(8, 12)")
    assert [batch["landed"] for batch in app.sync()] == [3, 2]
    assert app.differences() == []


def test_rows_of_a_transaction_that_commits_late_are_not_skipped(app: App) -> None:
    with app.second() as late:
        late.execute("insert into app.trades (id) values (1)")
        app.sql("insert into app.trades (id) values (2)")
        assert app.sync()[0]["landed"] == 1
        app.sql("insert into app.trades (id) values (3)")
        assert app.sync()[0]["landed"] == 1
        late.commit()
    assert app.sync()[0]["landed"] == 1
    assert [key for (key,) in app.live()] == ["1", "2", "3"]
    assert app.sync() == []


def test_a_prepared_transaction_holds_the_watermark_back(app: App) -> None:
    # it belongs to no connection, so the activity does not show when it began
    with app.second() as late:
        late.execute("insert into app.trades (id) values (1)")
        late.execute("prepare transaction 'late'")
    app.sql("insert into app.trades (id) values (2)")
    app.sync()
    app.sql("commit prepared 'late'")
    assert app.sync()[0]["landed"] == 1
    assert app.differences() == []


def test_deletions_land_by_reconciliation_and_by_tombstone(app: App) -> None:
    app.sql("insert into app.trades (id) select generate_series(1, 6)")
    app.sync()
    app.sql("delete from app.trades where id in (2, 4)")
    assert app.differences() == ["unexpected acc-1,2", "unexpected acc-1,4"]
    assert app.sync() == []
    (repaired,) = app.sync("--reconcile")
    assert repaired["deleted"] == 2
    assert app.differences() == [] and app.sync("--reconcile") == []

    app.map(MAPPING.replace("ignore_null", "tombstone: deleted_at\n    ignore_null"))
    app.sql("update app.trades set deleted_at = now() where id = 5")
    assert app.sync()[0]["deleted"] == 1
    assert [key for (key,) in app.live()] == ["1", "3", "6"]
    assert app.differences() == []


def test_an_open_trade_is_not_there_until_it_closes_and_again_when_it_reopens(app: App) -> None:
    app.sql("insert into app.trades (id, closed_at, exit_price) values (1, null, null)")
    app.sync()
    assert app.live() == []
    app.sql("update app.trades set closed_at = '2026-02-01Z', exit_price = 1")
    assert app.sync()[0]["landed"] == 1
    app.sql("update app.trades set closed_at = null")
    assert app.sync()[0]["deleted"] == 1
    assert app.live() == [] and app.differences() == []


def test_reconciliation_finds_what_the_cursor_cannot(app: App) -> None:
    app.sql("insert into app.trades (id) select generate_series(1, 5)")
    app.sync()
    app.sql("alter table app.trades disable trigger touch")
    app.sql("update app.trades set quantity = 9 where id = 1")
    app.sql("update app.trades set closed_at = '2026-03-01Z' where id = 2")
    app.sql("insert into app.trades (id, updated_at) values (9, '2020-01-01Z')")
    assert app.differences() == ["missing acc-1,9", "different acc-1,1", "different acc-1,2"]
    assert app.sync() == []
    (repaired,) = app.sync("--reconcile")
    assert (repaired["landed"], repaired["corrected"], repaired["deleted"]) == (3, 2, 0)
    assert app.differences() == []


def test_a_row_that_a_file_brought_is_not_deleted_and_not_missed(
    app: App, write_csv: WriteCsv
) -> None:
    app.sql("insert into app.trades (id) values (1)")
    app.house.load("trades", write_csv([trade(trade_id="other"), trade(trade_id="1")]))
    app.sync("--reconcile")
    assert [key for (key,) in app.live()] == ["1", "1", "other"]
    assert app.differences() == []


def test_a_rejected_row_is_told_once_and_does_not_stop_the_others(app: App) -> None:
    app.sql("insert into app.trades (id) select generate_series(1, 3)")
    app.sync()
    app.sql("insert into app.trades (id, side) values (4, 'flat'), (5, 'long')")
    (batch,) = app.sync()
    assert (batch["landed"], batch["rejected"]) == (1, 1)
    assert app.differences() == ["missing acc-1,4"]
    rejects = app.run("rejects", "trades", "--json").rows
    assert [(row["column"], row["value"]) for row in rejects] == [("side", "flat")]
    # a reconciliation tries it once more, and then no more
    assert app.sync("--reconcile")[0]["rejected"] == 1
    assert app.sync("--reconcile") == []
    app.sql("update app.trades set side = 'short' where id = 4")
    app.sync()
    assert app.differences() == []


def test_a_first_copy_that_does_not_fit_is_refused_as_a_whole(app: App) -> None:
    app.sql("insert into app.trades (id, side) values (1, 'long'), (2, 'flat')")
    answer = app.run("sync", "postgres", "--source", "app")
    assert answer.code == 3 and "1 of 2 rows are bad" in answer.err
    assert app.live() == []


def test_full_reads_everything_again_and_lands_nothing_twice(app: App) -> None:
    app.sql("insert into app.trades (id) select generate_series(1, 4)")
    app.sync()
    app.sql("alter table app.trades disable trigger touch")
    app.sql("update app.trades set quantity = 3 where id = 1")
    (batch,) = app.sync("--full")
    assert (batch["read"], batch["landed"], batch["duplicates"]) == (4, 1, 3)
    assert app.sync() == [] and app.differences() == []


def test_one_copy_of_a_source_runs(app: App) -> None:
    with app.second() as other:
        other.execute("select pg_advisory_lock(hashtextextended('tradehouse sync app', 0))")
        answer = app.run("sync", "postgres", "--source", "app")
        assert answer.code == 4 and "another sync of source app is running" in answer.err


def test_an_append_feed_takes_what_is_new_and_shows_the_rest(app: App) -> None:
    app.sql(
        "create table app.prices (id bigint primary key, market text, symbol text, venue text, "
        "price numeric, currency text, at timestamptz, updated_at timestamptz not null)"
    )
    names = ("market", "symbol", "venue", "price", "currency")
    columns = "".join(f"      {name}: {name}\n" for name in names)
    app.map(
        "type: postgres\ntables:\n  price_snapshots:\n    table: app.prices\n    lag_s: 0\n"
        f"    cursor: [updated_at, id]\n    columns:\n{columns}      snapshot_at: at\n"
    )
    insert = (
        "insert into app.prices (id, market, symbol, venue, price, currency, at, updated_at) "
        "select n, 'spot', 'BTC', 'x', 100 + n, 'USD', timestamptz '2026-01-05 10:00Z' + "
        "n * interval '1.000001 s', %s from generate_series(%s::int, %s::int) as n"
    )
    app.sql(insert, "2026-01-06Z", 1, 4)
    assert app.sync()[0]["landed"] == 4
    app.sql(insert, "2020-01-01Z", 5, 6)
    assert [kind.split()[0] for kind in app.differences()] == ["missing", "missing"]
    assert app.sync("--reconcile")[0]["landed"] == 2
    app.sql("delete from app.prices where id = 1")
    app.sql("update app.prices set price = 1 where id = 2")
    assert app.sync("--reconcile") == []
    assert [kind.split()[0] for kind in app.differences()] == ["different", "unexpected"]
