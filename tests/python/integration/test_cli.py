"""The command line: what it prints, its exit codes, its logs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from python_loaders.cli import main
from python_loaders.errors import ConfigurationError
from tests.python.conftest import PROFILE, PROJECT, House, WriteCsv, trade

FEEDS = ["accounts", "cash_flows", "indicator_values", "price_snapshots", "trades"]


def one_line(answer_err: str) -> str:
    lines = answer_err.splitlines()
    assert len(lines) == 1, answer_err
    assert lines[0].startswith("tradehouse: ")
    return lines[0]


# -- feeds --------------------------------------------------------------------------------------


def test_feeds_are_listed_with_their_formats(house: House) -> None:
    rows = {row["feed"]: row for row in house.run("feeds", "--json").rows}
    assert sorted(rows) == FEEDS
    assert rows["trades"]["formats"] == [
        "csv", "jsonl", "parquet", "feather", "backtesting_py", "freqtrade_backtest",
    ]  # fmt: skip
    assert rows["trades"]["key"] == ["account_id", "trade_id"]
    text = house.run("feeds").out
    assert all(feed in text for feed in FEEDS)
    assert "steam_prices" in text


def test_one_feed_is_described(house: House) -> None:
    text = house.run("feeds", "trades").out
    for words in (
        "trades (upsert): One row per version",
        "key account_id, trade_id; event time closed_at; by month",
        "backtesting_py",
        "required",
        "default 'unknown'",
    ):
        assert words in text
    (feed,) = house.run("feeds", "trades", "--json").rows
    columns = {column["name"]: column for column in feed["columns"]}
    assert columns["entry_price"] == {
        "name": "entry_price", "type": "Decimal(38, 12)", "required": True, "default": None,
        "description": "Average entry price in the quote currency.",
    }  # fmt: skip
    assert (columns["stop_price"]["required"], columns["leverage"]["default"]) == (False, "1")


def test_feeds_need_no_warehouse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feeds", "--project-dir", str(PROJECT), "--profiles-dir", str(tmp_path)]) == 0
    assert "price_snapshots" in capsys.readouterr().out


# -- status and rejects ---------------------------------------------------------------------------


def test_status(house: House, write_csv: WriteCsv) -> None:
    before = {row["feed"]: row for row in house.run("status", "--json").rows}
    assert sorted(before) == FEEDS
    nothing: dict[str, Any] = {
        "rows": 0, "last_batch": None, "event_time_min": None, "freshness_s": None, "batches": [],
    }  # fmt: skip
    assert {name: before["trades"][name] for name in nothing} == nothing
    good = [trade(trade_id=f"t{number}") for number in range(200)]
    path = write_csv([*good, good[0], trade(side="up")])
    house.load("trades", path)
    house.load("trades", write_csv([trade(trade_id="t0", quantity="3")], "more.csv"))
    status = next(r for r in house.run("status", "--json").rows if r["feed"] == "trades")
    expected = {
        "rows": 200, "batches_done": 2, "batches_open": 0, "last_batch": "trades-000002",
        "read": 203, "landed": 201, "duplicates": 1, "rejected": 1,
        "event_time_min": "2026-01-05T11:00:00+00:00",
        "event_time_max": "2026-01-05T11:00:00+00:00",
    }  # fmt: skip
    assert {name: status[name] for name in expected} == expected
    assert status["freshness_s"] > 0
    first, second = status["batches"]
    assert (first["source"], first["status"], first["format"]) == (str(path), "done", "csv")
    assert (second["landed"], second["corrected"]) == (1, 1)
    text = house.run("status").out
    assert "trades-000002" in text
    assert text.splitlines()[0].split()[:4] == ["feed", "rows", "read", "landed"]


def test_rejects_are_the_newest_up_to_a_limit(house: House, write_csv: WriteCsv) -> None:
    assert house.run("rejects", "trades", "--json").rows == []
    for name in ("a.csv", "b.csv"):
        rows = [trade(side=f"{name}{number}") for number in range(3)]
        house.run("load", "trades", write_csv(rows, name))
    rejects = house.run("rejects", "trades", "--limit", "4", "--json").rows
    assert [(Path(r["source"]).name, r["row"]) for r in rejects] == [
        ("b.csv", 1), ("b.csv", 2), ("b.csv", 3), ("a.csv", 1),
    ]  # fmt: skip
    assert json.loads(rejects[0]["record"])["trade_id"] == "t1"
    assert rejects[0]["rejected_at"].endswith("+00:00")
    assert house.run("rejects", "accounts", "--json").rows == []


# -- query ----------------------------------------------------------------------------------------

TYPES = (
    "select 1 as whole, toDecimal64('1.50', 4) as money, toDate('2026-01-05') as day, "
    "toDateTime64('2026-01-05 10:00:00.5', 6, 'UTC') as at, null as nothing, 'é\"\n' as word, "
    "['a', 'b'] as words, toUInt64(18446744073709551615) as large, 0.1 as ratio, "
    "toFloat64(1) / 0 as undefined, true as flag"
)


def test_a_query_as_json_has_types(house: House) -> None:
    answer = house.run("query", TYPES, "--json")
    assert answer.rows == [
        {"whole": 1, "money": 1.5, "day": "2026-01-05", "at": "2026-01-05 10:00:00.500000",
         "nothing": None, "word": 'é"\n', "words": ["a", "b"], "large": 18446744073709551615,
         "ratio": 0.1, "undefined": None, "flag": True}
    ]  # fmt: skip
    precise = "select toDecimal128('123456789012345.123456789012', 12) as money"
    assert '"money":123456789012345.123456789012' in house.run("query", precise, "--json").out
    assert house.run("query", "select 1 as a where 0", "--json").rows == []
    # a statement may end in a semicolon or a comment
    assert house.run("query", "select 1 as a;", "--json").rows == [{"a": 1}]
    assert house.run("query", "select 1 as a -- one", "--json").rows == [{"a": 1}]


def test_a_query_as_csv_and_as_a_table(house: House) -> None:
    sql = "select arrayJoin([1, 2]) as a, if(a = 2, 3, null) as b, if(a = 1, 'x,\"y\"', '') as c"
    rows = list(csv.reader(io.StringIO(house.run("query", sql, "--csv").out)))
    assert rows == [["a", "b", "c"], ["1", "\\N", 'x,"y"'], ["2", "3", ""]]
    table = house.run("query", "select 42 as answer").out
    assert "answer" in table
    assert "42" in table


@pytest.mark.parametrize(
    "sql",
    [
        "insert into {raw}.trades (trade_id) values ('x')",
        "drop table {raw}.trades",
        "truncate table {raw}.trades",
        "alter table {raw}.trades delete where 1",
        "create table {raw}.t (a Int8) engine = Memory",
        "create temporary table t (a Int8)",
        "insert into function file('stolen.csv') select 1",
        "select 1 into outfile 'stolen.csv'",
        "select 1; drop table {raw}.trades",
        "select 1 settings readonly = 0",
        "selec 1",
        "select * from nowhere",
        "",
    ],
)
def test_a_query_reads_only_and_must_be_right(house: House, write_csv: WriteCsv, sql: str) -> None:
    house.load("trades", write_csv([trade()]))
    answer = house.run("query", sql.format(raw=f"{house.schema}_raw"))
    assert (answer.code, answer.out) == (2, "")
    assert re.search("the query failed: |query only reads: ", one_line(answer.err))
    assert house.query("select trade_id from raw.trades") == [{"trade_id": "t1"}]
    assert house.query(f"select name from system.tables where database = '{house.schema}_raw' "
                       "and name = 't'") == []  # fmt: skip


# -- wrong commands -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["load", "nothing", "x.csv"], "no feed nothing; the feeds are "),
        (["feeds", "nothing"], "no feed nothing"),
        (["rejects", "nothing"], "no feed nothing"),
        (["load", "trades", "x.csv", "--format", "nothing"], "no format nothing; it has csv, "),
        (["load", "accounts", "x", "--format", "steam_prices"], "has no format steam_prices"),
        (["load", "trades", "x.txt"], "x.txt: the name does not tell the format; add --format"),
        (["load", "trades", "x"], "the name does not tell the format"),
        (["load", "trades", "x.gz"], "the name does not tell the format"),
        (["load", "trades", "x.csv", "--set", "colour=red"], "--set colour: feed trades has no"),
        (["load", "trades", "x.csv", "--set", "_op=delete"], "--set _op: feed trades has no"),
        (["load", "trades", "x.csv", "--set", "symbol"], "--set symbol: write COLUMN=VALUE"),
        (["load", "trades", "x.csv", "--timezone", "Mars/Olympus"], "no such IANA zone"),
        (["load", "trades", "x.csv", "--timezone", "America"], "no such IANA zone"),
        (["load", "trades", "x.csv", "--timezone", "../../x"], "no such IANA zone"),
        (["status", "--target", "nothing"], "no target nothing in profile tradehouse; it has"),
    ],
)
def test_a_wrong_command_exits_with_2(house: House, arguments: list[str], words: str) -> None:
    answer = house.run(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in one_line(answer.err)


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["load"], ["load", "trades"], ["query", "1", "--json", "--csv"]]
)
def test_usage_errors_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: tradehouse" in capsys.readouterr().err


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with folders of its own; the exit code and standard error."""

    def run(*arguments: str | Path) -> tuple[int, str]:
        code = main([str(argument) for argument in arguments])
        return code, capsys.readouterr().err

    return run


