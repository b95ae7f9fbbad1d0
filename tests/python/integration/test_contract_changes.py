"""A contract that changes after rows have landed: it may gain a column, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.conftest import House, WriteCsv, trade
from tests.python.integration.conftest import Run, copy_project, one_line

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
