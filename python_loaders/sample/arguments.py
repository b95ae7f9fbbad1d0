"""The range of a sample, and the limits of its arguments."""

from __future__ import annotations

import datetime as dt
from typing import Any

END = dt.datetime(2026, 4, 15, tzinfo=dt.timezone.utc)
MAX_TRADES = 100_000_000

DAY_MS = 86_400_000


def check(settings: dict[str, Any], shares: dict[str, float], file_format: str) -> None:
    lowest = {"days": 2, "accounts": 1, "trades": 1, "prices": 0, "indicators": 0}
    highest = {
        "days": 3_650,
        "accounts": 1_000_000,
        "trades": MAX_TRADES,
        "prices": MAX_TRADES,
        "indicators": MAX_TRADES,
    }
    for name, low in lowest.items():
        if not low <= settings[name] <= highest[name]:
            raise ValueError(
                f"{name} is {settings[name]}; give a number from {low} to {highest[name]}"
            )
    for name, share in shares.items():
        if not 0 <= share <= 0.05:
            raise ValueError(f"{name} is {share}; give a share from 0 to 0.05")
    if file_format != "csv":
        raise ValueError(f"file_format is {file_format!r}; a sample is written as csv")
