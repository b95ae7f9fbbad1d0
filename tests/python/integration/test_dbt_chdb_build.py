"""The adapter `type: chdb`: what real dbt builds with it, on the real engine.

One small project shows every materialization. It is built twice, the second time with another
environment variable, and the warehouse is read in between; the tests look at what came out.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.python.integration.dbt_probe import (
    PROJECT,
    Built,
    build,
    dbt,
    dbt_command,
    environment,
    write_project,
)


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
    assert built.first.rows["slow"] == [[4]], "all of them began before the first had ended"


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


def test_an_interrupt_ends_a_running_statement(tmp_path: Path) -> None:
    endless = (
        "{{ config(materialized='table') }}\n"
        "select count() as n from numbers(10000000000000) where sipHash64(number) = 1"
    )
    files = {"dbt_project.yml": PROJECT["dbt_project.yml"], "models/endless.sql": endless}
    project = write_project(tmp_path, files)
    log = project / "run.log"
    # a child of a command in the background would inherit that an interrupt is ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with log.open("w") as out:
        run = subprocess.Popen(
            dbt_command("run", "--target", "lint"),
            cwd=project,
            env=environment("warehouse"),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 300
            debug_log = project / "logs" / "dbt.log"
            while "sipHash64" not in (debug_log.read_text() if debug_log.exists() else ""):
                assert time.monotonic() < deadline and run.poll() is None, log.read_text()
                time.sleep(0.2)
            time.sleep(1)
            run.send_signal(signal.SIGINT)
            run.wait(timeout=60)
        finally:
            run.kill()
            run.wait()
    assert run.returncode != 0
    assert "CANCEL" in log.read_text()
    assert not (project / "warehouse").exists(), "the target lint works in memory"
