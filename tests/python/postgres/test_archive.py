"""Archiving: a trade is in PostgreSQL or in the warehouse at every moment, and counted once."""

from __future__ import annotations

import pytest

from tests.python.postgres.conftest import MAPPING, RECEIPTS, App


@pytest.fixture
def closed(app: App) -> App:
    """Six closed trades, two of them of today, one open."""
    app.sql(RECEIPTS)
    app.sql("insert into app.trades (id) select generate_series(1, 6)")
    app.sql("insert into app.trades (id, closed_at) values (7, now()), (8, now()), (9, null)")
    return app


def idents(app: App) -> list[int]:
    return [ident for (ident,) in app.sql("select id from app.trades order by id")]


def test_old_trades_move_and_no_reconciliation_takes_them_for_deleted(closed: App) -> None:
    closed.sync()
    answer = closed.run("archive", "trades", "--source", "app", "--dry-run")
    assert answer.out == "trades: 6 rows of app.trades would be archived\n"
    assert len(idents(closed)) == 9
    receipts = closed.archive("--batch-rows", "4")
    assert [receipt["rows"] for receipt in receipts] == [4, 2]
    # quantity, both prices and both fees of each: 2 + 100 + 110
    assert [float(receipt["total"]) for receipt in receipts] == [4 * 212, 2 * 212]
    told = closed.sql(
        "select receipt_id, rows, content_hash::text from tradehouse.archive_receipts"
    )
    assert sorted(told) == sorted((r["receipt_id"], r["rows"], r["content_hash"]) for r in receipts)
    assert idents(closed) == [7, 8, 9] and len(closed.live()) == 8
    assert closed.differences() == []
    assert closed.sync("--reconcile") == [] and len(closed.live()) == 8
    assert closed.archive() == []
    # what is deleted for other reasons is still seen
    closed.sql("delete from app.trades where id = 7")
    assert closed.sync("--reconcile")[0]["deleted"] == 1


def test_what_was_not_copied_yet_is_copied_first(closed: App) -> None:
    closed.sql("insert into app.trades (id, side) values (10, 'flat')")
    answer = closed.run("archive", "trades", "--source", "app")
    assert answer.code == 0, answer.err
    assert "6 rows archived, 1 left that the warehouse does not hold" in answer.out
    assert idents(closed) == [7, 8, 9, 10]
    assert [key for (key,) in closed.live()] == ["1", "2", "3", "4", "5", "6"]


def test_rows_are_marked_where_the_mapping_says_so(closed: App) -> None:
    closed.sql("alter table app.trades add archived_at timestamptz")
    closed.map(MAPPING.replace("{closed_at: closed_at}",
                               "{closed_at: closed_at, archived_at: archived_at}"))  # fmt: skip
    closed.sync()
    assert sum(receipt["rows"] for receipt in closed.archive()) == 6
    assert closed.sql("select count(*) from app.trades where archived_at is not null") == [(6,)]
    assert closed.archive() == [] and closed.differences() == []
    closed.sync()
    closed.sql("delete from app.trades where archived_at is not null")
    assert closed.sync("--reconcile") == [] and len(closed.live()) == 8


def test_a_row_that_changes_in_between_stays(closed: App, monkeypatch: pytest.MonkeyPatch) -> None:
    from python_loaders.postgres import receipts

    closed.sync()
    record = receipts.record

    def changes_before(*words):  # type: ignore[no-untyped-def]
        closed.sql("update app.trades set quantity = quantity + 1 where id = 3")
        monkeypatch.setattr(receipts, "record", record)
        return record(*words)

    monkeypatch.setattr(receipts, "record", changes_before)
    answer = closed.run("archive", "trades", "--source", "app")
    assert "0 rows archived, 0 left that the warehouse does not hold, 6 left that changed" in (
        answer.out
    )
    assert len(idents(closed)) == 9
    # the next run copies the change and moves it with the others
    assert sum(receipt["rows"] for receipt in closed.archive()) == 6
    assert closed.live("trade_id, quantity")[2] == ("3", 3)
    assert closed.differences() == []


def test_archiving_is_refused_where_it_would_lose_rows(closed: App) -> None:
    closed.sql("create table app.notes (trade bigint references app.trades on delete cascade)")
    answer = closed.run("archive", "trades", "--source", "app")
    assert answer.code == 2 and "would change table app.notes" in answer.err
    closed.sql("drop table app.notes")
    closed.sql("drop schema tradehouse cascade")
    answer = closed.run("archive", "trades", "--source", "app")
    assert answer.code == 2 and "apply docs/runbooks/postgres.sql" in answer.err
