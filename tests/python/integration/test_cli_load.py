"""`tradehouse load`: its summary, its log, and several files in one command."""

from __future__ import annotations

import json

from tests.python.conftest import House, WriteCsv, trade


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
                "corrected", "deleted", "rejected", "rounded", "superseded", "stale"}  # fmt: skip
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
