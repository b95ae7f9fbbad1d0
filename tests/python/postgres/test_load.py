"""Sync and archive while an application writes: afterwards both sides agree, row for row.

`make test` runs it for some seconds and kills the sync once; `make prove` for 60 s, and kills sync
and PostgreSQL five times each.
"""

from __future__ import annotations

import json
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg

from tests.python.conftest import PROVE
from tests.python.postgres.conftest import MAPPING, RECEIPTS, TRADES, Postgres, start_postgres
from tests.python.postgres.running import Processes

DURATION_S, KILLS = (60.0, 5) if PROVE else (6.0, 1)

# every change with who made it, in the transaction that makes it
AUDIT = """
create table app.audit (trade bigint, operation text, by_archiver boolean);
create function app.audited() returns trigger language plpgsql as $$ begin
    insert into app.audit values (coalesce(new.id, old.id), tg_op,
        current_setting('application_name') like 'tradehouse%');
    return null;
end $$;
create trigger audited after insert or update or delete on app.trades
    for each row execute function app.audited();
"""

# what the application inserted and did not delete, wherever it now is
KEPT = """
select trade::text from app.audit group by trade
having not bool_or(operation = 'DELETE' and not by_archiver)
"""
LIVE = """
select trade_id from tradehouse_raw.trades group by trade_id, _row_hash having sum(_sign) > 0
"""


class Writer(threading.Thread):
    """An application's connection: short and long transactions, some of them rolled back."""

    def __init__(self, postgres: Postgres, seed: int, until: float) -> None:
        super().__init__(daemon=True)
        self.postgres, self.random, self.until = postgres, random.Random(seed), until
        self.done: Counter[str] = Counter()

    def run(self) -> None:
        while time.monotonic() < self.until:
            try:
                with self.postgres.connect("load") as connection:
                    connection.autocommit = False
                    while time.monotonic() < self.until:
                        self.transaction(connection)
            except psycopg.OperationalError:
                self.done["lost connections"] += 1
                time.sleep(0.2)

    def transaction(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        kind = self.random.choices(["insert", "update", "delete", "long"], [5, 5, 1, 1])[0]
        some = "(select id from app.trades order by random() limit 3)"
        statements = {
            "insert": "insert into app.trades (quantity, closed_at) select 1 + random(), "
            "now() - random() * interval '200 days' from generate_series(1, 4)",
            "update": f"update app.trades set quantity = 1 + random() where id in {some}",
            "delete": f"delete from app.trades where id in {some}",
        }
        try:
            connection.execute(statements["insert" if kind == "long" else kind].encode())
            # a long one begins before many others and commits after them
            time.sleep(self.random.uniform(1, 4) if kind == "long" else 0.02)
            if self.random.random() < 0.15:
                connection.rollback()
                self.done["rolled back"] += 1
            else:
                connection.commit()
                self.done[kind] += 1
        except psycopg.errors.DeadlockDetected:
            connection.rollback()


def restart(postgres: Postgres) -> None:
    """Kill the server with SIGKILL, and start it again on what it left."""
    os.kill(postgres.server.get_pid(), signal.SIGKILL)
    for _ in range(40):
        time.sleep(0.5)
        try:
            postgres.server.ensure_postgres_running()
            with postgres.connect("load"):
                return
        except Exception:
            continue
    raise AssertionError("PostgreSQL did not start again")


def test_concurrent_writers_leave_no_difference(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tradehouse-postgres-") as folder:
        postgres = start_postgres(Path(folder))
        try:
            work(postgres, tmp_path)
        finally:
            postgres.server.cleanup()


def work(postgres: Postgres, folder: Path) -> None:
    with postgres.connect() as admin:
        admin.execute("create database load")
    with postgres.connect("load") as owner:
        for script in (TRADES, AUDIT, RECEIPTS):
            owner.execute(script.encode())
        owner.execute("insert into app.trades (closed_at) select now() - n * interval '1 day' "
                      "from generate_series(1, 200) as n")  # fmt: skip
    mapping = MAPPING.replace("lag_s: 0", "lag_s: 1")
    processes = Processes.make(folder, postgres.socket, "load", mapping)
    log = folder / "log"
    words = ("sync", "postgres", "--every", "1", "--reconcile-every", "3")
    running = processes.start(*words, log=log)
    until = time.monotonic() + DURATION_S
    writers = [Writer(postgres, seed, until) for seed in range(3)]
    for writer in writers:
        writer.start()
    kills = {"sync": 0, "postgres": 0, "archive runs": 0}
    step_s = DURATION_S / KILLS
    old = ("archive", "trades", "--older-than", "100", "--batch-rows", "50")
    for _ in range(KILLS):
        archiver = processes.start(*old, log=folder / "archive.log")
        time.sleep(step_s * 0.6)
        running.kill()
        running.wait()
        kills["sync"] += 1
        running = processes.start(*words, log=log)
        if PROVE:
            time.sleep(step_s * 0.2)
            restart(postgres)
            kills["postgres"] += 1
        archiver.wait(120)
        kills["archive runs"] += 1
    for writer in writers:
        writer.join(60)
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0

    code, _, err = processes.run("sync", "postgres", "--reconcile", "--json")
    assert code == 0, err
    # on a slow machine the writers may have changed a row of every chunk
    code, _, err = processes.run(*old)
    assert code == 0, err
    code, reports = processes.verify()
    done = sum((writer.done for writer in writers), Counter())
    live = [row["trade_id"] for row in json.loads(processes.run("query", LIVE, "--json")[1])]
    with postgres.connect("load") as owner:
        kept = {ident for (ident,) in owner.execute(KEPT).fetchall()}
        archived = owner.execute("select coalesce(sum(rows), 0) from tradehouse.archive_receipts")
        figures = {"archived": int(archived.fetchone()[0]), "live": len(live)}  # type: ignore[index]
    print(f"\n{DURATION_S:.0f} s: {dict(done)}, killed {kills}, {figures}")
    assert (code, reports[0]["differences"]) == (0, []), reports[0]["differences"][:10]
    # by the application's own books: neither lost nor doubled
    assert sorted(live) == sorted(kept)
    assert figures["archived"] > 0 and done["update"] > 10
