"""`tradehouse sample`: what it says, wrong arguments, and a directory that it cannot write."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import python_loaders.sample  # noqa: F401  # before a test gives up the right to read it
from python_loaders.cli import main
from tests.python.integration.conftest import one_line

SMALL = ("--trades", "60", "--days", "3", "--accounts", "2")

Sample = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sample(capsys: pytest.CaptureFixture[str]) -> Sample:
    """Run `tradehouse sample`: exit code, standard output and standard error."""

    def sample(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["sample", *map(str, arguments)])
        return code, *capsys.readouterr()

    return sample


def refused(answer: tuple[int, str, str]) -> str:
    """The one line of a sample that was not written."""
    code, out, err = answer
    assert (code, out) == (2, "")
    return one_line(err).removeprefix("tradehouse: ")


def test_a_sample_holds_what_was_asked_for(sample: Sample, tmp_path: Path) -> None:
    directory = tmp_path / "new" / "sample"
    code, out, err = sample(directory, *SMALL, "--seed", "9")
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    assert (code, err) == (0, "")
    assert out == f"{directory}: {len(manifest['files'])} files and manifest.json\n"
    files = {entry["file"] for entry in manifest["files"]}
    assert {path.name for path in directory.iterdir()} == {*files, "manifest.json"}
    asked = {"trades": 60, "days": 3, "accounts": 2, "seed": 9}
    assert {name: manifest["parameters"][name] for name in asked} == asked


@pytest.mark.parametrize(
    ("option", "value", "limits"),
    [
        ("--days", 0, "2 to 3650"),
        ("--days", 1, "2 to 3650"),
        ("--days", -5, "2 to 3650"),
        ("--days", 3651, "2 to 3650"),
        ("--accounts", 0, "1 to 1000000"),
        ("--accounts", 1_000_001, "1 to 1000000"),
        ("--trades", 0, "1 to 100000000"),
        ("--trades", 100_000_001, "1 to 100000000"),
    ],
)
def test_a_number_out_of_range_is_refused(
    sample: Sample, tmp_path: Path, option: str, value: int, limits: str
) -> None:
    message = refused(sample(tmp_path / "none", f"{option}={value}"))
    assert message == f"{option} {value} is out of range; give a number from {limits}"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("option", ["--days", "--accounts", "--trades", "--seed"])
def test_a_word_for_a_number_is_a_usage_error(
    sample: Sample, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        sample(tmp_path / "none", option, "many")
    assert stopped.value.code == 2
    assert f"argument {option}: invalid int value: 'many'" in capsys.readouterr().err


def unwritable(directory: Path, reason: str) -> str:
    return (
        f"the directory {directory} cannot be written: {reason}; "
        "give a DIR that this user can write, with room for the sample"
    )


def test_a_file_is_no_directory(sample: Sample, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    assert refused(sample(file, *SMALL)) == unwritable(file, "it is a file")
    below = file / "below"
    assert refused(sample(below, *SMALL)) == unwritable(below, "Not a directory")
    assert file.read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_a_directory_that_cannot_be_made(sample: Sample) -> None:
    directory = Path("/proc/sample")
    message = refused(sample(directory, *SMALL))
    assert message == unwritable(directory, "No such file or directory")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write everywhere, so it becomes somebody else for a while."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_directory_of_which_the_user_may_only_read(sample: Sample, tmp_path: Path) -> None:
    directory = tmp_path / "read-only"
    directory.mkdir(mode=0o500)
    with as_nobody():
        answer = sample(directory, *SMALL)
    assert refused(answer) == unwritable(directory, "Permission denied")
    assert list(directory.iterdir()) == []


def test_a_manifest_that_is_a_directory(sample: Sample, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").mkdir()
    assert refused(sample(tmp_path, *SMALL)) == unwritable(tmp_path, "Is a directory")


@contextmanager
def room_for(file_bytes: int) -> Iterator[None]:
    """Let files of this process grow to a size and no further, as a disk that is full does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [100, 10_000], ids=["for no manifest", "for no trades"])
def test_a_directory_without_room(sample: Sample, tmp_path: Path, room: int) -> None:
    """It says so, and the same command completes the sample once there is room."""
    with room_for(room):
        answer = sample(tmp_path, *SMALL)
    message = refused(answer)
    assert message.startswith(f"the directory {tmp_path} cannot be written: ")
    assert "File too large" in message
    assert message.endswith("with room for the sample")
    code, _, err = sample(tmp_path, *SMALL)
    assert (code, err) == (0, "")
    assert list(tmp_path.glob("*.part")) == []


def test_files_of_someone_else_stay(sample: Sample, tmp_path: Path) -> None:
    theirs = tmp_path / "accounts.csv"
    theirs.write_text("mine")
    message = refused(sample(tmp_path, *SMALL))
    assert message == f"{theirs} exists and no sample manifest names it; give another DIR"
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.csv"]
    manifest = tmp_path / "manifest.json"
    manifest.write_text("{}")
    message = refused(sample(tmp_path, *SMALL))
    assert message == f"{manifest} was not written by `tradehouse sample`; give another DIR"
    assert (theirs.read_text(), manifest.read_text()) == ("mine", "{}")
