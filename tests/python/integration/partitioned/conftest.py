"""Fixtures of the tests of the materialization `partitioned`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.python.marts import (
    DOWNSTREAM,
    PARTITIONED,
    Marts,
    account,
    fresh_marts,
    indicator,
    price,
    traded,
)

FIRST_ACCOUNTS = [
    account(account_id=name, trading_zone=zone)
    for name, zone in {
        "corrected": "America/New_York",
        "late": "UTC",
        "ahead": "Pacific/Kiritimati",
        "east": "UTC",
        "west": "Asia/Tokyo",
        "closed": "Pacific/Kiritimati",
        "state": "UTC",
    }.items()
]

FIRST_TRADES = [
    # to be corrected; every kind of change has months of its own
    traded("corrected", "month", "2024-01-10T12:00:00Z"),
    traded("corrected", "day", "2024-03-10T12:00:00Z"),
    traded("corrected", "strategy", "2024-04-10T12:00:00Z"),
    traded("corrected", "account", "2024-05-10T12:00:00Z"),
    traded("corrected", "there and back", "2024-06-10T12:00:00Z"),
    traded("corrected", "alone", "2024-08-10T12:00:00Z"),
    traded("corrected", "night", "2024-11-01T03:30:00Z"),
    # it stays, in the last day of November
    traded("corrected", "bystander", "2024-12-01T03:00:00Z"),
    traded("late", "old", "2020-02-10T12:00:00Z"),
    # so does this, in the first day of March
    traded("ahead", "bystander", "2021-02-28T15:00:00Z"),
    traded("ahead", "changed", "2021-03-15T12:00:00Z"),
    # near the ends of months, so that another zone means another month
    *(
        traded(name, f"{number}", instant)
        for name in ("east", "west", "closed", "unknown")
        for number, instant in enumerate(
            ("2022-01-31T11:00:00Z", "2022-02-28T23:59:59.999999Z", "2022-06-01T00:00:00Z")
        )
    ),
    *(traded("state", f"{month}", f"2023-{month:02}-10T12:00:00Z") for month in range(1, 13)),
]

FIRST_PRICES = [
    price("knife", "2024-01-10T12:00:00Z"),
    price("knife", "2024-01-10T12:59:59.999999Z", price="12"),
    price("knife", "2024-03-10T12:00:00Z", price="14"),
]

FIRST_INDICATORS = [
    indicator("BTC/USDT", "2024-01-10T12:00:00Z"),
    indicator("BTC/USDT", "2024-02-10T12:00:00Z"),
    indicator("BTC/USDT", "2024-03-10T12:00:00Z"),
]


@pytest.fixture(scope="package")
def shared_marts(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    with fresh_marts(warehouse_path, tmp_path_factory) as marts:
        marts.load("accounts", FIRST_ACCOUNTS)
        marts.load("trades", FIRST_TRADES)
        marts.load("price_snapshots", FIRST_PRICES)
        marts.load("indicator_values", FIRST_INDICATORS)
        marts.dbt("seed")
        marts.dbt("snapshot")
        # with what they rest on, but dim_day_zone, which rests on no partitioned model
        views = ("rpt_daily_stats", "fct_trades_as_of", "agg_trades_daily_as_of")
        wanted = (*PARTITIONED, *DOWNSTREAM, *views)
        marts.dbt("run", "--select", *(f"+{name}" for name in wanted), "--exclude", "dim_day_zone")
        yield marts


@pytest.fixture
def marts(shared_marts: Marts) -> Marts:
    """Built up to the last batch, whatever the tests before left."""
    if not shared_marts.is_settled:
        shared_marts.build()
    shared_marts.is_settled = False
    return shared_marts
