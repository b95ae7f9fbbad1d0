"""A loader killed at any of its writes, run again: the warehouse is that of one clean run.

`make test` kills at one point of each kind; `make prove` (TRADEHOUSE_PROVE=1) at every point,
before, after and in the middle.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from python_loaders.checking import CHUNK_ROWS
from tests.python.conftest import PROFILE, PROJECT, PROVE, trade

DRIVER = Path(__file__).parent / "killed_cli.py"
PARALLEL = 2
MIDDLE_MS = 8

# what a load leaves, without the instants at which it happened to run
STATE = {
    "raw": "select * except (_loaded_at) from tradehouse_raw.trades "
    "order by account_id, trade_id, _batch_seq, _sign, _row, _row_hash",
    "keys": "select * from tradehouse_raw._keys_trades "
    "order by key_hash, _batch_seq, _sign, row_hash, partition_id",
    "ledger": "select * except (started_at, recorded_at) from tradehouse_raw._batches "
    "order by feed, batch_seq, revision",
    "rejects": "select * except (rejected_at) from tradehouse_raw._rejects "
    'order by feed, _batch_seq, "row"',
    "tables": "select name from system.tables where database = 'tradehouse_raw' order by name",
}

# the same of many rows
SUMS = {
    "raw": "select count(), uniqExact(trade_id), sum(cityHash64(* except (_loaded_at))) "
    "from tradehouse_raw.trades",
    "keys": "select count(), sum(cityHash64(*)) from tradehouse_raw._keys_trades",
    **{name: STATE[name] for name in ("ledger", "rejects", "tables")},
}

SCRIPT = """
import sys, json
from pathlib import Path
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse
with Warehouse(read_target(Path(sys.argv[1]), Path(sys.argv[2]))) as warehouse:
    state = {name: [list(map(str, row)) for row in warehouse.client.query(sql).result_rows]
             for name, sql in json.loads(sys.argv[3]).items()}
