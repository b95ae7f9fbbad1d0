"""The adapter `type: chdb`: real dbt runs on the real engine, each in a process of its own.

One small project shows every materialization. It is built twice, the second time with another
environment variable, and the warehouse is read in between; the tests look at what came out.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]

PROJECT = {
    "dbt_project.yml": """
name: probe
profile: tradehouse
config-version: 2
flags:
    send_anonymous_usage_stats: false
seeds:
    probe:
        +column_types:
            symbol: String
            price: Decimal(38, 12)
""",
    "seeds/symbols.csv": "symbol,price\nBTC/USDT,60000.123456789012\nETH/USDT,3000.5\n",
    "models/eph.sql": "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('symbols') }}",
    "models/vw.sql": "{{ config(materialized='view') }}\nselect * from {{ ref('eph') }}",
    "models/joined.sql": """
{{ config(materialized='table') }}
select
    vw.symbol as symbol,
    vw.price * 2 as doubled,
    other.note as note,
    timezone() as zone
from {{ ref('vw') }} as vw
left join (select 'BTC/USDT' as symbol, 'big' as note) as other on other.symbol = vw.symbol
""",
    "models/appended.sql": """
{{ config(materialized='incremental', incremental_strategy='append', order_by='n') }}
select toUInt32(number + 10 * {{ env_var('ROUND', '1') }}) as n from numbers(3)
""",
    "models/replaced.sql": """
{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='k') }}
{% if is_incremental() %}
select 2 as k, 'new' as v union all select 3 as k, 'new' as v
{% else %}
select 1 as k, 'old' as v union all select 2 as k, 'old' as v
{% endif %}
""",
    "models/overwritten.sql": """
{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='p') }}
{% if is_incremental() %}
select 2 as p, 'new' as v
{% else %}
select 1 as p, 'old' as v union all select 2 as p, 'old' as v union all select 2 as p, 'two' as v
{% endif %}
""",
    "models/counted.sql": """
{{ config(
    materialized='materialized_view', engine='SummingMergeTree()', order_by='tens', catchup=true
) }}
select intDiv(n, 10) as tens, count() as rows from {{ ref('appended') }} group by tens
""",
    "models/dict_symbols.sql": """
{{ config(
    materialized='dictionary',
    fields=[('symbol', 'String'), ('price', 'Decimal(38, 12)')],
    primary_key='symbol',
    layout='COMPLEX_KEY_HASHED()',
    lifetime='0',
) }}
select symbol, price from {{ ref('symbols') }}
""",
    "models/looked_up.sql": """
{{ config(materialized='table') }}
-- depends_on: {{ ref('dict_symbols') }}
select dictGet('{{ target.schema }}.dict_symbols', 'price', tuple('ETH/USDT')) as price
""",
    "models/kept.sql": """
{{ config(materialized='table') }}
select 'ETH/USDT' as symbol, cast('3000.5' as Decimal(38, 12)) as price
""",
    "models/broken.sql": """
{{ config(materialized='table', enabled=env_var('ROUND', '1') == '2') }}
select 'ETH/USDT' as symbol, 3000.5 as price
""",
    "models/fees.sql": """
select venue, fee
from values('venue String, fee UInt32', ('a', 1), {% if env_var('ROUND', '1') == '1' %}
    ('b', 2), ('c', 3)
{% else %}
    ('b', 9)
{% endif %})
""",
    "models/schema.yml": """
models:
    - name: kept
      description: Enforced and kept.
      config: {contract: {enforced: true}}
      columns:
          - {name: symbol, data_type: String, description: Key., data_tests: [unique]}
          - {name: price, data_type: "Decimal(38, 12)"}
    - name: broken
      config: {contract: {enforced: true}}
      columns:
          - {name: symbol, data_type: String}
          - {name: price, data_type: "Decimal(38, 12)"}
unit_tests:
    - name: doubles_and_keeps_unmatched
      model: joined
      given:
          - input: ref('vw')
            rows:
                - {symbol: BTC/USDT, price: 1.5}
                - {symbol: XRP/USDT, price: 0.000000000001}
      expect:
          rows:
              - {symbol: BTC/USDT, doubled: 3, note: big}
              - {symbol: XRP/USDT, doubled: 0.000000000002, note: null}
snapshots:
    - name: fee_history
      relation: ref('fees')
      config: {unique_key: venue, strategy: check, check_cols: [fee], hard_deletes: invalidate}
