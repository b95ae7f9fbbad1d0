"""The small feeds, written row by row: accounts and their cash flows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from python_loaders.sample.arguments import END
from python_loaders.sample.engine import draw, iso
from python_loaders.sample.market import CURRENCIES, EQUITY_ACCOUNT, class_of

KINDS = ("bot", "user", "agent", "backtest")
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Tokyo")

ACCOUNT_COLUMNS = (
    "account_id",
    "name",
    "kind",
    "base_currency",
    "starting_equity",
    "started_at",
    "ended_at",
    "trading_zone",
    "periods_per_year",
)
FLOW_COLUMNS = ("account_id", "flow_id", "at", "amount", "currency", "reason")


@dataclass(frozen=True)
class SmallFile:
    """A file of a feed that is small enough to be written row by row."""

    name: str
    feed: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterable[tuple[object, ...]]]
    counts: dict[str, int]


def account_name(account: int) -> str:
    """Identifier of the account at a position, from 0."""
    return f"acc-{account + 1:04d}"


def _account_row(account: int, start: dt.datetime, equity: int, name: str) -> tuple[object, ...]:
    kind = KINDS[account % 4]
    return (
        account_name(account),
        name,
        kind,
        CURRENCIES[class_of(account)],
        f"{equity}.00",
        iso(start),
        iso(END) if kind == "backtest" else None,
        ZONES[(account + account // 4) % 4],
        252 if account == EQUITY_ACCOUNT else 365,
    )


def account_files(accounts: int, start: dt.datetime, equity: int) -> list[SmallFile]:
    """Two files: every account and the first one twice; then a renamed account beside an old one.

    A single account has nothing to stand beside it, so its second file is the new name alone.
    """
    label = "{} {}".format

    def first() -> Iterator[tuple[object, ...]]:
        for account in range(accounts):
            name = label(KINDS[account % 4].capitalize(), account + 1)
            yield _account_row(account, start, equity, name)
        yield _account_row(0, start, equity, label("Bot", 1))

    def renamed() -> Iterator[tuple[object, ...]]:
        yield (*_account_row(0, start, equity, "Bot 1 (renamed)"), "upsert")
        if accounts > 1:
            yield (*_account_row(1, start, equity, label("User", 2)), "upsert")

    again = 1 if accounts > 1 else 0
    return [
        SmallFile(
            "accounts.csv",
            "accounts",
            ACCOUNT_COLUMNS,
            first,
            {"new": accounts, "duplicates_in_file": 1},
        ),
        SmallFile(
            "accounts-corrections-0001.csv",
            "accounts",
            (*ACCOUNT_COLUMNS, "_op"),
            renamed,
            {"corrections": 1, "duplicates_across": again},
        ),
    ]


def flow_files(
    accounts: int, start: dt.datetime, days: int, equity: int, seed: int
) -> list[SmallFile]:
    """Two overlapping files of deposits and withdrawals, one every twenty days or so an account.

    The second starts with the last flow of every account that the first file has, so it overlaps.
    """
    per_account = max(2, days // 20)
    cut = max(1, per_account // 2)

    def flow(account: int, number: int) -> tuple[object, ...]:
        minute = days * 1440 * number // per_account + draw(seed, account * 4096 + number, 90) % 720
        deposit = number % 4 != 3
        amount = equity // 100 + draw(seed, account * 4096 + number, 91) % 500
        return (
            account_name(account),
            f"f{number + 1:05d}",
            iso(start + dt.timedelta(minutes=minute)),
            f"{amount if deposit else -amount}.00",
            CURRENCIES[class_of(account)],
            "deposit" if deposit else "withdrawal",
        )

    def rows(numbers: range, again: int) -> Iterator[tuple[object, ...]]:
        for number in numbers:
            for account in range(accounts):
                yield flow(account, number)
        for account in range(again):
            yield flow(account, numbers[-1])

    return [
        SmallFile(
            "cash_flows-0001.csv",
            "cash_flows",
            FLOW_COLUMNS,
            lambda: rows(range(cut), 1),
            {"new": cut * accounts, "duplicates_in_file": 1},
        ),
        SmallFile(
            "cash_flows-0002.csv",
            "cash_flows",
            FLOW_COLUMNS,
            lambda: rows(range(cut - 1, per_account), 0),
            {"new": (per_account - cut) * accounts, "duplicates_across": accounts},
        ),
    ]
