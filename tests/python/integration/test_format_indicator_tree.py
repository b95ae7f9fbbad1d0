"""Trees of indicator files, as the tests write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.python.conftest import House


def indicator_file(root: Path, path: str, *lines: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_tree(house: House, root: Path, *arguments: str) -> dict[str, Any]:
    return house.load("indicator_values", root, "--format", "indicator_tree", *arguments)


def values(house: House, condition: str = "1") -> list[tuple[Any, ...]]:
    rows = house.query(
        "select session_id, symbol, indicator_id, indicator_type, toString(ts) as ts, value, "
        f"confidence from raw.indicator_values where {condition} order by all"
    )
    return [tuple(row.values()) for row in rows]


def test_indicator_tree(house: House, tmp_path: Path) -> None:
    folder = "exec [1]*/BTC é?/indicators"
    indicator_file(tmp_path, f"{folder}/RSI_14.csv", "timestamp,value", "1767607200,55.5",
                   "1767607200.25,56", "2026-01-05T10:00:01Z,57", "1767607202,")  # fmt: skip
    indicator_file(tmp_path, f"{folder}/RSI_140.csv", "timestamp,value", "1767607200,1")
    indicator_file(tmp_path, f"{folder}/MACD_12_26_9.csv", "confidence,timestamp,value",
                   "0.5,2026-01-05 11:00:00+01:00,-1e-3", ",1767607201,2")  # fmt: skip
    loaded = load_tree(house, tmp_path)
    assert (loaded["read"], loaded["landed"], loaded["rejected"]) == (6, 6, 0)
    session = ("exec [1]*", "BTC é?")
    assert values(house, "indicator_id = 'RSI_14'") == [
        (*session, "RSI_14", "RSI", "2026-01-05 10:00:00.000000", 55.5, None),
        (*session, "RSI_14", "RSI", "2026-01-05 10:00:00.250000", 56, None),
        (*session, "RSI_14", "RSI", "2026-01-05 10:00:01.000000", 57, None),
    ]
    assert values(house, "indicator_id <> 'RSI_14'") == [
        (*session, "MACD_12_26_9", "MACD", "2026-01-05 10:00:00.000000", -0.001, 0.5),
        (*session, "MACD_12_26_9", "MACD", "2026-01-05 10:00:01.000000", 2, None),
        (*session, "RSI_140", "RSI", "2026-01-05 10:00:00.000000", 1, None),
    ]
    # the same tree lands nothing; one value more is all that a grown tree lands
    assert load_tree(house, tmp_path)["repeated"] is True
    indicator_file(tmp_path, f"{folder}/RSI_140.csv", "timestamp,value", "1767607200,1",
                   "1767607260,2")  # fmt: skip
    grown = load_tree(house, tmp_path)
    assert (grown["landed"], grown["duplicates"]) == (1, 6)


@pytest.mark.parametrize("level", ["session", "session/BTC", "session/BTC/indicators"])
def test_an_indicator_tree_may_be_named_at_any_level(
    house: House, tmp_path: Path, level: str
) -> None:
    indicator_file(tmp_path, "session/BTC/indicators/SMA_5.csv", "timestamp,value", "1767607200,1")
    load_tree(house, tmp_path / level)
    assert values(house)[0][:3] == ("session", "BTC", "SMA_5")


def test_bad_values_of_an_indicator_tree(house: House, tmp_path: Path) -> None:
    indicator_file(
        tmp_path, "s/BTC/indicators/SMA_5.csv", "timestamp,value,confidence", "1767607200,1,",
        "1767607201,nan,", "1767607202,2,1.5", "1767607200000,3,", "x,4,",
    )  # fmt: skip
    loaded = load_tree(house, tmp_path, "--max-reject-rate", "1")
    assert (loaded["landed"], loaded["rejected"]) == (1, 4)
    rejects = house.run("rejects", "indicator_values", "--json").rows
    assert [(row["row"], row["column"], row["reason"]) for row in rejects] == [
        (2, "value", "not a finite number"),
        (3, "confidence", "above 1"),
        (4, "ts", "not a time"),
        (5, "ts", "not a time"),
    ]


def test_an_indicator_tree_with_naive_times_needs_their_zone(house: House, tmp_path: Path) -> None:
    indicator_file(tmp_path, "s/BTC/indicators/SMA_5.csv", "timestamp,value",
                   "2026-01-05T10:00:00,1")  # fmt: skip
    answer = house.run("load", "indicator_values", tmp_path, "--format", "indicator_tree")
    assert (answer.code, "'2026-01-05T10:00:00' has no zone" in answer.err) == (3, True)
    load_tree(house, tmp_path, "--timezone", "America/New_York")
    assert values(house)[0][4] == "2026-01-05 15:00:00.000000"