print(json.dumps(state))
"""


@dataclass(frozen=True)
class Yard:
    """A place for one warehouse and its profile."""

    folder: Path

    @staticmethod
    def make(folder: Path, base: Yard | None = None) -> Yard:
        if base is not None:
            shutil.copytree(base.folder / "warehouse", folder / "warehouse", symlinks=True)
        folder.mkdir(parents=True, exist_ok=True)
        text = PROFILE.format(path=folder / "warehouse", schema="tradehouse")
        (folder / "profiles.yml").write_text(text, encoding="utf-8")
        return Yard(folder)

    def load(
        self, *paths: Path, point: int = -1, moment: str = "before"
    ) -> subprocess.CompletedProcess[str]:
        words = ["load", "trades", *map(str, paths), "--max-reject-rate", "0.5"]
        words += ["--project-dir", str(PROJECT), "--profiles-dir", str(self.folder)]
        log = self.folder / "points"
        log.unlink(missing_ok=True)
        return subprocess.run(
            [sys.executable, str(DRIVER), str(point), moment, str(log), *words],
            check=False, capture_output=True, text=True, cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )  # fmt: skip

    def points(self) -> list[str]:
        lines = (self.folder / "points").read_text(encoding="utf-8").splitlines()
        return [line.split("\t", 1)[1] for line in lines]

    def state(self, parts: dict[str, str] = STATE) -> dict[str, list[list[str]]]:
        words = [sys.executable, "-c", SCRIPT, str(PROJECT), str(self.folder), json.dumps(parts)]
        return dict(json.loads(subprocess.check_output(words, text=True, cwd=PROJECT)))

    def run_sql(self, sql: str) -> None:
        script = SCRIPT.split("    state =")[0] + "    warehouse.command(sys.argv[3])"
        words = [sys.executable, "-c", script, str(PROJECT), str(self.folder), sql]
        subprocess.check_call(words, cwd=PROJECT)


@dataclass(frozen=True)
class Scene:
    """A warehouse with a first file, a second one to load, and what an undisturbed load does."""

    files: dict[str, Path]
    base: Yard
    points: list[str]
    expected: dict[str, list[list[str]]]


def write_files(folder: Path) -> dict[str, Path]:
    """A first file; a second that corrects, moves, deletes, repeats and spoils; another one."""
    dates = ["2026-01-05", "2026-02-05", "2026-03-05"]
    first = [
        trade(trade_id=f"t{n}", closed_at=f"{dates[n % 3]}T12:00:00Z", _op="") for n in range(30)
    ]
    second = [
        *first[:5],
        trade(trade_id="t7", quantity="9", _op=""),
        trade(trade_id="t8", closed_at="2026-01-09T00:00:00Z", _op=""),
        trade(trade_id="t9", _op="delete"),
        trade(trade_id="new1", _op=""),
        trade(trade_id="new2", closed_at="2026-03-20T00:00:00Z", _op=""),
        trade(trade_id="bad", quantity="-1", _op=""),
        trade(trade_id="bad2", side="up", _op=""),
    ]
    other = [trade(trade_id="t7", quantity="11", _op=""), trade(trade_id="other", _op="")]
    return {
        name: _write(folder / f"{name}.csv", rows)
        for name, rows in {"first": first, "second": second, "other": other}.items()
    }


def _write(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    files = write_files(tmp_path_factory.mktemp("files"))
    base = Yard.make(tmp_path_factory.mktemp("base"))
    assert base.load(files["first"]).returncode == 0
    yard = Yard.make(tmp_path_factory.mktemp("clean"), base)
    done = yard.load(files["second"])
    assert done.returncode == 0, done.stderr
    return Scene(files, base, yard.points(), yard.state())


def moments(points: list[str]) -> list[tuple[int, str]]:
    if PROVE:
        return [
            (n, moment)
            for n in range(len(points))
            for moment in ("before", "after", str(MIDDLE_MS))
        ]
    # one point of each kind that leaves a state of its own behind
    kinds = [("insert into _incoming_trades", "after"), ("insert into _stage_trades", "after"),
             ("ledger says staged", "after"), ("alter table _keys_trades attach", "after"),
             ("alter table trades attach", "after"), ("alter table _rejects attach", "before"),
             ("ledger says done", "after")]  # fmt: skip
    return [
        (next(n for n, label in enumerate(points) if label.startswith(kind)), moment)
        for kind, moment in kinds
    ]


def test_a_load_killed_at_any_write_ends_as_a_clean_one(tmp_path: Path, scene: Scene) -> None:
    points, expected = scene.points, scene.expected

    def attempt(case: tuple[int, str]) -> tuple[int, str, int, dict[str, list[list[str]]]]:
        number, moment = case
        yard = Yard.make(tmp_path / f"{number}-{moment}", scene.base)
        killed = yard.load(scene.files["second"], point=number, moment=moment).returncode
        again = yard.load(scene.files["second"])
        assert again.returncode == 0, (points[number], moment, again.stderr)
        state = yard.state()
        shutil.rmtree(yard.folder)
        return number, moment, killed, state

    with ThreadPoolExecutor(PARALLEL) as pool:
        results = list(pool.map(attempt, moments(points)))
    print(f"\n{'point':<4} {'moment':<7} {'lost':>5} {'doubled':>8}  write")
    for number, moment, killed, state in results:
        assert killed == -signal.SIGKILL, (points[number], moment)
        lost = [row for row in expected["raw"] if row not in state["raw"]]
        doubled = len(state["raw"]) - len(expected["raw"]) + len(lost)
        print(f"{number:<5} {moment:<7} {len(lost):>5} {doubled:>8}  {points[number]}")
        for name in STATE:
            assert state[name] == expected[name], (points[number], moment, name)


@pytest.mark.long
def test_a_load_killed_while_chunks_are_inserted_side_by_side(tmp_path: Path) -> None:
    rows = [trade(trade_id=f"t{n}") for n in range(4 * CHUNK_ROWS)]
    file = _write(tmp_path / "chunks.csv", rows)
    clean = Yard.make(tmp_path / "clean")
    assert clean.load(file).returncode == 0
    expected = clean.state(SUMS)
    assert expected["raw"][0][:2] == [str(len(rows))] * 2
    inserts = [
        n for n, label in enumerate(clean.points()) if label == "insert into _incoming_trades"
    ]
    assert len(inserts) > 2
    for number in inserts:
        for moment in ("before", str(MIDDLE_MS), "after"):
            yard = Yard.make(tmp_path / f"{number}-{moment}")
            assert yard.load(file, point=number, moment=moment).returncode == -signal.SIGKILL
            assert yard.load(file).returncode == 0
            assert yard.state(SUMS) == expected, (number, moment)
            shutil.rmtree(yard.folder)


@pytest.mark.parametrize("label", ["alter table trades attach partition"])
def test_another_file_first_finishes_the_open_batch(
    tmp_path: Path, scene: Scene, label: str
) -> None:
    number = next(n for n, point in enumerate(scene.points) if point.startswith(label))
    killed, straight = (
        Yard.make(tmp_path / "killed", scene.base),
        Yard.make(tmp_path / "straight", scene.base),
    )
    killed.load(scene.files["second"], point=number, moment="after")
    assert killed.load(scene.files["other"]).returncode == 0
    assert straight.load(scene.files["second"], scene.files["other"]).returncode == 0
    assert killed.state() == straight.state()


def test_a_recovery_that_is_killed_too(tmp_path: Path, scene: Scene) -> None:
    points, expected = scene.points, scene.expected
    staged = points.index("ledger says staged")
    yard = Yard.make(tmp_path / "yard", scene.base)
    yard.load(scene.files["second"], point=staged, moment="after")
    for _ in range(len(points)):
        # each run gets one write further, on any of the recovery's writes
        result = yard.load(scene.files["second"], point=_attach_point(yard), moment="after")
        if result.returncode == 0:
            break
        assert result.returncode == -signal.SIGKILL
    assert yard.state() == expected


def _attach_point(yard: Yard) -> int:
    """The write after the last one that the run before reached."""
    points = yard.points()
    attached = [n for n, label in enumerate(points) if "attach partition" in label]
    return attached[0] if attached else len(points)


def test_a_lost_stage_rolls_the_batch_back(tmp_path: Path, scene: Scene) -> None:
    points, expected = scene.points, scene.expected
    number = next(
        n for n, point in enumerate(points) if point.startswith("alter table trades attach")
    )
    yard = Yard.make(tmp_path / "yard", scene.base)
    yard.load(scene.files["second"], point=number, moment="after")
    yard.run_sql("drop table tradehouse_raw._stage_trades sync")
    assert yard.load(scene.files["second"]).returncode == 0
    state = yard.state()
    # a number is never used again
    ledger = [(row[1], row[4]) for row in state["ledger"]]
    assert ledger == [("1", "staged"), ("1", "done"), ("2", "staged"), ("2", "rolled_back"),
                      ("3", "staged"), ("3", "done")]  # fmt: skip

    def renumbered(rows: list[list[str]]) -> list[list[str]]:
        return [["trades-000002" if v == "trades-000003" else "2" if v == "3" else v for v in row]
                for row in rows]  # fmt: skip

    for name in ("raw", "keys", "rejects", "tables"):
        assert renumbered(state[name]) == renumbered(expected[name]), name
