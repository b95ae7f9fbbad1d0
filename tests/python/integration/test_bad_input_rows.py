"""Bad input, row by row: too many bad ones, duplicates, and other content of a key."""

from __future__ import annotations

import pytest

from tests.python.conftest import House, WriteCsv, trade
from tests.python.integration.conftest import PRICE, raw_counts, refused


def test_too_many_bad_rows_refuse_the_file_and_keep_the_rejects(
    house: House, write_csv: WriteCsv
) -> None:
    rows = [trade(trade_id=f"t{number}") for number in range(98)]
    rows[10:10] = [trade(side="up"), trade(side="down")]
    path = write_csv(rows)
    message = refused(house, "trades", path)
    assert "2 of 100 rows are bad, above --max-reject-rate 0.01" in message
    assert "side: not one of long, short (2 rows, first in row 11)" in message
    assert "tradehouse rejects trades" in message
    assert raw_counts(house) == (0, 0)
    assert [r["row"] for r in house.run("rejects", "trades", "--json").rows] == [11, 12]
    # exactly the share that is allowed passes, and the refused batch does not count as landed
    loaded = house.load("trades", path, "--max-reject-rate", "0.02")
    assert (loaded["landed"], loaded["rejected"]) == (98, 2)
    assert raw_counts(house) == (98, 98)


def test_what_no_row_has_can_be_stated(house: House, write_csv: WriteCsv) -> None:
    rows = [trade(trade_id=f"t{number}", symbol="") for number in range(3)]
    path = write_csv(rows)
    message = refused(house, "trades", path)
    assert (
        "symbol: missing value (3 rows, first in row 1; `load` states it for all with "
        "--set symbol=VALUE); nothing landed" in message
    )
    one_has_it = write_csv([*rows, trade()], "one_has_it.csv")
    assert "--set" not in refused(house, "trades", one_has_it)
    assert house.load("trades", path, "--set", "symbol=BTC/USDT")["landed"] == 3


def test_conflicts_with_what_landed_count_as_bad_rows(house: House, write_csv: WriteCsv) -> None:
    house.load("price_snapshots", write_csv([PRICE]))
    conflict = [{**PRICE, "price": "2"}, {**PRICE, "symbol": "y"}]
    message = refused(house, "price_snapshots", write_csv(conflict, "c.csv"))
    assert "1 of 2 rows are bad" in message
    assert "same key, other content" in message
    assert raw_counts(house, "price_snapshots") == (1,)


@pytest.mark.parametrize("rate", ["-0.1", "1.1", "nan"])
def test_a_reject_rate_that_is_no_share(refusing: House, write_csv: WriteCsv, rate: str) -> None:
    answer = refusing.run("load", "trades", write_csv([trade()]), f"--max-reject-rate={rate}")
    assert (answer.code, answer.err) == (
        2, "tradehouse: --max-reject-rate must lie between 0 and 1\n",
    )  # fmt: skip


def test_duplicates_are_dropped_and_counted(house: House, write_csv: WriteCsv) -> None:
    first = house.load("trades", write_csv([trade(), trade(), trade(trade_id="t2")]))
    assert (first["landed"], first["duplicates"]) == (2, 1)
    again = house.load("trades", write_csv([trade(entry_price="100.000"), trade()], "again.csv"))
    assert (again["landed"], again["duplicates"]) == (0, 2)
    assert raw_counts(house) == (2, 2)


def test_other_content_of_a_key(house: House, write_csv: WriteCsv) -> None:
    house.load("trades", write_csv([trade()]))
    corrected = house.load("trades", write_csv([trade(quantity="3")], "corrected.csv"))
    assert (corrected["landed"], corrected["corrected"], corrected["rejected"]) == (1, 1, 0)
    signs = house.query("select toFloat64(quantity) as q, _sign from raw.trades order by _row, q")
    assert sorted((r["q"], r["_sign"]) for r in signs) == [(2, -1), (2, 1), (3, 1)]
