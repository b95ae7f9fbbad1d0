"""The commands ``sync``, ``verify`` and ``archive`` of the command line."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import OperationalError
from tenacity import (
    RetryCallState,
    RetryError,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_when_event_set,
    wait_exponential_jitter,
)

from python_loaders.contract import load_feeds
from python_loaders.errors import ConfigurationError, WarehouseUnavailable, first_line
from python_loaders.loader import Loaded
from python_loaders.migrations import migrate
from python_loaders.postgres import archive as archiving
from python_loaders.postgres.columns import read_columns
from python_loaders.postgres.comparing import as_rows, find_differences
from python_loaders.postgres.mapping import Source, read_source
from python_loaders.postgres.repair import repair
from python_loaders.postgres.session import Session
from python_loaders.postgres.sync import changed_keys, recover, stable_view, sync_changes
from python_loaders.printing import print_json, print_loaded, print_table
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0

log = logging.getLogger("tradehouse")


class Place:
    """What every command needs: the source, and the warehouse when it is asked for."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.project = Path(options.project_dir).resolve()
        self.feeds = load_feeds(self.project)
        self.source: Source = read_source(self.project, options.source, self.feeds)
        self.tables = self.source.chosen(options.feeds)

    @contextmanager
    def warehouse(self) -> Iterator[Warehouse]:
        target = read_target(self.project, self.options.profiles_dir, self.options.target)
        with Warehouse(target) as warehouse:
            migrate(warehouse, self.feeds)
            yield warehouse


def sync(options: argparse.Namespace) -> int:
    place = Place(options)
    if options.every is None:
        with Session(place.source) as session:
            session.lock("sync")
            print_loaded(_pass(place, session, options.reconcile, options.full), options.json)
        return 0
    if options.full:
        raise ConfigurationError("--full copies once; leave --every out")
    _Loop(place).run()
    return 0


def _pass(
    place: Place,
    session: Session,
    reconcile: bool,
    full: bool = False,
    stop: threading.Event | None = None,
) -> list[Loaded]:
    """One pass over the tables. The warehouse is open for no longer, so others have it between."""
    landed: list[Loaded] = []
    with place.warehouse() as warehouse:
        for mapping in place.tables:
            table = read_columns(session, mapping)
            with stable_view(session, mapping) as horizon:
                landed += sync_changes(session, warehouse, table, horizon, full=full, stop=stop)
                if reconcile and not (stop and stop.is_set()):
                    landed += repair(session, warehouse, table)
    for loaded in landed:
        if loaded.batch.rows_rejected:
            log.warning(
                "rows rejected",
                extra={
                    "feed": loaded.batch.feed,
                    "batch_id": loaded.batch.batch_id,
                    "rows_rejected": loaded.batch.rows_rejected,
                },
            )
    return landed


def verify(options: argparse.Namespace) -> int:
    """Compare; 1 when a difference was found that is not of the changes since the last sync."""
    place = Place(options)
    reports = []
    with Session(place.source) as session, place.warehouse() as warehouse:
        for mapping in place.tables:
            table = read_columns(session, mapping)
            recover(warehouse, mapping)
            with session.snapshot():
                months, differences = find_differences(session, warehouse, table)
                pending = changed_keys(session, warehouse, table) if differences else set()
            real = [difference for difference in differences if difference.key not in pending]
            reports.append(
                {
                    "feed": mapping.feed.name,
                    "table": mapping.table,
                    "months": as_rows(months),
                    "differences": [
                        {"kind": difference.kind, "key": list(difference.key)}
                        for difference in real
                    ],
                    "changed_since_sync": len(differences) - len(real),
                }
            )
    if options.json:
        print_json(reports)
    else:
        _print_reports(reports, options.limit)
    return 1 if any(report["differences"] for report in reports) else 0


def _print_reports(reports: list[dict[str, Any]], limit: int) -> None:
    for report in reports:
        months, differences = report["months"], report["differences"]
        if months:
            print_table(["feed", *months[0]], [[report["feed"], *m.values()] for m in months])
        for difference in differences[:limit]:
            print(f"{report['feed']}: {difference['kind']}: {', '.join(difference['key'])}")
        if len(differences) > limit:
            print(f"{report['feed']}: and {len(differences) - limit:,} more")
        print(
            f"{report['feed']}: {sum(m['source_rows'] for m in months):,} rows in "
            f"{report['table']}, {sum(m['warehouse_rows'] for m in months):,} in the warehouse, "
            f"{len(differences):,} differences, {report['changed_since_sync']:,} changed since "
            "the last sync"
        )


def archive(options: argparse.Namespace) -> int:
    place = Place(options)
    plan = archiving.Plan(timedelta(days=options.older_than), options.batch_rows, options.max_rows)
    results = []
    with Session(place.source) as session:
        session.lock("archive")
        for mapping in place.tables:
            table = read_columns(session, mapping)
            archiving.check(session, table)
            if options.dry_run:
                due = archiving.count_due(session, table, plan)
                print(f"{mapping.feed.name}: {due:,} rows of {mapping.table} would be archived")
                continue
            with place.warehouse() as warehouse:
                results.append((mapping, archiving.archive(session, warehouse, table, plan)))
    if options.json:
        print_json([asdict(receipt) for _, result in results for receipt in result.receipts])
        return 0
    for mapping, result in results:
        for receipt in result.receipts:
            print(
                f"{mapping.feed.name}: receipt {receipt.receipt_id}: {receipt.rows:,} rows, "
                f"total {receipt.total}, content {receipt.content_hash}"
            )
        print(
            f"{mapping.feed.name}: {sum(r.rows for r in result.receipts):,} rows archived, "
            f"{result.rows_unverified:,} left that the warehouse does not hold, "
            f"{result.rows_changed:,} left that changed meanwhile"
        )
    return 0


class _Loop:
    """Passes again and again until SIGTERM or SIGINT; what fails for a while is tried again."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.stop = threading.Event()
        self.session: Session | None = None
        self.reconciled_at = float("-inf")

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        options = self.place.options
        attempts = Retrying(
            retry=retry_if_exception_type((WarehouseUnavailable, OperationalError)),
            wait=wait_exponential_jitter(initial=FIRST_WAIT_S, max=LONGEST_WAIT_S),
            stop=stop_when_event_set(self.stop),
            sleep=sleep_using_event(self.stop),
            before_sleep=_tell,
        )
        try:
            while not self.stop.is_set():
                started_at = time.monotonic()
                try:
                    print_loaded(attempts(self._once), options.json)
                    sys.stdout.flush()
                except RetryError:
                    return
                self.stop.wait(max(0.0, options.every - (time.monotonic() - started_at)))
        finally:
            self._disconnect()

    def _once(self) -> list[Loaded]:
        """One pass, over the connection that holds the lock; a lost one is opened anew."""
        if self.session is None or not self.session.alive:
            self._disconnect()
            self.session = Session(self.place.source)
            self.session.lock("sync")
        try:
            due = time.monotonic() - self.reconciled_at >= self.place.options.reconcile_every
            landed = _pass(self.place, self.session, due, stop=self.stop)
        except BaseException:
            self._disconnect()
            raise
        if due:
            self.reconciled_at = time.monotonic()
        return landed

    def _disconnect(self) -> None:
        if self.session is not None:
            self.session.connection.close()
            self.session = None


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning(
        "pass failed, tries again",
        extra={
            "error": first_line(error) if error else "",
            "attempt": state.attempt_number,
            "wait_s": round(state.next_action.sleep if state.next_action else 0, 1),
        },
    )
