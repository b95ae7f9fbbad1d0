"""Wrong commands and a warehouse out of reach: one line and an exit code for each, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from python_loaders.cli import main
from python_loaders.errors import ConfigurationError
from tests.python.conftest import PROFILE, PROJECT, House
from tests.python.integration.conftest import Run, one_line


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


def test_an_error_is_an_object_where_the_log_is(house: House, tmp_path: Path) -> None:
    missing = tmp_path / "missing.csv"
    answer = house.run("load", "trades", missing, "--log-format", "json")
    (line,) = answer.err.splitlines()
    entry = json.loads(line)
    assert answer.code == 3
    assert (entry["level"], entry["error"]) == ("error", "InputRefused")
    assert entry["event"] == f"{missing}: no such file; check the path"


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["load"], ["load", "trades"], ["query", "1", "--json", "--csv"]]
)
def test_usage_errors_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: tradehouse" in capsys.readouterr().err


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
