"""The command line as a process of its own, and a project in another folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.conftest import PROFILE, PROJECT, House, WriteCsv, copy_project, trade
from tests.python.integration.conftest import Run


def test_a_project_elsewhere(
    house: House, tmp_path: Path, run: Run, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its profile lies beside it, and a bare call works in its folder."""
    project = copy_project(tmp_path)
    shutil.copy(house.profiles / "profiles.yml", project)
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    path = write_csv([trade()])
    assert run("load", "trades", path, "--project-dir", project) == (0, "")
    assert house.query("select count() as n from raw.trades") == [{"n": 1}]
    monkeypatch.chdir(project)
    assert run("load", "trades", path.name) == (0, "")
    assert house.query("select count() as n from raw.trades") == [{"n": 1}]


def program(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    where = ["--project-dir", str(PROJECT), "--profiles-dir", str(folder)]
    command = [sys.executable, "-m", "python_loaders", *map(str, arguments), *where]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, check=False
    )


def test_as_a_program(tmp_path: Path, write_csv: WriteCsv) -> None:
    """With a warehouse of its own, whose path is relative to the project."""
    text = PROFILE.format(path=tmp_path / "warehouse", schema="tradehouse")
    (tmp_path / "profiles.yml").write_text(text)
    path = write_csv([trade(), trade(trade_id="t2")])
    first = program(tmp_path, "load", "trades", path)
    assert (first.returncode, first.stderr) == (0, "")
    assert "2 of 2 rows landed in trades" in first.stdout
    again = program(tmp_path, "load", "trades", path)
    assert "0 rows landed" in again.stdout
    query = program(tmp_path, "query", "select count() as n from tradehouse_raw.trades", "--json")
    assert json.loads(query.stdout) == [{"n": 2}]
    refused = program(tmp_path, "load", "trades", write_csv([{"a": "1"}], "bad.csv"))
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (3, "", 1)
    # a reader that goes away, such as head, is no error
    command = [
        sys.executable,
        "-m",
        "python_loaders",
        "query",
        "select number from numbers(300000)",
    ]
    where = ["--csv", "--project-dir", str(PROJECT), "--profiles-dir", str(tmp_path)]
    with subprocess.Popen(
        [*command, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)
    debug = program(tmp_path, "rejects", "nothing", "--debug")
    assert debug.returncode == 1
    assert "Traceback" in debug.stderr
    assert "ConfigurationError: no feed nothing" in debug.stderr
