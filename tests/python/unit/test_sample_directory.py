"""The directory of a sample: what is replaced, what is never touched, what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from python_loaders.errors import ConfigurationError
from python_loaders.sample import write_sample
from tests.python.unit.sample_reader import digest


def test_a_smaller_sample_removes_the_files_of_a_larger_one_alone(tmp_path: Path) -> None:
    options: dict[str, Any] = {"prices": 0, "indicators": 0}
    write_sample(tmp_path, trades=3_000, rows_per_file=500, **options)
    assert (tmp_path / "trades-0006.csv").exists()
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "trades-9999.csv").write_text("mine")
    write_sample(tmp_path, trades=300, **options)
    assert sorted(path.name for path in tmp_path.glob("trades-[0-9]*")) == [
        "trades-0001.csv",
        "trades-0002.csv",
        "trades-0003.csv",
        "trades-9999.csv",
    ]
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "trades-9999.csv").read_text() == "mine"


def test_a_file_of_someone_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("mine")
    with pytest.raises(ConfigurationError, match=r"accounts\.csv exists and no sample manifest"):
        write_sample(tmp_path, trades=10)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"accounts.csv": "mine"}


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"generator": "other", "files": []}', '{"generator": 3}']
)
def test_a_manifest_of_someone_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ConfigurationError, match="was not written by `tradehouse sample`"):
        write_sample(tmp_path, trades=10)
    assert (tmp_path / "manifest.json").read_text() == text


def test_a_manifest_cannot_point_outside_its_directory(tmp_path: Path) -> None:
    outside = tmp_path / "keep.csv"
    outside.write_text("mine")
    inside = tmp_path / "sample"
    inside.mkdir()
    claim = {"generator": "tradehouse sample", "files": [{"file": "../keep.csv"}]}
    (inside / "manifest.json").write_text(json.dumps(claim))
    write_sample(inside, trades=10, prices=0, indicators=0)
    assert outside.read_text() == "mine"


def test_a_killed_run_can_be_repeated(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def stop(name: str, rows: int) -> None:
        if name == "trades-0002.csv":
            raise Killed

    options: dict[str, Any] = {"trades": 500, "prices": 0, "indicators": 0}
    with pytest.raises(Killed):
        write_sample(tmp_path / "killed", progress=stop, **options)
    assert json.loads((tmp_path / "killed/manifest.json").read_text())["complete"] is False
    write_sample(tmp_path / "killed", **options)
    write_sample(tmp_path / "whole", **options)
    assert digest(tmp_path / "killed") == digest(tmp_path / "whole")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"days": 1}, "--days 1 is out of range; give a number from 2 to 3650"),
        ({"accounts": 0}, "--accounts 0 is out of range; give a number from 1 to 1000000"),
        ({"trades": 100_000_001}, "--trades 100000001 is out of range; give a number from 1 to "),
        ({"prices": -1}, "prices -1 is out of range; give a number from 0 to 100000000"),
        ({"indicators": -1}, "indicators -1 is out of range"),
        ({"share_late": 0.06}, "share_late 0.06 is out of range; give a share from 0 to 0.05"),
        ({"share_bad": -0.1}, "share_bad -0.1 is out of range"),
        ({"rows_per_file": 0}, "rows_per_file 0 is out of range; give a number from 1"),
    ],
)
def test_arguments_out_of_range(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        write_sample(tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()
