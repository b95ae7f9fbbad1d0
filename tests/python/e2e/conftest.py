"""Fixtures of the end-to-end tests: the project as its users run it, in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.python.conftest import PROJECT, Answer
from tests.python.e2e.reader import END

TIMEOUT_S = 300


@dataclass(frozen=True)
class Installation:
    """The project with a warehouse, a profile and dbt folders in a folder outside it."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    # the process that answers queries, where there is one
    _readers: list[subprocess.Popen[str]] = field(default_factory=list)

    @classmethod
    def create(cls, folder: Path, **variables: str) -> Installation:
        shutil.copyfile(PROJECT / "profiles.example.yml", folder / "profiles.yml")
        return cls(folder, variables)

    @property
    def environment(self) -> dict[str, str]:
        # what the caller's shell says of a warehouse must not reach the test
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("TRADEHOUSE_")
        }
        return {
            **inherited,
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "TRADEHOUSE_PATH": str(self.folder / "warehouse"),
            **self.variables,
        }

    @property
    def target(self) -> Path:
        return self.folder / "target"

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        """Start a console script of this environment, or `python` with its arguments."""
        self.close_reader()
        return self._popen(*words)

    def _popen(self, *words: str | Path) -> subprocess.Popen[str]:
        program, *arguments = (str(word) for word in words)
        executable = Path(sys.executable)
        if program != "python":
            executable = executable.with_name(program)
        return subprocess.Popen(
            [str(executable), *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> Answer:
        out, err = process.communicate(timeout=TIMEOUT_S)
        return Answer(process.returncode, out, err)

    def run(self, *words: str | Path) -> Answer:
        return self.finish(self.start(*words))

    def check(self, *words: str | Path) -> Answer:
        """Run a program that must succeed."""
        answer = self.run(*words)
        assert answer.code == 0, f"{words}\n{answer.out[-4000:]}\n{answer.err[-4000:]}"
        return answer

    def load(self, feed: str, *words: str | Path) -> list[dict[str, Any]]:
        """Load sources; their counts."""
        return self.check("tradehouse", "load", feed, *words, "--json").rows

    def query(self, sql: str) -> list[dict[str, Any]]:
        """What `tradehouse query --json` says, from a process that stays for further queries."""
        if not self._readers:
            self._readers.append(self._popen("python", "-m", "tests.python.e2e.reader"))
        reader = self._readers[0]
        assert reader.stdin is not None and reader.stdout is not None
        reader.stdin.write(json.dumps(sql) + "\n")
        reader.stdin.flush()
        lines = []
        while not (line := reader.stdout.readline()).startswith(END):
            if not line:
                raise AssertionError(f"{sql}\n{reader.communicate()[1][-4000:]}")
            lines.append(line)
        assert line == f"{END}0\n", sql
        return list(json.loads("".join(lines)))

    def close_reader(self) -> None:
        """Let another process have the warehouse."""
        while self._readers:
            self._readers.pop().communicate(timeout=TIMEOUT_S)

    def batches(self) -> list[dict[str, Any]]:
        """Every batch of the ledger with its feed, in the order of the feed's landing."""
        feeds = self.check("tradehouse", "status", "--json").rows
        return [{**batch, "feed": feed["feed"]} for feed in feeds for batch in feed["batches"]]

    def contents(self) -> dict[str, tuple[int, str]]:
        """Rows and a hash of the content of every mart, rollup and report."""
        # parameterised views have no columns here; instants of landing are no content
        tables = self.query(
            "select table, groupArray(name) as names from system.columns "
            "where database = 'tradehouse' and table not like '\\_%' "
            "and name not in ('known_from', 'known_to', 'restated_at') group by table"
        )
        parts = [
            f"select '{row['table']}' as name, count() as n, "
            f"toString(sum(sipHash64(toString(tuple({', '.join(row['names'])}))))) as hash "
            f"from tradehouse.{row['table']}"
            for row in tables
        ]
        rows = self.query(" union all ".join(parts))
        return {row["name"]: (row["n"], row["hash"]) for row in rows}

    def build_counts(self) -> list[str]:
        """The closing lines of the dbt builds so far: PASS=... WARN=... ERROR=..."""
        log = (self.folder / "logs" / "dbt.log").read_text(encoding="utf-8")
        return [line.split("Done. ", 1)[1] for line in log.splitlines() if ": Done. PASS=" in line]


@dataclass(frozen=True)
class Demo:
    """A demo that ran once on a sample."""

    installation: Installation
    sample: Path
    manifest: dict[str, Any]
    answer: Answer


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo on a small sample, run once for all tests that look at it."""
    folder = tmp_path_factory.mktemp("demo")
    installation, sample = Installation.create(folder), folder / "sample"
    installation.check(
        "tradehouse", "sample", sample, "--trades", "2000", "--days", "40", "--accounts", "3"
    )
    manifest = json.loads((sample / "manifest.json").read_text(encoding="utf-8"))
    answer = installation.run("python", "-m", "python_loaders.demo", sample)
    yield Demo(installation, sample, manifest, answer)
    installation.close_reader()
