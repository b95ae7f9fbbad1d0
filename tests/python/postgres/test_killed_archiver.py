"""The archiver stopped at its writes, run again: no trade is lost, none is counted twice.

`make test` kills it where a state of its own is left behind; `make prove` at every write to the
warehouse and to PostgreSQL, before and after, and lets every write fail.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.python.conftest import PROFILE, PROJECT, PROVE
from tests.python.postgres.conftest import MAPPING, RECEIPTS, TRADES, Postgres, link_project

DRIVER = Path(__file__).parent / "killed_archiver.py"
DUE, OTHERS = range(1, 7), (7, 8)

# what is in the warehouse at once, and after the archiver ran again and a reconciliation
AFTERWARDS = """
import contextlib, io, json, sys
from pathlib import Path
from python_loaders.cli import main
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse
project, profiles = sys.argv[1:3]
where = ["--project-dir", project, "--profiles-dir", profiles, "--source", "app"]
def live():
    with Warehouse(read_target(Path(project), Path(profiles))) as warehouse:
        if not warehouse.table_exists("trades"):
            return []
        return [row["trade_id"] for row in warehouse.rows(
            f"select trade_id from {warehouse.name('trades')} where _batch_seq <= (select "
            f"max(batch_seq) from {warehouse.name('_batches')} where status = 'done') "
            "group by trade_id, _row_hash having sum(_sign) > 0 order by trade_id")]
said = {"before": live()}
with contextlib.redirect_stdout(io.StringIO()):
    said["codes"] = [main(["archive", "trades", *where, "--batch-rows", "4"]),
                     main(["sync", "postgres", *where, "--reconcile"]),
                     main(["verify", *where])]
said["after"] = live()
print(json.dumps(said))
"""


@dataclass(frozen=True)
class Scene:
    """A synchronised warehouse and the database it came from, as templates."""

    postgres: Postgres
    folder: Path
    project: Path
    database: str

    def archive(self, point: str, moment: str) -> Attempt:
        name = uuid.uuid4().hex[:12]
        folder = self.folder / name
        shutil.copytree(self.folder / "warehouse", folder / "warehouse", symlinks=True)
        with self.postgres.connect() as admin:
            admin.execute(f"create database k_{name} template {self.database}".encode())
        attempt = Attempt(self, folder, f"k_{name}")
        attempt.write_profile()
        words = ["archive", "trades", "--source", "app", "--batch-rows", "4", *attempt.where]
        attempt.run(str(DRIVER), point, moment, str(folder / "points"), *words)
        return attempt


class Attempt:
    """One archiver that was stopped, and what it left."""

    def __init__(self, scene: Scene, folder: Path, database: str) -> None:
        self.scene, self.folder, self.database = scene, folder, database
        self.code = 0

    @property
    def where(self) -> list[str]:
        return ["--project-dir", str(self.scene.project), "--profiles-dir", str(self.folder)]

    def write_profile(self) -> None:
        text = PROFILE.format(path=self.folder / "warehouse", schema="tradehouse")
        (self.folder / "profiles.yml").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], check=False, capture_output=True, text=True, cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT), "PGHOST": self.scene.postgres.socket,
                 "PGUSER": "postgres", "PGDATABASE": self.database},
        )  # fmt: skip
        self.code, self.errors = done.returncode, done.stderr
        return done.stdout

    @property
    def points(self) -> list[str]:
        lines = (self.folder / "points").read_text(encoding="utf-8").splitlines()
        return [line.split("\t", 1)[1] for line in lines]

    def idents(self) -> list[str]:
        with self.scene.postgres.connect(self.database) as connection:
            rows = connection.execute("select id::text from app.trades order by id").fetchall()
        return [ident for (ident,) in rows]

    def afterwards(self) -> dict[str, Any]:
        words = ["-c", AFTERWARDS, str(self.scene.project), str(self.folder)]
        return dict(json.loads(self.run(*words)))


@pytest.fixture(scope="module")
def scene(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("archiver")
    (folder / "project").mkdir()
    project = link_project(folder / "project")
    (project / "sources" / "app.yml").write_text(MAPPING, encoding="utf-8")
    database = f"scene_{uuid.uuid4().hex[:12]}"
    with postgres.connect() as admin:
        admin.execute(f"create database {database}".encode())
    with postgres.connect(database) as owner:
        owner.execute(TRADES.encode())
        owner.execute(RECEIPTS.encode())
        owner.execute("insert into app.trades (id) select generate_series(1, 5)")
        owner.execute("insert into app.trades (id, closed_at) values (7, now()), (8, now())")
    scene = Scene(postgres, folder, project, database)
    base = Attempt(scene, folder, database)
    base.write_profile()
    base.run("-m", "python_loaders", "sync", "postgres", "--source", "app", *base.where)
    assert base.code == 0, base.errors
    with postgres.connect(database) as owner:
        # one that the archiver has to copy itself
        owner.execute("insert into app.trades (id) values (6)")
    yield scene


def cases(scene: Scene) -> list[tuple[str, str]]:
    if not PROVE:
        # an intention without a deletion, and a deletion without a receipt
        return [("postgres: delete", "before"), ("postgres: commit", "after")]
    clean = scene.archive("-1", "before")
    assert clean.code == 0, clean.errors
    return [
        (str(point), moment)
        for point in range(len(clean.points))
        for moment in ("before", "after", "fails")
    ]


def test_an_archiver_stopped_at_any_write_loses_and_doubles_nothing(scene: Scene) -> None:
    everything = {str(ident) for ident in (*DUE, *OTHERS)}
    chosen, bad = cases(scene), []
    for point, moment in chosen:
        attempt = scene.archive(point, moment)
        stopped = attempt.code == (4 if moment == "fails" else -signal.SIGKILL)
        where = attempt.points[-1] if moment != "fails" else attempt.points[int(point)]
        there = attempt.idents()
        said = attempt.afterwards()
        at_once = everything - {*there, *said["before"]}
        lost = everything - {*attempt.idents(), *said["after"]}
        doubled = len(said["after"]) - len(set(said["after"]))
        left = attempt.idents() != [str(ident) for ident in OTHERS]
        row = (
            f"{where:<46} {moment:<6} PostgreSQL {len(there)}, warehouse {len(said['before'])}; "
            f"lost at once {len(at_once)}, lost {len(lost)}, doubled {doubled}"
        )
        print(row, flush=True)
        if not stopped or at_once or lost or doubled or left or said["codes"] != [0, 0, 0]:
            bad.append((row, attempt.code, said, attempt.errors))
    print(f"{len(chosen)} stops: {len(bad)} bad")
    assert not bad
