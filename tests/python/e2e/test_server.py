"""The project and its loaders on `--target clickhouse`: the production path, over HTTP.

The server is `http_front.py`, the embedded engine behind ClickHouse's HTTP protocol, in a process
of its own. Every test has a schema of its own there.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from python_loaders.errors import WarehouseUnavailable
from python_loaders.feed_lock import HEARTBEAT_S, LEASE_S, exclusive, lock_table
from python_loaders.migrations import migrate
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse
from tests.python.conftest import PROJECT, WriteCsv, trade
from tests.python.e2e.conftest import Demo, Installation

PASSWORD = "a secret, with a comma"
ROWS = 200


@dataclass(frozen=True)
class Front:
    port: int

    def variables(self, schema: str) -> dict[str, str]:
        """What the profile's target `clickhouse` reads."""
        return {
            "TRADEHOUSE_TARGET": "clickhouse",
            "TRADEHOUSE_HOST": "127.0.0.1",
            "TRADEHOUSE_PORT": str(self.port),
            "TRADEHOUSE_PASSWORD": PASSWORD,
            "TRADEHOUSE_SCHEMA": schema,
        }

    def lose_reply(self, match: str) -> None:
        """Have the reply to the next statement that matches lost on its way."""
        words = urllib.parse.urlencode({"match": match})
        self._get(f"lose-reply?{words}")

    def lost_replies(self) -> int:
        return int(self._get("lost-replies"))

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=10) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    program = Path(__file__).with_name("http_front.py")
    directory = tmp_path_factory.mktemp("server") / "data"
    process = subprocess.Popen(
        [sys.executable, str(program), str(directory), "default", PASSWORD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"TZ": "UTC"},
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield Front(int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(timeout=30)


@pytest.fixture
def server(front: Front, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation.create(tmp_path, **front.variables(tmp_path.name))
    yield installation
    installation.close_reader()


@pytest.fixture
def connection(server: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """A connection of the test itself to the server of the test."""
    for name, value in server.variables.items():
        monkeypatch.setenv(name, value)
    with Warehouse(read_target(PROJECT, server.folder)) as warehouse:
        migrate(warehouse, {})
        yield warehouse


@pytest.fixture
def trades(write_csv: WriteCsv) -> Path:
    return write_csv([trade(trade_id=f"t{n}", quantity=str(n + 1)) for n in range(ROWS)])


def tables(warehouse: Warehouse, prefix: str) -> list[str]:
    return [
        row["name"]
        for row in warehouse.rows(
            "select name from system.tables where database = {d:String} "
            "and startsWith(name, {p:String}) order by name",
            d=warehouse.database,
            p=prefix,
        )
    ]


def wait_for(warehouse: Warehouse, prefix: str, count: int = 1, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while len(tables(warehouse, prefix)) < count:
        assert time.monotonic() < deadline, f"no table {prefix}*"
        time.sleep(0.05)


def live_rows(warehouse: Warehouse) -> tuple[int, int, int]:
    """Rows of raw, live keys, and the sum of what makes each row differ."""
    row = warehouse.rows(
        f"select sum(_sign) as n, uniqExact(trade_id) as ids, toInt64(sum(quantity * _sign)) as q "
        f"from {warehouse.name('trades')}"
    )[0]
    return int(row["n"]), int(row["ids"]), int(row["q"])


WHOLE = (ROWS, ROWS, ROWS * (ROWS + 1) // 2)


def test_a_file_lands_once(server: Installation, trades: Path) -> None:
    words = ("tradehouse", "load", "trades", trades, "--target", "clickhouse", "--json")
    first, second = (server.check(*words).rows[0] for _ in range(2))
    assert (first["read"], first["landed"], first["repeated"]) == (ROWS, ROWS, False)
    assert (second["read"], second["landed"], second["repeated"]) == (0, 0, True)
    (batch,) = server.batches()
    assert (batch["read"], batch["landed"], batch["duplicates"], batch["rejected"]) == (
        ROWS,
        ROWS,
        0,
        0,
    )
    schema = server.variables["TRADEHOUSE_SCHEMA"]
    answer = server.query(f"select count() as n, sum(quantity) as q from {schema}_raw.trades")
    assert answer == [{"n": ROWS, "q": WHOLE[2]}]


def test_corrections_deletions_and_bad_rows_reach_a_server(
    server: Installation, trades: Path, write_csv: WriteCsv
) -> None:
    server.load("trades", trades)
    changes = [
        {**trade(trade_id="t0", quantity="5000"), "_op": "upsert"},
        {**trade(trade_id="t1", quantity="2"), "_op": "delete"},
        {**trade(trade_id="t2", quantity="nan"), "_op": "upsert"},
    ]
    (loaded,) = server.load("trades", write_csv(changes, "changes.csv"), "--max-reject-rate", "1")
    assert (loaded["landed"], loaded["corrected"], loaded["deleted"], loaded["rejected"]) == (
        2,
        1,
        1,
        1,
    )
    (reject,) = server.check("tradehouse", "rejects", "trades", "--json").rows
    assert (reject["row"], reject["column"], reject["value"]) == (3, "quantity", "nan")
    schema = server.variables["TRADEHOUSE_SCHEMA"]
    (row,) = server.query(
        f"select sum(_sign) as n, sum(quantity * _sign) as q from {schema}_raw.trades"
    )
    assert row == {"n": ROWS - 1, "q": WHOLE[2] - 1 - 2 + 5000}


def test_the_lock_of_a_dead_loader_is_taken_over(
    server: Installation, connection: Warehouse, trades: Path
) -> None:
    dead = "_lock_trades_" + "0" * 32
    connection.create(lock_table(dead))
    connection.command(f"insert into {connection.name(dead)} values (now64(6) - {LEASE_S + 5:.0f})")
    started = time.monotonic()
    server.load("trades", trades)
    assert time.monotonic() - started < LEASE_S
    assert live_rows(connection) == WHOLE
    assert tables(connection, "_lock") == []


def test_a_killed_loader_loses_the_feed_and_nothing_else(
    server: Installation, connection: Warehouse, trades: Path, write_csv: WriteCsv
) -> None:
    large = write_csv([trade(trade_id=f"k{n}") for n in range(60_000)], "large.csv")
    killed = server.start("tradehouse", "load", "trades", large)
    try:
        wait_for(connection, "_incoming_trades")
    finally:
        killed.kill()
        server.finish(killed)
    assert tables(connection, "_lock_trades_")
    server.load("trades", trades)
    assert live_rows(connection) == WHOLE
    assert tables(connection, "_lock") == tables(connection, "_incoming") == []


def test_two_loaders_of_one_feed_take_turns(
    server: Installation, connection: Warehouse, trades: Path, write_csv: WriteCsv
) -> None:
    again = [trade(trade_id=f"t{n}", quantity=str(n + 1)) for n in range(ROWS // 2)]
    new = [trade(trade_id=f"u{n}") for n in range(ROWS // 2)]
    overlapping = write_csv(again + new, "overlapping.csv")
    with exclusive(connection, "trades"):
        (held,) = tables(connection, "_lock_trades_")
        loaders = [
            server.start("tradehouse", "load", "trades", path, "--json", "--log-format", "json")
            for path in (trades, overlapping)
        ]
        for loader in loaders:
            assert loader.stderr is not None
            assert "waits for another loader" in loader.stderr.readline()
        assert tables(connection, "_lock_trades_") == [held]
        assert tables(connection, "_incoming") == []
    answers = [server.finish(loader) for loader in loaders]
    assert [answer.code for answer in answers] == [0, 0], answers
    counts = [answer.rows[0] for answer in answers]
    assert [count["read"] for count in counts] == [ROWS, ROWS]
    assert sum(count["landed"] for count in counts) == ROWS + ROWS // 2
    assert sum(count["duplicates"] for count in counts) == ROWS // 2
    assert live_rows(connection)[:2] == (ROWS + ROWS // 2, ROWS + ROWS // 2)
    # by the ledger's own times, one batch was done before the other began
    spans = [
        (datetime.fromisoformat(batch["started_at"]), datetime.fromisoformat(batch["recorded_at"]))
        for batch in server.batches()
    ]
    assert all(done <= begun for (_, done), (begun, _) in pairwise(spans))


def test_a_loader_that_lost_its_lock_stops(connection: Warehouse) -> None:
    def lose() -> None:
        with Warehouse(connection.target) as other:
            for table in tables(other, "_lock_trades_"):
                other.drop(table)
        deadline = time.monotonic() + 5 * HEARTBEAT_S
        while time.monotonic() < deadline:
            connection.scalar("select 1")
            time.sleep(0.1)

    lost = pytest.raises(WarehouseUnavailable, match="lock on feed trades was lost")
    with lost, exclusive(connection, "trades"):
        assert connection.scalar("select 1") == 1
        lose()
    assert connection.scalar("select 1") == 1


@pytest.mark.parametrize(
    "statement",
    [
        r"^insert into \S+_incoming_trades .*arrowstream",
        r"^insert into \S+_batches",
        r"^alter table \S+trades\S* attach partition",
    ],
    ids=["rows", "ledger", "publication"],
)
def test_a_lost_reply_neither_doubles_nor_loses_rows(
    server: Installation,
    connection: Warehouse,
    front: Front,
    trades: Path,
    statement: str,
) -> None:
    lost_before = front.lost_replies()
    front.lose_reply(statement)
    answer = server.run("tradehouse", "load", "trades", trades)
    assert front.lost_replies() == lost_before + 1
    assert answer.code == 4, answer.err
    server.load("trades", trades)
    assert live_rows(connection) == WHOLE
    (batch,) = server.batches()
    assert (batch["status"], batch["read"], batch["landed"]) == ("done", ROWS, ROWS)


def test_a_wrong_password_is_said_in_one_line(server: Installation, trades: Path) -> None:
    wrong = Installation(server.folder, {**server.variables, "TRADEHOUSE_PASSWORD": "wrong"})
    answer = wrong.run("tradehouse", "load", "trades", trades)
    assert (answer.code, answer.out, answer.err.count("\n")) == (4, "", 1), answer.err
    assert f"127.0.0.1:{server.variables['TRADEHOUSE_PORT']}" in answer.err
    assert "Authentication failed" in answer.err
    assert "wrong" not in answer.err and PASSWORD not in answer.err


def test_a_closed_port_is_said_in_one_line(server: Installation, trades: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    nobody = Installation(server.folder, {**server.variables, "TRADEHOUSE_PORT": port})
    answer = nobody.run("tradehouse", "status")
    assert (answer.code, answer.out, answer.err.count("\n")) == (4, "", 1), answer.err
    assert f"127.0.0.1:{port} cannot be reached" in answer.err


@pytest.mark.long
def test_the_project_builds_the_same_marts_on_a_server(
    front: Front, demo: Demo, tmp_path: Path
) -> None:
    """The sample of the demo, loaded and built over HTTP, gives the demo's marts to the digit."""
    server = Installation.create(tmp_path, **front.variables("tradehouse"))
    files = demo.manifest["files"]
    for feed in dict.fromkeys(file["feed"] for file in files):
        paths = [demo.sample / file["file"] for file in files if file["feed"] == feed]
        server.load(feed, *paths)
    # the unit tests are the same SQL on the same engine, and passed in the demo
    server.check("dbt", "build", "--quiet", "--exclude-resource-type", "unit_test")
    (line,) = server.build_counts()
    assert "WARN=0 ERROR=0 SKIP=0" in line
    built, expected = server.contents(), demo.installation.contents()
    # holds the instant at which the snapshot was taken
    for contents in (built, expected):
        contents.pop("dim_venue_commission")
    assert built == expected
