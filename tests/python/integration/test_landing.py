"""What lands of a batch: once, reduced to the last operation per key, with its retractions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.python.conftest import House, WriteCsv, trade

LIVE = (
    "select trade_id, quantity, strategy, toString(closed_at) as closed from raw.trades "
    "group by account_id, trade_id, quantity, strategy, closed_at, _row_hash "
    "having sum(_sign) > 0 order by trade_id"
)


def live(house: House) -> dict[str, tuple[float, str]]:
    return {row["trade_id"]: (row["quantity"], row["closed"][:10]) for row in house.query(LIVE)}


def counts(loaded: dict[str, Any]) -> tuple[int, int, int, int]:
    """read, landed, duplicates, rejected."""
    return loaded["read"], loaded["landed"], loaded["duplicates"], loaded["rejected"]


def test_the_same_file_lands_nothing_again(house: House, write_csv: WriteCsv) -> None:
    path = write_csv([trade(), trade(trade_id="t2")])
    assert counts(house.load("trades", path)) == (2, 2, 0, 0)
    again = house.run("load", "trades", path)
    assert again.code == 0
    assert "landed before as batch trades-000001; 0 rows landed" in again.out
    assert house.query("select count() as n from raw.trades") == [{"n": 2}]


def test_an_overlapping_file_adds_only_what_is_new(house: House, write_csv: WriteCsv) -> None:
    house.load("trades", write_csv([trade(), trade(trade_id="t2")]))
    more = write_csv([trade(trade_id="t2"), trade(trade_id="t3")], "more.csv")
    assert counts(house.load("trades", more)) == (2, 1, 1, 0)
    assert set(live(house)) == {"t1", "t2", "t3"}


def test_a_repeated_row_counts_once_and_the_last_content_wins(
    house: House, write_csv: WriteCsv
) -> None:
    rows = [trade(quantity="1"), trade(), trade(), trade(trade_id="t2")]
    loaded = house.load("trades", write_csv(rows))
    assert counts(loaded) == (4, 2, 2, 0)
    assert live(house)["t1"] == (2, "2026-01-05")
    batch = next(f for f in house.run("status", "--json").rows if f["feed"] == "trades")["batches"]
    assert batch[0]["superseded"] == 1


def test_a_correction_retracts_the_old_version_in_its_own_partition(
    house: House, write_csv: WriteCsv
) -> None:
    house.load("trades", write_csv([trade(), trade(trade_id="t2")]))
    moved = trade(closed_at="2026-03-01T00:00:00Z", quantity="5")
    loaded = house.load("trades", write_csv([moved], "moved.csv"))
    assert counts(loaded) == (1, 1, 0, 0)
    assert loaded["corrected"] == 1
    assert live(house) == {"t1": (5, "2026-03-01"), "t2": (2, "2026-01-05")}
    signs = "select _partition_id as p, _sign as s, count() as n from raw.trades group by p, s"
    assert {(r["p"], r["s"]): r["n"] for r in house.query(signs)} == {
        ("202601", 1): 2,
        ("202601", -1): 1,
        ("202603", 1): 1,
    }


def test_a_return_to_an_earlier_value_is_one_live_row(house: House, write_csv: WriteCsv) -> None:
    for number, quantity in enumerate(["2", "3", "2", "3", "2"]):
        path = write_csv([trade(quantity=quantity, tags=f'["{number}"]')], f"{number}.csv")
        house.load("trades", path)
    assert live(house) == {"t1": (2, "2026-01-05")}


def test_deletions(house: House, write_csv: WriteCsv) -> None:
    house.load("trades", write_csv([trade(), trade(trade_id="t2")]))
    delete = [{"account_id": "a", "trade_id": "t1", "_op": "delete"},
              {"account_id": "a", "trade_id": "gone", "_op": "delete"}]  # fmt: skip
    full = [{**trade(), "_op": ""}, *delete]
    keys = full[0].keys()
    path = write_csv([{key: row.get(key, "") for key in keys} for row in full[1:]], "d.csv")
    loaded = house.load("trades", path)
    assert counts(loaded) == (2, 1, 1, 0)
    assert loaded["deleted"] == 1
    assert set(live(house)) == {"t2"}
    # deleted and inserted again
    assert (
        counts(house.load("trades", write_csv([trade(tags="[]", leverage="1")], "i.csv")))[1] == 1
    )
    assert set(live(house)) == {"t1", "t2"}


def test_a_lower_version_is_dropped(house: House, write_csv: WriteCsv) -> None:
    house.load("trades", write_csv([trade(version="5", quantity="5")]))
    stale = write_csv([trade(version="4", quantity="4")], "stale.csv")
    assert counts(house.load("trades", stale)) == (1, 0, 1, 0)
    newer = write_csv(
        [trade(version="7", quantity="7"), trade(version="6", quantity="6")], "newer.csv"
    )
    assert counts(house.load("trades", newer)) == (2, 1, 1, 0)
    assert live(house)["t1"][0] == 7


def test_a_default_written_out_is_no_correction(house: House, write_csv: WriteCsv) -> None:
    house.load("trades", write_csv([trade()]))
    same = trade(leverage="1", entry_fee="0", tags="[]", strategy_type="unknown", stop_price="")
    assert counts(house.load("trades", write_csv([same], "same.csv"))) == (1, 0, 1, 0)


FLOW = {"account_id": "a", "flow_id": "f1", "at": "2026-01-01T00:00:00Z", "amount": "10",
        "currency": "USDT"}  # fmt: skip


def test_an_append_feed_rejects_other_content_of_a_key(house: House, write_csv: WriteCsv) -> None:
    flows = [{**FLOW, "flow_id": f"f{number}"} for number in range(200)]
    house.load("cash_flows", write_csv(flows))
    again = [*flows, {**FLOW, "amount": "99"}, {**FLOW, "flow_id": "x"}]
    loaded = house.load("cash_flows", write_csv(again, "again.csv"))
    assert counts(loaded) == (202, 1, 200, 1)
    reject = house.run("rejects", "cash_flows", "--json").rows[0]
    assert (reject["row"], reject["reason"]) == (201, "same key, other content")
    assert reject["value"] == "a, f1"


def test_snapshots_are_deduplicated_by_their_time(house: House, write_csv: WriteCsv) -> None:
    row = {"symbol": "x", "market": "m", "venue": "v", "price": "1", "currency": "USD",
           "snapshot_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    later = {**row, "snapshot_at": "2026-02-01T00:00:00Z"}
    assert counts(house.load("price_snapshots", write_csv([row, row])))[1:3] == (1, 1)
    assert counts(house.load("price_snapshots", write_csv([later, row], "2.csv")))[1:3] == (1, 1)


def test_every_batch_adds_up(house: House, write_csv: WriteCsv, tmp_path: Path) -> None:
    house.load("trades", write_csv([trade(), trade(), trade(trade_id="t2", quantity="3")]))
    good = [trade(trade_id=f"n{number}") for number in range(200)]
    house.load("trades", write_csv([*good, trade(side="up"), trade()], "mixed.csv"))
    assert house.run("load", "trades", write_csv([trade(side="up")], "bad.csv")).code == 3
    for feed in house.run("status", "--json").rows:
        for batch in feed["batches"]:
            assert batch["read"] == batch["landed"] + batch["duplicates"] + batch["rejected"]
        assert feed["batches_open"] == 0
    trades = next(f for f in house.run("status", "--json").rows if f["feed"] == "trades")
    assert [batch["status"] for batch in trades["batches"]] == ["done", "done", "refused"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_batch_over_several_hash_ranges_is_classified_the_same(
    house: House, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr("python_loaders.classify.BUCKET_ROWS", rows)
    house.load("trades", write_csv([trade(trade_id=f"t{n}") for n in range(20)]))
    second = [trade(trade_id=f"t{n}", quantity=str(1 + n % 3)) for n in range(30)]
    loaded = house.load("trades", write_csv([*second, second[0]], "second.csv"))
    # of t0 to t19, those with n % 3 = 1 are as they were; t20 to t29 are new; one row is repeated
    assert counts(loaded) == (31, 23, 8, 0)
    assert loaded["corrected"] == 13
    assert {key: value[0] for key, value in live(house).items()} == {
        f"t{n}": 1 + n % 3 for n in range(30)
    }
