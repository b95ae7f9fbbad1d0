"""The Python interface that bots use to keep their indicator values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from python_loaders.errors import ConfigurationError, InputRefused
from python_loaders.indicators import IndicatorStore, IndicatorValue
from tests.python.conftest import PROJECT, House

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def store(house: House) -> Iterator[IndicatorStore]:
    with IndicatorStore(PROJECT, house.profiles) as store:
        yield store


def values(*numbers: float) -> list[IndicatorValue]:
    return [IndicatorValue(START + timedelta(minutes=n), v) for n, v in enumerate(numbers)]


def test_what_was_saved_comes_back_in_order(store: IndicatorStore) -> None:
    first = [IndicatorValue(START, 1.5, 0.25), IndicatorValue(START + timedelta(seconds=1), -2e-9)]
    assert store.save_values("s", "BTC", "RSI_14", reversed(first)).rows_landed == 2
    assert store.load_values("s", "BTC", "RSI_14") == first
    assert store.load_values("s", "BTC", "RSI_14", limit=1) == first[1:]


def test_an_identifier_matches_exactly(store: IndicatorStore) -> None:
    store.save_values("s", "BTC", "RSI_14", values(1))
    store.save_values("s", "BTC", "RSI_140", values(2, 3))
    assert store.load_values("s", "BTC", "RSI_14") == values(1)
    assert store.load_values("s", "BTC", "RSI_1") == []
    assert store.load_values("s", "BTC", "RSI%") == []
    assert store.storage_info("s", "BTC", "RSI_140")["values"] == 2


def test_append_adds_and_corrects(store: IndicatorStore) -> None:
    store.save_values("s", "BTC", "EMA", values(1, 2))
    batch = store.save_values("s", "BTC", "EMA", values(1, 5, 6))
    assert (batch.rows_landed, batch.rows_duplicate, batch.rows_corrected) == (2, 1, 1)
    assert store.load_values("s", "BTC", "EMA") == values(1, 5, 6)


def test_the_same_values_again_add_nothing(store: IndicatorStore) -> None:
    store.save_values("s", "BTC", "EMA", values(1, 2))
    assert store.save_values("s", "BTC", "EMA", values(1, 2)).rows_landed == 0


def test_a_return_to_earlier_values_is_a_correction(store: IndicatorStore) -> None:
    store.save_values("s", "BTC", "EMA", values(1, 2))
    store.save_values("s", "BTC", "EMA", values(1, 9))
    assert store.save_values("s", "BTC", "EMA", values(1, 2)).rows_corrected == 1
    assert store.load_values("s", "BTC", "EMA") == values(1, 2)


def test_overwrite_leaves_exactly_the_new_values(store: IndicatorStore) -> None:
    store.save_values("s", "BTC", "EMA", values(1, 2, 3))
    store.save_values("s", "BTC", "SMA", values(7))
    batch = store.save_values("s", "BTC", "EMA", values(1, 9), mode="overwrite")
    assert (batch.rows_corrected, batch.rows_deleted) == (1, 1)
    assert store.load_values("s", "BTC", "EMA") == values(1, 9)
    assert store.load_values("s", "BTC", "SMA") == values(7)


def test_storage_info(store: IndicatorStore) -> None:
    assert store.storage_info("s", "BTC", "EMA") == {
        "values": 0, "first_ts": None, "last_ts": None, "bytes": 0,
    }  # fmt: skip
    store.save_values("s", "BTC", "EMA", values(1, 2))
    info = store.storage_info("s", "BTC", "EMA")
    assert (info["values"], info["first_ts"]) == (2, START)
    assert info["last_ts"] == START + timedelta(minutes=1)
    assert info["bytes"] > 0


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_value_that_is_not_finite_is_an_error(store: IndicatorStore, bad: float) -> None:
    with pytest.raises(InputRefused, match="not a finite number"):
        store.save_values("s", "BTC", "EMA", values(1, bad))
    assert store.load_values("s", "BTC", "EMA") == []


def test_failures_are_errors(store: IndicatorStore) -> None:
    with pytest.raises(InputRefused, match="no zone"):
        store.save_values("s", "BTC", "EMA", [IndicatorValue(datetime(2026, 1, 1), 1)])  # noqa: DTZ001
    with pytest.raises(InputRefused, match="no values to append"):
        store.save_values("s", "BTC", "EMA", [])
    with pytest.raises(ConfigurationError, match="append or overwrite"):
        store.save_values("s", "BTC", "EMA", values(1), mode="replace")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="no profiles"):
        IndicatorStore(PROJECT, PROJECT / "docs")
