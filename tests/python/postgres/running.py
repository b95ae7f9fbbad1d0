"""A Tradehouse in processes of its own: a warehouse, a profile, a service file with a secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.python.conftest import PROFILE, PROJECT
from tests.python.postgres.conftest import MAPPING, link_project

SECRET = "hunter2-is-not-for-logs"


@dataclass(frozen=True)
class Processes:
    """Commands of the command line, each in a process, against one database."""

    folder: Path
    socket: str
    database: str

    @staticmethod
    def make(folder: Path, socket: str, database: str, mapping: str = MAPPING) -> Processes:
        (folder / "project").mkdir()
        project = link_project(folder / "project")
        service = mapping.replace("tables:", "connection: {service: tradehouse_app}\ntables:", 1)
        (project / "sources" / "app.yml").write_text(service, encoding="utf-8")
        text = PROFILE.format(path=folder / "warehouse", schema="tradehouse")
        (folder / "profiles.yml").write_text(text, encoding="utf-8")
        (folder / "services").write_text(
            f"[tradehouse_app]\nhost={socket}\ndbname={database}\nuser=postgres\n"
            f"password={SECRET}\n",
            encoding="utf-8",
        )
        return Processes(folder, socket, database)

    def start(self, *words: str, log: Path | None = None) -> subprocess.Popen[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        source = [] if words[0] == "query" else ["--source", "app"]
        stream = subprocess.PIPE if log is None else log.open("a", encoding="utf-8")
        return subprocess.Popen(
            [
                sys.executable, "-m", "python_loaders", *words, *source,
                "--project-dir", str(self.folder / "project"),
                "--profiles-dir", str(self.folder), "--log-format", "json",
            ],
            text=True, cwd=PROJECT, stdout=stream, stderr=stream,
            env={**environment, "PGSERVICEFILE": str(self.folder / "services"), "TZ": "UTC"},
        )  # fmt: skip

    def run(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=300)
        return process.returncode, out, err

    def verify(self) -> tuple[int, list[dict[str, Any]]]:
        code, out, err = self.run("verify", "--json")
        assert out, err
        return code, json.loads(out)
