"""A contract that changes after rows have landed, and `tradehouse migrate`: there and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from python_loaders.warehouse import Warehouse
from tests.python.conftest import House, WriteCsv, copy_project, trade
from tests.python.integration.conftest import one_line

COLUMN = "          - {name: symbol,"
DESK = (
    '          - {name: desk, data_type: "LowCardinality(String)", description: New, '
    "config: {meta: {default: main}}}\n"
)

Migrate = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "project")


@pytest.fixture
def contract(project: Path) -> Path:
    """The trading contracts of that project."""
    return project / "models" / "staging" / "trading" / "_trading__sources.yml"


@pytest.fixture
def migrate(house: House, project: Path) -> Migrate:
    """Runs the command on that project: exit code, changes, what it said of an error."""

    def call(*words: str) -> tuple[int, list[dict[str, Any]], str]:
        answer = house.run("migrate", *words, "--json", project=project)
        return answer.code, json.loads(answer.out or "[]"), answer.err

    return call


def edit(contract: Path, old: str, new: str) -> None:
    text = contract.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    contract.write_text(text.replace(old, new, 1), encoding="utf-8")


def add_desk(contract: Path) -> None:
    edit(contract, COLUMN, DESK + COLUMN)


def test_a_new_warehouse_records_its_tables(migrate: Migrate) -> None:
    code, planned, _ = migrate("--dry-run")
    assert code == 0
    assert {change["status"] for change in planned} == {"planned"}
    assert migrate("--history")[1] == []
    _, applied, _ = migrate()
    assert [change["table"] for change in applied] == [change["table"] for change in planned]
    assert {change["status"] for change in applied} == {"applied"}
    assert migrate("--dry-run")[1] == []


def test_a_column_is_planned_applied_recorded_and_taken_back(
    house: House, migrate: Migrate, contract: Path, write_csv: WriteCsv
) -> None:
    house.load("trades", write_csv([trade()]))
    before = contract.read_text(encoding="utf-8")
    add_desk(contract)
    (planned,) = migrate("--dry-run")[1]
    assert (planned["change"], planned["column"], planned["status"]) == (
        "add_column", "desk", "planned",
    )  # fmt: skip
    assert "desk" not in house.query("select * from raw.trades")[0]
    (applied,) = migrate()[1]
    assert applied["statement"] == planned["statement"]
    assert house.query("select desk from raw.trades") == [{"desk": "main"}]
    code, _, err = migrate("--rollback")
    assert (code, "take it out of the contract first" in err) == (2, True)
    contract.write_text(before, encoding="utf-8")
    (undone,) = migrate("--rollback")[1]
    assert (undone["column"], undone["status"]) == ("desk", "rolled_back")
    assert "desk" not in house.query("select * from raw.trades")[0]
    assert migrate("--history")[1][-1]["status"] == "rolled_back"
    assert migrate("--dry-run")[1] == []


def test_a_column_that_holds_data_is_not_taken_back(
    house: House, migrate: Migrate, project: Path, contract: Path, write_csv: WriteCsv
) -> None:
    house.load("trades", write_csv([trade()]))
    before = contract.read_text(encoding="utf-8")
    add_desk(contract)
    path = write_csv([trade(trade_id="t2", desk="other")], "desk.csv")
    assert house.run("load", "trades", path, project=project).code == 0
    contract.write_text(before, encoding="utf-8")
    code, _, err = migrate("--rollback")
    assert code == 2
    assert "1 rows hold data that would be lost" in err
    assert len(house.query("select desk from raw.trades")) == 2


def test_a_statement_that_fails_is_recorded_and_what_came_before_it_holds(
    house: House, migrate: Migrate, contract: Path, write_csv: WriteCsv
) -> None:
    house.load("trades", write_csv([trade()]))
    impossible = DESK.replace("desk", "floor").replace("Cardinality(String)", "Cardinality(UUID)")
    edit(contract, COLUMN, DESK + impossible + COLUMN)
    code, _, err = migrate()
    assert code == 2
    assert one_line(err).startswith(
        "tradehouse: add_column trades floor: the database refuses it: "
    )
    *_, first, second = migrate("--history")[1]
    assert [(c["column"], c["status"]) for c in (first, second)] == [
        ("desk", "applied"), ("floor", "failed"),
    ]  # fmt: skip
    assert house.query("select desk from raw.trades") == [{"desk": "main"}]
    edit(contract, impossible, impossible.replace("UUID", "String"))
    assert [(c["column"], c["status"]) for c in migrate()[1]] == [("floor", "applied")]
    assert house.query("select desk, floor from raw.trades") == [{"desk": "main", "floor": "main"}]


def test_what_would_lose_data_is_refused_and_changes_nothing(
    house: House, migrate: Migrate, contract: Path, write_csv: WriteCsv
) -> None:
    house.load("trades", write_csv([trade()]))
    add_desk(contract)
    edit(contract, "{name: strategy,", "{name: plan,")
    code, planned, _ = migrate("--dry-run")
    assert code == 2
    (refused,) = [change for change in planned if change["change"] == "drop_column"]
    assert (refused["column"], refused["status"]) == ("strategy", "refused")
    assert "put the column back" in refused["advice"]
    code, _, err = migrate()
    assert (code, "drops strategy" in err) == (2, True)
    assert "desk" not in house.query("select * from raw.trades")[0]


def test_nothing_is_applied_there_is_nothing_to_take_back(migrate: Migrate) -> None:
    code, _, err = migrate("--rollback")
    assert code == 2
    assert "nothing to roll back" in err


def test_a_killed_migration_is_settled_by_the_next(
    house: House, migrate: Migrate, contract: Path, write_csv: WriteCsv,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    house.load("trades", write_csv([trade()]))
    add_desk(contract)
    stop_after(monkeypatch, "alter table", migrate)
    assert migrate("--history")[1][-1]["status"] == "started"
    edit(contract, COLUMN, '          - {name: floor, data_type: "Nullable(String)", '
         f"description: New}}\n{COLUMN}")  # fmt: skip
    migrate()
    ended = {change["column"]: change["status"] for change in migrate("--history")[1]}
    assert (ended["desk"], ended["floor"]) == ("applied", "applied")


def test_a_killed_roll_back_is_settled_by_the_next(
    house: House, migrate: Migrate, contract: Path, write_csv: WriteCsv,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    house.load("trades", write_csv([trade()]))
    before = contract.read_text(encoding="utf-8")
    add_desk(contract)
    migrate()
    contract.write_text(before, encoding="utf-8")
    stop_after(monkeypatch, "alter table", lambda: migrate("--rollback"))
    assert migrate("--history")[1][-1]["status"] == "rolling_back"
    code, _, err = migrate("--rollback")
    # what is applied now is the creation of tables, which the contracts ask for
    assert (code, "still ask for it" in err) == (2, True)
    (desk,) = [change for change in migrate("--history")[1] if change["column"] == "desk"]
    assert desk["status"] == "rolled_back"


def stop_after(monkeypatch: pytest.MonkeyPatch, words: str, call: Callable[[], Any]) -> None:
    """Interrupt a call right after the first statement with these words."""
    command = Warehouse.command

    def interrupted(self: Warehouse, sql: str, **parameters: Any) -> Any:
        result = command(self, sql, **parameters)
        if words in sql:
            raise KeyboardInterrupt
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "command", interrupted)
        with pytest.raises(KeyboardInterrupt):
            call()


def test_a_staged_batch_survives_a_new_column(
    house: House, migrate: Migrate, project: Path, contract: Path, write_csv: WriteCsv,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = write_csv([trade()])
    # the keys are attached, the trades are not
    stop_after(monkeypatch, "attach partition", lambda: house.load("trades", path))
    add_desk(contract)
    path = write_csv([trade(trade_id="t2", desk="other")], "desk.csv")
    assert house.run("load", "trades", path, project=project).code == 0
    rows = house.query("select trade_id, desk from raw.trades order by trade_id")
    assert rows == [{"trade_id": "t1", "desk": "main"}, {"trade_id": "t2", "desk": "other"}]
    # the change of the stage went with the stage: the last one is that of the feed
    assert "1 rows hold data" in migrate_back(migrate, contract)


def migrate_back(migrate: Migrate, contract: Path) -> str:
    """What a roll-back without the new column says of an error."""
    edit(contract, DESK, "")
    return migrate("--rollback")[2]


# -- what a contract may become: it may gain a column, and nothing else ---------------------------


def new_column(name: str, type_: str) -> str:
    return f'          - {{name: {name}, data_type: "{type_}", description: New}}\n{COLUMN}'


def test_a_load_after_a_new_column_fills_it(
    house: House, project: Path, contract: Path, write_csv: WriteCsv
) -> None:
    house.load("trades", write_csv([trade()]))
    add_desk(contract)
    edit(contract, COLUMN, new_column("score", "Nullable(Float64)"))
    again = write_csv([trade(trade_id="t2", desk="other", score="0.5")], "new.csv")
    assert house.run("load", "trades", again, project=project).code == 0
    rows = house.query("select trade_id, desk, score from raw.trades order by trade_id")
    assert rows == [
        {"trade_id": "t1", "desk": "main", "score": None},
        {"trade_id": "t2", "desk": "other", "score": 0.5},
    ]
    # what the new columns leave at their default is no correction
    same = write_csv([trade(desk="", score="")], "same.csv")
    assert house.run("load", "trades", same, project=project).code == 0
    assert house.query("select count() as n from raw.trades") == [{"n": 2}]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{name: strategy,", "{name: plan,", ["drops strategy", "put the column back"]),
        ("Nullable(UInt32), description: Time", "Nullable(UInt64), description: Time",
         ["changes execution_ms from Nullable(UInt32) to Nullable(UInt64)"]),
        (COLUMN, new_column("desk", "String"),
         ["new column desk has no default and is not Nullable"]),
        ("key: [account_id, trade_id]", "key: [account_id, ticket]",
         ["_trading__sources.yml: feed trades names columns it does not declare: ticket"]),
    ],
)  # fmt: skip
def test_a_contract_may_not_lose_or_change_a_column(
    house: House, project: Path, contract: Path, write_csv: WriteCsv, old: str, new: str,
    words: list[str],
) -> None:  # fmt: skip
    house.load("trades", write_csv([trade()]))
    edit(contract, old, new)
    answer = house.run("status", project=project)
    assert answer.code == 2
    for word in words:
        assert word in one_line(answer.err)
