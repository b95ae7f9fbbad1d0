"""The adapter `type: chdb`: paths, locks and profiles that it refuses, each in one line."""

import json
from pathlib import Path

from tests.python.integration.dbt_probe import PROJECT, dbt, python, write_project

OPEN_MANY = """
import json, sys
from python_loaders.embedded import open_client; from python_loaders.errors import TradehouseError
def attempt(path):
    try:
        client = open_client(path, {})
    except TradehouseError as ex:
        return str(ex)
    found = client.command("select 1")
    client.close()
    return found
paths = sys.argv[1:]
alone = {path: attempt(path) for path in paths}
held = open_client(paths[0], {})
beside = {path: attempt(path) for path in (paths[0], paths[0] + "-other")}
print(json.dumps([alone, beside]))
"""


def test_each_wrong_path_gets_one_line_that_says_why(tmp_path: Path) -> None:
    good, file, other = tmp_path / "good", tmp_path / "file", tmp_path / "other"
    file.touch()
    other.mkdir()
    (other / "letter.txt").touch()
    unwritable = Path("/proc/tradehouse")
    paths = [good, file, file / "below", other, unwritable, Path(":memory:")]
    done = python(OPEN_MANY, *map(str, paths))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    alone, beside = json.loads(done.stdout)

    def refusal(path: Path, reason: str) -> str:
        return (
            f"the embedded warehouse {path} cannot be opened: {reason}; "
            "set chdb_path to a directory that this user can write"
        )

    assert alone[str(good)] == 1
    assert alone[":memory:"] == 1
    assert alone[str(file)] == refusal(file, "it is a file")
    assert alone[str(file / "below")] == refusal(file / "below", "not a directory")
    assert alone[str(unwritable)] == refusal(unwritable, "no such file or directory")
    assert alone[str(other)] == (
        f"the directory {other} holds other files and no embedded warehouse; "
        "set chdb_path to a directory of its own"
    )
    assert [entry.name for entry in other.iterdir()] == ["letter.txt"]

    assert beside[str(good)] == 1
    assert beside[f"{good}-other"] == (
        f"the embedded warehouse at {good}-other cannot be opened: this process already uses the "
        f"one at {good}; one process takes one warehouse"
    )


TAKEN = """
import fcntl, os, sys
from python_loaders.embedded import open_client; from python_loaders.errors import TradehouseError
with open(sys.argv[1] + "/status", "w") as status:
    status.write(f"PID: {os.getpid()}\\n")
    status.flush()
    fcntl.flock(status, fcntl.LOCK_EX)
    try:
        open_client(sys.argv[1], {})
    except TradehouseError as ex:
        print(ex)
"""


def test_a_lock_that_only_the_engine_meets_gets_the_same_line(tmp_path: Path) -> None:
    # under its own process id the check before the engine lets it pass, as in a race
    done = python(TAKEN, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"the embedded warehouse at {tmp_path} is in use by another process; "
        "wait for it, or run a ClickHouse server\n"
    )


VALIDATE = """
import json, sys
from dbt.adapters.chdb.credentials import ChdbCredentials
from dbt_common.dataclass_schema import ValidationError
said = []
for data in json.loads(sys.argv[1]):
    try:
        ChdbCredentials.validate({"schema": "s", "database": "", **data})
        said.append("")
    except ValidationError as ex:
        said.append(ex.message)
print(json.dumps(said))
"""


def test_a_profile_that_would_be_ignored_is_refused() -> None:
    profiles = [
        {"driver": "chdb", "chdb_path": "warehouse", "custom_settings": {"join_use_nulls": 1}},
        {"cluster": "main", "port": 8123},
        {"chdb_pth": "warehouse"},
        {"driver": "http"},
        {"chdb_path": ""},
        {"chdb_path": "warehouse?mode=ro"},
    ]
    done = python(VALIDATE, json.dumps(profiles))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said[0] == ""
    assert said[1].startswith("type chdb does not know cluster, port: its keys are ")
    assert said[2].startswith("type chdb does not know chdb_pth: its keys are ")
    assert said[3] == "the driver of type chdb is chdb; for a server use clickhouse"
    assert said[4] == "chdb_path is a directory or :memory:, not ''"
    assert said[5] == "chdb_path is a directory or :memory:, not 'warehouse?mode=ro'"


def test_the_server_target_takes_its_keys_from_the_environment(tmp_path: Path) -> None:
    project = write_project(tmp_path, {"dbt_project.yml": PROJECT["dbt_project.yml"]})
    env = {"TRADEHOUSE_PORT": "1", "TRADEHOUSE_SECURE": "true", "TRADEHOUSE_CLUSTER": "main"}
    done = dbt("debug", "--target", "clickhouse", cwd=project, **env)
    shown = [line.split("  ")[-1].strip() for line in done.stdout.splitlines()]
    for line in (
        "adapter type: clickhouse",
        "host: localhost",
        "port: 1",
        "secure: True",
        "cluster: main",
        "user: default",
    ):
        assert line in shown
    # nothing listens there
    assert "All checks passed!" not in done.stdout
    assert done.returncode == 1
