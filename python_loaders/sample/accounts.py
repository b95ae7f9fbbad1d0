"""The small feeds, written row by row: accounts and their cash flows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from python_loaders.sample.arguments import END, Arguments
from python_loaders.sample.market import CURRENCIES, EQUITY_ACCOUNT, class_of
from python_loaders.sample.values import draw, iso

Row: TypeAlias = tuple[object, ...]

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
    rows: Iterable[Row]
    counts: dict[str, int]


def account_name(account: int) -> str:
    """Identifier of the account at a position, from 0."""
    return f"acc-{account + 1:04d}"


def account_files(arguments: Arguments) -> list[SmallFile]:
    """Two files: every account and the first one twice; then a renamed account beside an old one.

    A single account has nothing to stand beside it, so its second file is the new name alone.
    """
    accounts = arguments.accounts
    beside = range(1, min(accounts, 2))
    return [
        SmallFile(
            "accounts.csv",
            "accounts",
            ACCOUNT_COLUMNS,
            (_account_row(arguments, account) for account in chain(range(accounts), [0])),
            {"new": accounts, "duplicates_in_file": 1},
        ),
        SmallFile(
            "accounts-corrections-0001.csv",
            "accounts",
            (*ACCOUNT_COLUMNS, "_op"),
            [
                (*_account_row(arguments, 0, " (renamed)"), "upsert"),
                *((*_account_row(arguments, account), "upsert") for account in beside),
            ],
            {"corrections": 1, "duplicates_across": len(beside)},
        ),
    ]


def _account_row(arguments: Arguments, account: int, suffix: str = "") -> Row:
    kind = KINDS[account % 4]
    return (
        account_name(account),
        f"{kind.capitalize()} {account + 1}{suffix}",
        kind,
        CURRENCIES[class_of(account)],
        f"{arguments.equity}.00",
        iso(arguments.start),
        iso(END) if kind == "backtest" else None,
        ZONES[(account + account // 4) % 4],
        252 if account == EQUITY_ACCOUNT else 365,
    )


def flow_files(arguments: Arguments) -> list[SmallFile]:
    """Two overlapping files of deposits and withdrawals, one every twenty days or so an account.

    The second starts with the last flow of every account that the first file has, so it overlaps.
    """
    accounts = arguments.accounts
    per_account = max(2, arguments.days // 20)
    cut = max(1, per_account // 2)

    def flows(numbers: range) -> Iterator[Row]:
        for number in numbers:
            for account in range(accounts):
                yield _flow_row(arguments, account, number, per_account)

    again = _flow_row(arguments, 0, cut - 1, per_account)
    return [
        SmallFile(
            "cash_flows-0001.csv",
            "cash_flows",
            FLOW_COLUMNS,
            chain(flows(range(cut)), [again]),
            {"new": cut * accounts, "duplicates_in_file": 1},
        ),
        SmallFile(
            "cash_flows-0002.csv",
            "cash_flows",
            FLOW_COLUMNS,
            flows(range(cut - 1, per_account)),
            {"new": (per_account - cut) * accounts, "duplicates_across": accounts},
        ),
    ]


def _flow_row(arguments: Arguments, account: int, number: int, per_account: int) -> Row:
    position = account * 4096 + number
    minute = arguments.days * 1440 * number // per_account
    minute += draw(arguments.seed_key, position, 90) % 720
    amount = arguments.equity // 100 + draw(arguments.seed_key, position, 91) % 500
    deposit = number % 4 != 3
    return (
        account_name(account),
        f"f{number + 1:05d}",
        iso(arguments.start + dt.timedelta(minutes=minute)),
        f"{amount if deposit else -amount}.00",
        CURRENCIES[class_of(account)],
        "deposit" if deposit else "withdrawal",
    )
