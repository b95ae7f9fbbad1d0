"""The arguments of a sample: their limits, and what follows from them alone."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cached_property

from python_loaders.errors import ConfigurationError

END = dt.datetime(2026, 4, 15, tzinfo=dt.timezone.utc)
MAX_KEYS = 100_000_000


@dataclass(frozen=True)
class Arguments:
    """How large and how unclean a sample is; `write_sample` describes each.

    Raises:
        ConfigurationError: an argument is out of range.
    """

    days: int
    accounts: int
    trades: int
    prices: int
    indicators: int
    ticks: int
    seed: int
    share_duplicates: float
    share_late: float
    share_corrections: float
    share_bad: float
    rows_per_file: int

    def __post_init__(self) -> None:
        # those with dashes are options of the command too
        for option, value, low, high in (
            ("--days", self.days, 2, 3_650),
            ("--accounts", self.accounts, 1, 1_000_000),
            ("--trades", self.trades, 1, MAX_KEYS),
            ("prices", self.prices, 0, MAX_KEYS),
            ("indicators", self.indicators, 0, MAX_KEYS),
            ("--ticks", self.ticks, 0, MAX_KEYS),
        ):
            if not low <= value <= high:
                raise ConfigurationError(
                    f"{option} {value} is out of range; give a number from {low} to {high}"
                )
        for name in ("share_duplicates", "share_late", "share_corrections", "share_bad"):
            share = getattr(self, name)
            if not 0 <= share <= 0.05:
                raise ConfigurationError(
                    f"{name} {share} is out of range; give a share from 0 to 0.05"
                )
        if self.rows_per_file < 1:
            raise ConfigurationError(
                f"rows_per_file {self.rows_per_file} is out of range; give a number from 1"
            )

    @property
    def start(self) -> dt.datetime:
        """The first instant of the range, which ends before END."""
        return END - dt.timedelta(days=self.days)

    @cached_property
    def seed_key(self) -> int:
        """The seed as 32 bits."""
        return int.from_bytes(hashlib.sha256(str(self.seed).encode()).digest()[:4], "big")

    @cached_property
    def equity(self) -> int:
        """Capital of each account, enough for its trades: about eight units of it a trade."""
        return -(-(20_000 + 8 * self.trades // self.accounts) // 1000) * 1000
