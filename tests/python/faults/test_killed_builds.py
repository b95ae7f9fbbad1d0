"""A dbt build killed at any of its writes: every live table is the old or the new one, whole.

`make prove` kills it at every write, before, in the middle and after. The same build again then
gives what a clean build gives.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.python.conftest import PROFILE, PROJECT, trade

DRIVER = Path(__file__).parent / "killed_dbt.py"
MIDDLES = (0.5, 0.9)
VIEWS = ("stg_trades", "stg_accounts", "int_trading__measure_trades")
TABLES = ("fct_trades", "agg_trades_daily")

Contents = dict[str, list[str]]


@dataclass(frozen=True)
class Builder:
    """The driver; it parsed the project once."""

    process: subprocess.Popen[str]

    def do(self, folder: Path, **job: str | Sequence[str]) -> int:
        """The exit code of a job on the warehouse in a folder."""
        assert self.process.stdin and self.process.stdout
        line = json.dumps({"folder": str(folder), "profiles": str(folder), **job})
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def check(self, folder: Path, **job: str | Sequence[str]) -> None:
        code = self.do(folder, **job)
        assert code == 0, (job, (folder / "output").read_text(encoding="utf-8")[-4000:])

    def build(self, folder: Path, *words: str) -> tuple[Contents, Contents]:
        """Build undisturbed; the contents before and after."""
        (folder / "points").unlink(missing_ok=True)
        (folder / "points.ms").unlink(missing_ok=True)
        self.check(folder, dbt=["run", "--select", *words], point="-1", moment="before")
        contents = read_contents(folder)
        return contents["before"], contents["after"]

    def kill(self, folder: Path, *words: str, point: str, moment: str) -> Contents:
        """Kill a build; the contents before it."""
        code = self.do(folder, dbt=["run", "--select", *words], point=point, moment=moment)
        assert code == -signal.SIGKILL, (point, moment, code)
        return read_contents(folder)["before"]


def read_contents(folder: Path) -> dict[str, Contents]:
    return dict(json.loads((folder / "contents.json").read_text(encoding="utf-8")))


def write_profile(folder: Path) -> Path:
    text = PROFILE.format(path=folder / "warehouse", schema="tradehouse")
    (folder / "profiles.yml").write_text(text, encoding="utf-8")
    return folder


def copy_warehouse(base: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copytree(base / "warehouse", folder / "warehouse", symlinks=True)
    return write_profile(folder)


def write_trades(path: Path, rows: Sequence[dict[str, str]]) -> str:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    folder = write_profile(tmp_path_factory.mktemp("builder"))
    process = subprocess.Popen(
        [sys.executable, DRIVER, folder, folder / "target"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        # the killed leave semaphores behind, of which Python would warn
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONWARNINGS": "ignore"},
    )
    with process:
        yield Builder(process)
        assert process.stdin
        process.stdin.close()


@dataclass(frozen=True)
class Case:
    """A warehouse whose next build is killed, and what an undisturbed build makes of it."""

    base: Path
    words: Sequence[str]
    old: Contents
    new: Contents
    points: list[str]
    durations_ms: list[float]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, builder: Builder) -> Path:
    """Built once; then trades were corrected, moved, deleted and added."""
    folder = write_profile(tmp_path_factory.mktemp("built"))
    first = [
        trade(trade_id=f"t{n}", closed_at=f"2026-0{n % 3 + 1}-05T12:00:00Z", _op="")
        for n in range(9)
    ]
    second = [
        {**first[0], "quantity": "9"},
        {**first[1], "closed_at": "2026-01-06T12:00:00Z"},
        *({**row, "_op": "delete"} for row in first[2::3]),
        trade(trade_id="new", closed_at="2026-04-05T12:00:00Z", _op=""),
    ]
    builder.check(folder, load=["load", "trades", write_trades(folder / "first.csv", first)])
    builder.build(folder, *VIEWS, *TABLES)
    builder.check(folder, load=["load", "trades", write_trades(folder / "second.csv", second)])
    return folder


@pytest.fixture(scope="module", params=["incremental", "another", "full refresh", "first"])
def case(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    builder: Builder,
    built: Path,
) -> Case:
    words = [*TABLES, *(["--full-refresh"] if request.param == "full refresh" else [])]
    base, folder = built, tmp_path_factory.mktemp("clean")
    if request.param == "first":
        base = write_profile(tmp_path_factory.mktemp("first"))
        for name in ("first.csv", "second.csv"):
            builder.check(base, load=["load", "trades", str(built / name)])
        builder.build(base, *VIEWS)
    if request.param == "another":
        # one that goes on from the tables that the last one replaced
        base = copy_warehouse(built, folder / "another")
        builder.build(base, *TABLES)
        third = [
            trade(trade_id="t3", quantity="7", closed_at="2026-01-05T12:00:00Z", _op=""),
            trade(trade_id="new", closed_at="2026-04-05T12:00:00Z", _op="delete"),
            trade(trade_id="newer", closed_at="2026-05-05T12:00:00Z", _op=""),
        ]
        builder.check(base, load=["load", "trades", write_trades(base / "third.csv", third)])
    full = copy_warehouse(base, folder / "full")
    right = builder.build(full, *TABLES, "--full-refresh")[1]
    clean = copy_warehouse(base, folder / "clean")
    old, new = builder.build(clean, *words)
    assert live(new) == live(right)
    assert all(old.get(name) != new[name] for name in TABLES)
    points = (clean / "points").read_text(encoding="utf-8").splitlines()
    durations = (clean / "points.ms").read_text(encoding="utf-8").splitlines()
    return Case(
        base,
        words,
        old,
        new,
        [line.split("\t", 1)[1] for line in points],
        [float(text) for text in durations],
    )


def live(contents: Contents) -> Contents:
    return {table: contents[table] for table in TABLES}


def which(case: Case, found: Contents) -> dict[str, str]:
    """Of every live table, whether it is the old or the new one."""
    names = {}
    for table in TABLES:
        rows = found.get(table)
        names[table] = (
            "new" if rows == case.new[table] else "old" if rows == case.old.get(table) else "WRONG"
        )
    return names


@pytest.mark.long
def test_a_killed_build_leaves_whole_tables_and_is_made_good(
    tmp_path: Path, builder: Builder, case: Case
) -> None:
    wrong = []
    print(f"\n{'point':<6}{'moment':<8}{'facts':<7}{'rollup':<8}{'again':<8}write")
    for number, label in enumerate(case.points):
        middles = [f"{case.durations_ms[number] * part:.1f}" for part in MIDDLES]
        for moment in ("before", *middles, "after"):
            folder = copy_warehouse(case.base, tmp_path / "killed")
            builder.kill(folder, *case.words, point=str(number), moment=moment)
            before, after = builder.build(folder, *case.words)
            found = which(case, before)
            # of what a build leaves beside the tables, only that it is there, or is not
            equal = live(after) == live(case.new) and after.keys() == case.new.keys()
            again = "equal" if equal else "WRONG"
            facts, rollup = (found[name] for name in TABLES)
            print(f"{number:<6}{moment:<8}{facts:<7}{rollup:<8}{again:<8}{label}", flush=True)
            if "WRONG" in (facts, rollup, again):
                wrong.append((number, moment, label, found, again))
            shutil.rmtree(folder)
    assert wrong == []
