"""Run dbt and loaders in processes that are killed at one of their writes; see killer.py.

    python killed_dbt.py PROFILES_DIR TARGET_DIR

imports dbt and parses the project once. Then each line of standard input is a job, a JSON object,
that a forked process does; the line of the answer is its exit code. A job has ``profiles``,
``folder`` for its files, and either ``load``, words of the command line, or ``dbt``, words of dbt,
with ``point`` and ``moment``. Then the contents of the marts before and, if it lives, after are in
``folder/contents.json``.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt.adapters.chdb.client import ChdbClient
from dbt.cli.main import dbtRunner

from tests.python.faults.killer import WRITES, Killer, label_of

PROJECT = Path(__file__).resolve().parents[3]

_COMMENT = re.compile(r"^\s*/\*.*?\*/", re.DOTALL)
_QUALIFIED = re.compile(r"`tradehouse`\.|`")

Contents = dict[str, list[str]]


def install(killer: Killer) -> None:
    connect = ChdbClient._create_client
    databases: set[str] = set()

    def connected(self: ChdbClient, credentials: Any) -> Any:
        client = connect(self, credentials)

        def watched(call: Any) -> Any:
            def watched_call(sql: str, *args: Any, **kwargs: Any) -> Any:
                words = _QUALIFIED.sub("", _COMMENT.sub("", sql))
                label = label_of(words).lower()
                # every connection creates it anew, and how many dbt opens is a matter of timing
                again = label.startswith("create database") and label in databases
                if again or not WRITES.match(words):
                    return call(sql, *args, **kwargs)
                databases.add(label)
                return killer.around(label, call, sql, *args, **kwargs)

            return watched_call

        client.command, client.query = watched(client.command), watched(client.query)
        return client

    ChdbClient._create_client = connected  # type: ignore[method-assign]


def read_contents(warehouse: Any) -> Contents:
    """Every row of every mart and rollup, and of what a build left behind, as sorted text."""
    tables = warehouse.rows(
        "select name from system.tables where database = 'tradehouse' "
        "and (not startsWith(name, '_') or startsWith(name, '_work')) order by name"
    )
    return {
        table["name"]: [
            row["row"]
            for row in warehouse.rows(
                f"select toString(tuple(*)) as row from tradehouse.{table['name']} order by row"
            )
        ]
        for table in tables
    }


def run_dbt(words: list[str], manifest: Any) -> Any:
    return dbtRunner(manifest=manifest).invoke(
        [*words, "--project-dir", str(PROJECT), "--threads", "1", "--no-write-json", "--quiet"]
    )


def do(job: dict[str, Any], manifest: Any) -> None:
    # not before the fork: the engine's threads do not survive it
    from python_loaders.cli import main
    from python_loaders.profile import read_target
    from python_loaders.warehouse import Warehouse

    folder, profiles = Path(job["folder"]), job["profiles"]
    if "load" in job:
        words = ["--project-dir", str(PROJECT), "--profiles-dir", profiles]
        assert main([*job["load"], *words]) == 0
        return
    with Warehouse(read_target(PROJECT, Path(profiles))) as warehouse:
        contents = {"before": read_contents(warehouse)}
        (folder / "contents.json").write_text(json.dumps(contents), encoding="utf-8")
        install(Killer(job["point"], job["moment"], folder / "points"))
        words = ["--profiles-dir", profiles, "--target-path", str(folder / "target")]
        result = run_dbt([*job["dbt"], *words, "--log-path", str(folder / "logs")], manifest)
        assert result.success, result
        contents["after"] = read_contents(warehouse)
        (folder / "contents.json").write_text(json.dumps(contents), encoding="utf-8")


def in_fork(work: Callable[[], None], output: Path) -> int:
    """The exit code of a forked process that does the work and writes to a file."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        with output.open("w") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def serve(profiles: str, target: str) -> None:
    def parse() -> Any:
        words = ["--profiles-dir", profiles, "--target-path", target, "--log-path", target]
        return run_dbt(["parse", *words], None).result

    # parsing starts threads, which no fork survives; reading what was parsed does not
    assert in_fork(parse, Path(profiles) / "output") == 0
    manifest = parse()
    assert len(list(Path("/proc/self/task").iterdir())) == 1
    for line in sys.stdin:
        job = json.loads(line)
        code = in_fork(lambda job=job: do(job, manifest), Path(job["folder"]) / "output")
        print(code, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
