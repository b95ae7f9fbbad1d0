"""Measuring: children in interleaved rounds, medians, and a Markdown table of the ratios."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
OUT = Path(__file__).resolve().parent / "out"
PEERS = PROJECT / ".venv-peers" / "bin" / "python"


@dataclass(frozen=True)
class Run:
    """What one child measured: wall seconds and CPU seconds of its job, and its peak memory.

    Of a job of many calls, ``seconds`` is the median of a call and ``p95_seconds`` its 95th
    percentile. ``bytes_on_disk`` are those of the rows, where the job tells them.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    rows: int
    p95_seconds: float = 0
    bytes_on_disk: int = 0


Runs = dict[str, list[Run]]


@dataclass(frozen=True)
class Line:
    """A line of the table: a measurement, its baseline, and the ratio of the two.

    ``ratio`` is None where there is no baseline; ``limit`` is the largest ratio that is good.
    """

    what: str
    value: str
    against: str = ""
    baseline: str = ""
    ratio: float | None = None
    limit: float | None = None


def run_child(job: str, *arguments: str | Path, environment: Mapping[str, str]) -> Run:
    """Run a job of ``benchmarks.jobs`` in a process of its own.

    Raises:
        RuntimeError: the job failed; its output is the message.
    """
    return _run([sys.executable, "-m", "benchmarks.jobs", job, *map(str, arguments)], environment)


def run_peer(peer: str, file: Path, rows: int) -> Run:
    """Run a loader of ``benchmarks/peers.py`` on the first rows of a file.

    Raises:
        RuntimeError: it failed, or its table holds other than so many rows.
    """
    if not PEERS.exists():
        raise RuntimeError(f"no {PEERS.relative_to(PROJECT)}: `make bench` installs the peers")
    script = str(PROJECT / "benchmarks" / "peers.py")
    run = _run([str(PEERS), script, peer, str(file), str(rows)], {})
    if run.rows != rows:
        raise RuntimeError(f"{peer} {file}: {run.rows} rows, not {rows}")
    return run


def _run(command: list[str], environment: Mapping[str, str]) -> Run:
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "TZ": "UTC", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def interleaved(
    rounds: int, one_round: Callable[[], dict[str, Run]], say: Callable[[str], None]
) -> Runs:
    """The runs of every job, measured A B C, A B C, ..., so that a busy spell hits all of them."""
    runs: Runs = {}
    for number in range(1, rounds + 1):
        for name, run in one_round().items():
            runs.setdefault(name, []).append(run)
            say(
                f"round {number} of {rounds}: {name} {run.seconds:.4g} s, "
                f"{run.cpu_seconds:.2f} CPU s, {run.peak_bytes / 2**20:.0f} MiB"
            )
    return runs


def seconds(runs: list[Run]) -> float:
    return median(run.seconds for run in runs)


def peak(runs: list[Run]) -> float:
    return median(run.peak_bytes for run in runs)


def per_million(runs: list[Run]) -> list[Run]:
    """The runs with their seconds as if each had done a million rows."""
    return [replace(run, seconds=run.seconds / run.rows * 1_000_000) for run in runs]


def late(runs: list[Run]) -> list[Run]:
    """The runs with the 95th percentile of a call as their seconds."""
    return [replace(run, seconds=run.p95_seconds) for run in runs]


def seconds_text(runs: list[Run]) -> str:
    """Median, and the range in brackets."""
    times = [run.seconds for run in runs]
    return f"{median(times):.2f} s ({min(times):.2f} to {max(times):.2f})"


def milliseconds_text(runs: list[Run]) -> str:
    """Median, and the range in brackets."""
    times = [run.seconds * 1000 for run in runs]
    return f"{median(times):.2f} ms ({min(times):.2f} to {max(times):.2f})"


def peak_text(runs: list[Run]) -> str:
    """Median, and the range in brackets."""
    sizes = [run.peak_bytes / 2**20 for run in runs]
    return f"{median(sizes):.0f} MiB ({min(sizes):.0f} to {max(sizes):.0f})"


def compare_seconds(
    what: str, runs: list[Run], against: str, base: list[Run], limit: float | None = None
) -> Line:
    ratio = seconds(runs) / seconds(base)
    return Line(what, seconds_text(runs), against, seconds_text(base), ratio, limit)


def compare_milliseconds(
    what: str, runs: list[Run], against: str, base: list[Run], limit: float | None = None
) -> Line:
    ratio = seconds(runs) / seconds(base)
    return Line(what, milliseconds_text(runs), against, milliseconds_text(base), ratio, limit)


def compare_peaks(
    what: str, runs: list[Run], against: str, base: list[Run], limit: float | None = None
) -> Line:
    return Line(what, peak_text(runs), against, peak_text(base), peak(runs) / peak(base), limit)


def machine() -> str:
    """The machine and the versions that the numbers depend on."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("chdb", "duckdb", "pyarrow"))
    return (
        f"{_cpu_model()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB memory, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {packages}"
    )


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def markdown(title: str, rounds: int, lines: list[Line], notes: list[str]) -> str:
    """The table, with what a reader needs to judge it."""
    rows = [
        "| measured | median (range) | against | median (range) | ratio | at most |",
        "|---|---|---|---|---|---|",
    ]
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.3g}"
        limit = "" if line.limit is None else f"{line.limit:g}"
        rows.append(
            f"| {line.what} | {line.value} | {line.against} | {line.baseline} | {ratio} | {limit} |"
        )
    head = [f"# {title}", "", f"Machine: {machine()}.", ""]
    head += [f"Ratios of medians over {rounds} interleaved rounds in the same run.", ""]
    return "\n".join([*head, *rows, "", *(f"- {note}" for note in notes)]) + "\n"


def write(name: str, text: str) -> Path:
    """Write a table to ``benchmarks/out``."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    return path


def result(seconds: float, cpu_seconds: float, rows: int) -> dict[str, Any]:
    """What a child prints as its last line: a ``Run`` with the peak memory of this process."""
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_bytes": _own_peak_bytes(),
        "rows": rows,
    }


def _own_peak_bytes() -> int:
    try:
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