""",
    **{
        f"models/slow_{i}.sql": (
            "{{ config(materialized='table', enabled=env_var('ROUND', '1') == '1') }}\n"
            "select sleepEachRow(1.5) as zero from numbers(1)"
        )
        for i in range(4)
    },
}

QUERIES = {
    "joined": "select symbol, toString(doubled), note, zone from joined order by symbol",
    "appended": "select groupArray(n) from (select n from appended order by n)",
    "replaced": "select k, v from replaced order by k",
    "overwritten": "select p, v from overwritten order by p, v",
    "counted": "select tens, sum(rows) from counted group by tens order by tens",
    "looked_up": "select toString(price) from looked_up",
    "fees": """
        select venue, fee, dbt_valid_to is null from fee_history order by venue, fee""",
    "engines": "select name, engine from system.tables where database = 'tradehouse'",
    "leftovers": """
        select database, name from system.tables
        where is_temporary or name like '%\\_\\_dbt%'""",
}

READ = """
import json, sys
from python_loaders.embedded import open_client
client = open_client(sys.argv[1], {"session_timezone": "UTC"})
client.command("use tradehouse")
queries = json.loads(sys.argv[2])
print(json.dumps({k: client.query(q).result_rows for k, q in queries.items()}))
client.close()
"""


def environment(path: Path | str) -> dict[str, str]:
    """The caller's environment, with the warehouse's path and a zone that is not UTC."""
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "TRADEHOUSE_"))},
        "TRADEHOUSE_PATH": str(path),
        "TZ": "America/New_York",
    }


def dbt_command(*args: str) -> list[str]:
    return [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", *args]


def dbt(
    *args: str, cwd: Path, path: Path | str = "warehouse", **env: str
) -> subprocess.CompletedProcess[str]:
    """One dbt run; `path` is the warehouse's."""
    return subprocess.run(
        dbt_command(*args),
        cwd=cwd,
        env={**environment(path), **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def python(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *args],
        env=environment(""),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def read(path: Path, queries: dict[str, str]) -> dict[str, list[list[Any]]]:
    """The rows of each query, from a process of its own."""
    done = python(READ, str(path), json.dumps(queries))
    assert done.returncode == 0, done.stderr
    rows: dict[str, list[list[Any]]] = json.loads(done.stdout)
    return rows


def write_project(root: Path, files: dict[str, str]) -> Path:
    """A project that takes its profile from the example that users copy."""
    example = (ROOT / "profiles.example.yml").read_text()
    for name, text in {**files, "profiles.yml": example}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@dataclass(frozen=True)
class Round:
    """What one `dbt build` left: its results by name, and the warehouse's rows."""

    returncode: int
    output: str
    results: dict[str, dict[str, Any]]
    rows: dict[str, list[list[Any]]]


@dataclass(frozen=True)
class Built:
    project: Path
    first: Round
    second: Round


def build(project: Path, number: int, cwd: Path) -> Round:
    done = dbt(
        "build",
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        cwd=cwd,
        ROUND=str(number),
    )
    artifact = json.loads((project / "target" / "run_results.json").read_text())
    # model.probe.<name>, test.probe.<name>.<hash>, unit_test.probe.<model>.<name>
    results = {
        result["unique_id"].split(".")[3 if "unit_test" in result["unique_id"] else 2]: result
        for result in artifact["results"]
    }
    if number == 1:
        assert done.returncode == 0, done.stdout + done.stderr
    rows = read(project / "warehouse", QUERIES)
    return Round(done.returncode, done.stdout + done.stderr, results, rows)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The project built twice, from another directory than its own."""
    project = write_project(tmp_path_factory.mktemp("probe"), PROJECT)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    result = Built(project, build(project, 1, elsewhere), build(project, 2, elsewhere))
    assert list(elsewhere.glob("warehouse")) == [], "a relative path counts from the project"
    return result


def test_first_build_passes_without_warnings(built: Built) -> None:
    statuses = {name: result["status"] for name, result in built.first.results.items()}
    assert built.first.returncode == 0, built.first.output
    assert set(statuses.values()) <= {"success", "pass"}
    assert "[WARNING]" not in built.first.output


def test_every_materialization_makes_its_kind_of_relation(built: Built) -> None:
    engines = dict(built.first.rows["engines"])
    assert engines["symbols"] == "MergeTree"
    assert engines["vw"] == "View"
    assert engines["joined"] == "MergeTree"
    assert engines["counted_mv"] == "MaterializedView"
    assert engines["counted"] == "SummingMergeTree"
    assert engines["dict_symbols"] == "Dictionary"
    assert engines["fee_history"] == "MergeTree"
    assert "eph" not in engines


def test_the_profiles_settings_hold(built: Built) -> None:
    # unmatched joins are NULL, and the zone is UTC although the process runs in New York
    assert built.first.rows["joined"] == [
        ["BTC/USDT", "120000.246913578024", "big", "UTC"],
        ["ETH/USDT", "6001", None, "UTC"],
    ]


def test_append_adds_and_the_materialized_view_follows(built: Built) -> None:
    assert built.first.rows["appended"] == [[[10, 11, 12]]]
    assert built.first.rows["counted"] == [[1, 3]]
    assert built.second.rows["appended"] == [[[10, 11, 12, 20, 21, 22]]]
    assert built.second.rows["counted"] == [[1, 3], [2, 3]]


def test_delete_insert_replaces_by_key(built: Built) -> None:
    assert built.first.rows["replaced"] == [[1, "old"], [2, "old"]]
    assert built.second.rows["replaced"] == [[1, "old"], [2, "new"], [3, "new"]]


def test_insert_overwrite_replaces_by_partition(built: Built) -> None:
    assert built.first.rows["overwritten"] == [[1, "old"], [2, "old"], [2, "two"]]
    assert built.second.rows["overwritten"] == [[1, "old"], [2, "new"]]


def test_a_dictionary_reads_the_embedded_engine(built: Built) -> None:
    assert built.first.rows["looked_up"] == [["3000.5"]]


def test_a_snapshot_keeps_changes_and_hard_deletes(built: Built) -> None:
    assert built.first.rows["fees"] == [["a", 1, 1], ["b", 2, 1], ["c", 3, 1]]
    assert built.second.rows["fees"] == [["a", 1, 1], ["b", 2, 0], ["b", 9, 1], ["c", 3, 0]]


def test_unit_tests_and_data_tests_run(built: Built) -> None:
    assert built.first.results["doubles_and_keeps_unmatched"]["status"] == "pass"
    assert built.first.results["unique_kept_symbol"]["status"] == "pass"


def test_a_violated_contract_fails_alone(built: Built) -> None:
    failed = {
        name: result
        for name, result in built.second.results.items()
        if result["status"] not in {"success", "pass"}
    }
    assert built.second.returncode == 1
    assert list(failed) == ["broken"]
    assert "This model has an enforced contract that failed" in failed["broken"]["message"]
    assert "broken" not in dict(built.second.rows["engines"])


def test_four_threads_work_at_the_same_time(built: Built) -> None:
    slow = [result for name, result in built.first.results.items() if name.startswith("slow_")]
    assert len({result["thread_id"] for result in slow}) == 4
    spans = [t for result in slow for t in result["timing"] if t["name"] == "execute"]
    start = min(span["started_at"] for span in spans)
    end = max(span["completed_at"] for span in spans)
    # one after the other they take four times 1.5 s
    assert seconds(end) - seconds(start) < 4.5


def seconds(stamp: str) -> float:
    """Seconds of the hour; the builds are short."""
    _, minute, second = stamp.rstrip("Z").split("T")[1].split(":")
    return int(minute) * 60 + float(second)


def test_nothing_temporary_is_left(built: Built) -> None:
    assert built.first.rows["leftovers"] == []
    assert built.second.rows["leftovers"] == []


def test_docs_describe_what_is_in_the_warehouse(built: Built) -> None:
    done = dbt("docs", "generate", "--static", "--no-compile", cwd=built.project, ROUND="2")
    assert done.returncode == 0, done.stdout
    nodes = json.loads((built.project / "target" / "catalog.json").read_text())["nodes"]
    kept = nodes["model.probe.kept"]
    assert {c["name"]: c["type"] for c in kept["columns"].values()} == {
        "symbol": "String",
        "price": "Decimal(38, 12)",
    }
    static = (built.project / "target" / "static_index.html").read_text()
    assert "Enforced and kept." in static


def test_debug_connects_and_a_second_process_is_refused(built: Built) -> None:
    warehouse = built.project / "warehouse"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from python_loaders.embedded import open_client\n"
            "client = open_client(sys.argv[1], {}); print('open', flush=True); input()",
            str(warehouse),
        ],
        env=environment(""),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin and holder.stdout
    try:
        assert holder.stdout.readline() == "open\n"
        refused = dbt("debug", cwd=built.project)
    finally:
        holder.communicate("\n", timeout=30)
    assert refused.returncode == 1
    line = (
        f"the embedded warehouse at {warehouse} is in use by another process; "
        "wait for it, or run a ClickHouse server"
    )
    assert line in [text.strip() for text in refused.stdout.splitlines()]
    assert "Code:" not in refused.stdout + refused.stderr

    connected = dbt("debug", cwd=built.project)
    assert connected.returncode == 0, connected.stdout
    assert "adapter type: chdb" in connected.stdout
    assert "Connection test: [OK connection ok]" in connected.stdout


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


def test_an_interrupt_ends_a_running_statement(tmp_path: Path) -> None:
    endless = (
        "{{ config(materialized='table') }}\n"
        "select count() as n from numbers(10000000000000) where sipHash64(number) = 1"
    )
    files = {"dbt_project.yml": PROJECT["dbt_project.yml"], "models/endless.sql": endless}
    project = write_project(tmp_path, files)
    log = project / "run.log"
    with log.open("w") as out:
        run = subprocess.Popen(
            dbt_command("run", "--target", "lint"),
            cwd=project,
            env=environment("warehouse"),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 60
            debug_log = project / "logs" / "dbt.log"
            while "sipHash64" not in (debug_log.read_text() if debug_log.exists() else ""):
                assert time.monotonic() < deadline and run.poll() is None, log.read_text()
                time.sleep(0.2)
            time.sleep(1)
            run.send_signal(signal.SIGINT)
            run.wait(timeout=20)
        finally:
            run.kill()
            run.wait()
    assert run.returncode != 0
    assert "CANCEL" in log.read_text()
    assert not (project / "warehouse").exists(), "the target lint works in memory"
