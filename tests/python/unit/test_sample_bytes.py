"""The files of a sample: the same bytes everywhere, in memory that does not grow."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from python_loaders.sample import write_sample
from tests.python.conftest import PROJECT
from tests.python.unit.sample_reader import Sample, digest


def test_same_bytes_again_and_with_another_number_of_threads(
    tmp_path: Path, sample: Sample
) -> None:
    expected = digest(sample.directory)
    for threads in (1, 3):
        # the second time over the files of the first
        write_sample(
            tmp_path, trades=12_000, prices=3_000, indicators=3_000, seed=7, threads=threads
        )
        assert digest(tmp_path) == expected


def test_bytes_are_those_of_every_engine_version(tmp_path: Path) -> None:
    """The digest was printed by DuckDB 2.0.0; a change here changes every sample."""
    write_sample(tmp_path, trades=2_000, prices=500, indicators=500, ticks=500, seed=42)
    manifest = digest(tmp_path)
    whole = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    assert whole == "6a9006203ca662617dd96e7bfb7bde64942b7dd822febcfb875d008000405f1b"


def test_another_seed_gives_other_rows(tmp_path: Path, mini: Sample) -> None:
    manifest = write_sample(tmp_path, trades=1_000, prices=1_000, indicators=1_000, seed=2)
    here, there = digest(tmp_path), digest(mini.directory)
    for entry in manifest["files"]:
        if entry["feed"] != "accounts":
            assert here[entry["file"]] != there[entry["file"]], entry["file"]


def test_memory_does_not_grow_with_the_size(tmp_path: Path) -> None:
    """Files four times as long peak at about the same memory, since their rows are streamed."""
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from python_loaders.sample import write_sample\n"
        "write_sample(Path(sys.argv[1]), trades=int(sys.argv[2]), prices=0, indicators=0,\n"
        "    threads=1)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    peaks = []
    for trades in (100_000, 400_000):
        result = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / str(trades)), str(trades)],
            cwd=PROJECT,
            check=True,
            capture_output=True,
            text=True,
        )
        peaks.append(int(result.stdout))
    assert peaks[1] < 1.3 * peaks[0], peaks