def test_no_project_or_profile_exits_with_2(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    code, err = run("status", "--project-dir", tmp_path)
    assert (code, "no feed contracts under models/staging" in one_line(err)) == (2, True)
    code, err = run("query", "select 1", "--project-dir", tmp_path)
    assert (code, "no dbt_project.yml" in one_line(err)) == (2, True)
    code, err = run("query", "select 1", "--project-dir", PROJECT, "--profiles-dir", tmp_path)
    assert (code, "no profiles.yml in" in one_line(err)) == (2, True)
    (tmp_path / "profiles.yml").write_text("other: {}\n")
    code, err = run("query", "select 1", "--project-dir", PROJECT, "--profiles-dir", tmp_path)
    assert (code, "no profile tradehouse" in one_line(err)) == (2, True)


def copy_project(folder: Path) -> Path:
    """A project with the same contracts, for a test to change."""
    for path in (PROJECT / "models" / "staging").glob("*/_*__sources.yml"):
        target = folder / path.relative_to(PROJECT)
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
    shutil.copy(PROJECT / "dbt_project.yml", folder)
    return folder


def test_a_project_elsewhere(
    house: House, tmp_path: Path, run: Run, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its profile lies beside it, and a bare call works in its folder."""
    project = copy_project(tmp_path)
    shutil.copy(house.profiles / "profiles.yml", project)
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    path = write_csv([trade()])
    assert run("load", "trades", path, "--project-dir", project) == (0, "")
    assert house.query("select count() as n from raw.trades") == [{"n": 1}]
    monkeypatch.chdir(project)
    assert run("load", "trades", path.name) == (0, "")
    assert house.query("select count() as n from raw.trades") == [{"n": 1}]


# -- a contract that changes ----------------------------------------------------------------------

SYMBOL = "          - {name: symbol, data_type: LowCardinality(String), "


def change_contract(project: Path, old: str, new: str) -> None:
    path = project / "models" / "staging" / "trading" / "_trading__sources.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def added(name: str, type_: str, meta: str = "") -> str:
    config = f", config: {{meta: {meta}}}" if meta else ""
    return (
        f'          - {{name: {name}, data_type: "{type_}", description: New.{config}}}\n{SYMBOL}'
    )


def test_a_contract_may_gain_a_column(
    house: House, tmp_path: Path, run: Run, write_csv: WriteCsv
) -> None:
    path = write_csv([trade()])
    house.load("trades", path)
    project = copy_project(tmp_path)
    change_contract(project, SYMBOL, added("desk", "LowCardinality(String)", "{default: main}"))
    change_contract(project, SYMBOL, added("score", "Nullable(Float64)"))
    where = ("--project-dir", project, "--profiles-dir", house.profiles)
    again = write_csv([trade(), trade(trade_id="t2", desk="other", score="0.5")][1:], "new.csv")
    assert run("load", "trades", again, *where) == (0, "")
    rows = house.query("select trade_id, desk, score from raw.trades order by trade_id")
    assert rows == [
        {"trade_id": "t1", "desk": "main", "score": None},
        {"trade_id": "t2", "desk": "other", "score": 0.5},
    ]
    # what the new columns leave at their default is no correction
    same = write_csv([trade(desk="", score="")], "same.csv")
    assert run("load", "trades", same, *where) == (0, "")
    assert house.query("select count() as n from raw.trades") == [{"n": 2}]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{name: strategy,", "{name: plan,", ["drops strategy", "put the column back"]),
        ("Nullable(UInt32), description: Time", "Nullable(UInt64), description: Time",
         ["changes execution_ms from Nullable(UInt32) to Nullable(UInt64)"]),
        (SYMBOL, added("desk", "String"), ["new column desk has no default and is not Nullable"]),
        ("key: [account_id, trade_id]", "key: [account_id, ticket]",
         ["_trading__sources.yml: feed trades names columns it does not declare: ticket"]),
    ],
)  # fmt: skip
def test_a_contract_may_not_lose_or_change_a_column(
    house: House, tmp_path: Path, run: Run, write_csv: WriteCsv, old: str, new: str,
    words: list[str],
) -> None:  # fmt: skip
    house.load("trades", write_csv([trade()]))
    project = copy_project(tmp_path)
    change_contract(project, old, new)
    code, err = run("status", "--project-dir", project, "--profiles-dir", house.profiles)
    assert code == 2
    for word in words:
        assert word in one_line(err)


# -- a warehouse out of reach ---------------------------------------------------------------------

HOLD = """
import sys
from python_loaders.embedded import open_client
client = open_client(sys.argv[1], {})
print("open", flush=True)
sys.stdin.readline()
"""


def test_a_warehouse_in_use_exits_with_4(tmp_path: Path, run: Run) -> None:
    warehouse = tmp_path / "warehouse"
    text = PROFILE.format(path=warehouse, schema="other")
    (tmp_path / "profiles.yml").write_text(text)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        code, err = run("status", "--project-dir", PROJECT, "--profiles-dir", tmp_path)
        holder.stdin.write("\n")
    assert code == 4
    assert f"{warehouse} is in use by another process; wait for it" in one_line(err)


def test_a_server_out_of_reach_exits_with_4(tmp_path: Path, run: Run) -> None:
    (tmp_path / "profiles.yml").write_text(
        "tradehouse: {target: server, outputs: {server: {type: clickhouse, host: 127.0.0.1, "
        "port: 1, schema: x, user: u, password: secret-word}}}\n"
    )
    code, err = run("status", "--project-dir", PROJECT, "--profiles-dir", tmp_path)
    assert code == 4
    message = one_line(err)
    assert "the ClickHouse server 127.0.0.1:1 cannot be reached" in message
    assert "check host, port and credentials of target server" in message
    assert "secret-word" not in message


# -- errors, logs, progress -----------------------------------------------------------------------


def test_debug_shows_the_traceback(house: House) -> None:
    with pytest.raises(ConfigurationError, match="no feed nothing"):
        house.run("rejects", "nothing", "--debug")


def test_an_unexpected_error_is_one_line(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("first\nsecond")

    monkeypatch.setattr("python_loaders.cli.load_feeds", fail)
    answer = house.run("feeds")
    assert answer.code == 1
    assert answer.err == (
        "tradehouse: unexpected RuntimeError: first second; run again with --debug\n"
    )
    with pytest.raises(RuntimeError):
        house.run("feeds", "--debug")


def test_json_logs(house: House, write_csv: WriteCsv) -> None:
    path = write_csv([trade(), trade(), trade(trade_id="t2")])
    answer = house.run("load", "trades", path, "--log-format", "json")
    (entry,) = [json.loads(line) for line in answer.err.splitlines()]
    expected = {
        "level": "info", "event": "landed", "batch_id": "trades-000001", "feed": "trades",
        "source": str(path), "rows_read": 3, "rows_landed": 2, "rows_duplicate": 1,
        "rows_rejected": 0,
    }  # fmt: skip
    assert {name: entry[name] for name in expected} == expected
    assert entry["duration_s"] > 0
    assert entry["at"].endswith("+00:00")
    again = house.run("load", "trades", path, "--log-format", "json")
    (entry,) = [json.loads(line) for line in again.err.splitlines()]
    assert (entry["event"], entry["batch_id"]) == ("already landed", "trades-000001")
    # without it, and off a terminal, nothing but the summary is said
    assert house.run("load", "trades", path).err == ""


def test_the_summary_of_a_load(house: House, write_csv: WriteCsv) -> None:
    rows = [trade(trade_id=f"t{number}") for number in range(1000)]
    path = write_csv(
        [*rows, rows[0], trade(side="up"), trade(trade_id="x", quantity=f"0.{'3' * 13}")]
    )
    assert house.run("load", "trades", path).out == (
        f"{path}: 1,001 of 1,003 rows landed in trades (batch trades-000001), 1 duplicates, "
        "1 rejected, 1 rounded\n"
    )
    changes = [{**trade(trade_id="t1", quantity="5"), "_op": ""},
               {**trade(trade_id="t2"), "_op": "delete"}]  # fmt: skip
    path = write_csv(changes, "changes.csv")
    assert house.run("load", "trades", path).out == (
        f"{path}: 2 of 2 rows landed in trades (batch trades-000002), 0 duplicates, 0 rejected, "
        "1 corrected, 1 deleted\n"
    )
    assert house.run("load", "trades", path).out == (
        f"{path}: landed before as batch trades-000002; 0 rows landed\n"
    )


def test_one_refused_file_does_not_keep_the_others_out(house: House, write_csv: WriteCsv) -> None:
    first = write_csv([trade()], "1.csv")
    bad = write_csv([{**trade(), "more": "1"}], "2.csv")
    missing = bad.with_name("3.csv")
    last = write_csv([trade(trade_id="t4")], "4.csv")
    answer = house.run("load", "trades", first, bad, missing, last, "--json")
    assert answer.code == 3
    assert [(row["source"], row["landed"]) for row in answer.rows] == [
        (str(first), 1), (str(last), 1),
    ]  # fmt: skip
    errors = answer.err.splitlines()
    assert len(errors) == 2
    assert errors[0].startswith(f"tradehouse: {bad}: unknown column 'more'")
    assert errors[1].startswith(f"tradehouse: {missing}: no such file")
    expected = {"feed", "source", "batch_id", "repeated", "read", "landed", "duplicates",
                "corrected", "deleted", "rejected", "rounded"}  # fmt: skip
    assert set(answer.rows[0]) == expected
    assert house.query("select count() as n from raw.trades") == [{"n": 2}]


def test_an_operation_that_is_none(house: House, write_csv: WriteCsv) -> None:
    rows = [{**trade(), "_op": "UPSERT"}, {**trade(trade_id="t2"), "_op": "drop"}]
    house.load("trades", write_csv(rows), "--max-reject-rate", "0.5")
    (reject,) = house.run("rejects", "trades", "--json").rows
    assert (reject["row"], reject["column"], reject["reason"]) == (2, "_op", "not upsert or delete")
    # an append feed has no operations
    flow = {"account_id": "a", "flow_id": "f", "at": "2026-01-01T00:00:00Z", "amount": "1",
            "currency": "USD", "_op": "upsert"}  # fmt: skip
    answer = house.run("load", "cash_flows", write_csv([flow], "flows.csv"))
    assert (answer.code, "unknown column '_op'" in answer.err) == (3, True)


# -- as a program ---------------------------------------------------------------------------------


def program(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    where = ["--project-dir", str(PROJECT), "--profiles-dir", str(folder)]
    command = [sys.executable, "-m", "python_loaders", *map(str, arguments), *where]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, check=False
    )


def test_as_a_program(tmp_path: Path, write_csv: WriteCsv) -> None:
    """With a warehouse of its own, whose path is relative to the project."""
    text = PROFILE.format(path=tmp_path / "warehouse", schema="tradehouse")
    (tmp_path / "profiles.yml").write_text(text)
    path = write_csv([trade(), trade(trade_id="t2")])
    first = program(tmp_path, "load", "trades", path)
    assert (first.returncode, first.stderr) == (0, "")
    assert "2 of 2 rows landed in trades" in first.stdout
    again = program(tmp_path, "load", "trades", path)
    assert "0 rows landed" in again.stdout
    query = program(tmp_path, "query", "select count() as n from tradehouse_raw.trades", "--json")
    assert json.loads(query.stdout) == [{"n": 2}]
    refused = program(tmp_path, "load", "trades", write_csv([{"a": "1"}], "bad.csv"))
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (3, "", 1)
    # a reader that goes away, such as head, is no error
    command = [
        sys.executable,
        "-m",
        "python_loaders",
        "query",
        "select number from numbers(300000)",
    ]
    where = ["--csv", "--project-dir", str(PROJECT), "--profiles-dir", str(tmp_path)]
    with subprocess.Popen(
        [*command, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=PROJECT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)
    debug = program(tmp_path, "rejects", "nothing", "--debug")
    assert debug.returncode == 1
    assert "Traceback" in debug.stderr
    assert "ConfigurationError: no feed nothing" in debug.stderr
