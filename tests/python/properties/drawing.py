"""What hypothesis draws, compactly: all the histories of a world share its 8 KiB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import prod
from typing import TypeVar

from hypothesis import strategies as st

from tests.python.properties.histories import ACCOUNT, TRADES, Account, Content, History, Op, Trade
from tests.python.properties.worlds import PLACES, Tick, World, instant

C = TypeVar("C", Trade, Account)


def _edges() -> Iterator[str]:
    """Instants around the midnights of the zones, most of them at the end of a month."""
    # in Kiritimati, Etc/GMT+12, Tokyo, UTC and, in summer and winter, New York
    midnights = (10, 12, 15, 24, 28, 29)
    for day in ("2024-01-31", "2024-02-29", "2023-12-31", "2024-03-31"):
        for hours in midnights:
            at = datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(hours=hours)
            yield instant(at)
            yield instant(at - timedelta(microseconds=1))


# What a column may hold; the first is the simplest. Six times seven decimals make ties at the
# thirteenth.
TRADE_CHOICES: dict[str, tuple[str, ...]] = {
    "closed_at": (
        "2024-01-15T12:00:00.000000Z",
        *_edges(),
        "2024-02-10T04:30:00.000000Z",
        "2023-11-05T05:30:00.000000Z",
        "2023-02-28T23:59:59.999999Z",
    ),
    "strategy": ("s0", "s1", "s2"),
    "quantity": ("2", "0.0000005", "1.2345675", "333.3333333"),
    "exit_price": ("110", "100", "99.999999", "0.000123", "41999.000001"),
    "entry_price": ("100", "0.000125", "1234.000005"),
    "exit_fee": ("0", "0.125000000001", "-0.01"),
    "side": ("long", "short"),
    "contract_size": ("1", "0.1"),
    "funding": ("0", "-0.5"),
    "entry_fee": ("0", "0.3"),
    "stop_price": ("", "90"),
    "symbol": ("BTC/USDT", "ETH/USDT"),
    "venue_entry": ("kraken", "bazaar"),
    "strategy_type": ("ml", "traditional"),
}
ACCOUNT_CHOICES: dict[str, tuple[str, ...]] = {
    "trading_zone": (
        "UTC",
        "America/New_York",
        "Asia/Tokyo",
        "Pacific/Kiritimati",
        "Etc/GMT+12",
        "Asia/Kathmandu",
    ),
    "starting_equity": ("1000", "2500.5"),
}


def nth(kind: type[C], choices: dict[str, tuple[str, ...]], number: int) -> C:
    """One combination of the choices: a small number for hypothesis, a readable content for us."""
    values = {}
    for column, options in choices.items():
        number, index = divmod(number, len(options))
        values[column] = options[index]
    return kind(**values)


def contents(kind: type[C], choices: dict[str, tuple[str, ...]]) -> st.SearchStrategy[C]:
    numbers = st.integers(0, prod(len(options) for options in choices.values()) - 1)
    return numbers.map(lambda number: nth(kind, choices, number))


TRADE_DEEDS = (
    "put", "time", "time", "amount", "strategy", "delete", "delete", "again", "back", "first",
)  # fmt: skip
ACCOUNT_DEEDS = ("put", "zone", "zone", "equity", "delete", "again", "back", "first")
# the first is left out, so that a history shrinks to nothing
_DEEDS = [
    ("", "skip"),
    *((key, deed) for key in TRADES for deed in TRADE_DEEDS),
    *((ACCOUNT, deed) for deed in ACCOUNT_DEEDS),
]
_trades = contents(Trade, TRADE_CHOICES)
_accounts = contents(Account, ACCOUNT_CHOICES)
_places = st.integers(0, PLACES - 1)


@st.composite
def _ops(draw: st.DrawFn) -> Op | None:
    key, deed = draw(st.sampled_from(_DEEDS))
    if deed == "skip":
        return None
    content: Content = draw(_accounts) if key == ACCOUNT else draw(_trades)
    return Op(key, deed, content, draw(_places), draw(_places))


_histories = st.lists(_ops(), min_size=4, max_size=20).map(
    lambda ops: History(tuple(op for op in ops if op is not None))
)
_builds = st.sampled_from([True, True, False])
_ticks = st.builds(Tick, _builds, st.booleans(), st.sampled_from(["", "rows", "file"]))


def worlds(accounts: int, ticks: int) -> st.SearchStrategy[World]:
    """Worlds of so many accounts, fewer where histories shrank to nothing."""
    return st.builds(
        lambda histories, ticks: World(
            tuple(history for history in histories if history.ops), tuple(ticks)
        ),
        st.lists(_histories, min_size=accounts, max_size=accounts),
        st.lists(_ticks, min_size=3, max_size=ticks),
    )
