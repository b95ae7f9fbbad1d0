"""Worlds: many histories in the same files, with builds in between.

The rows of a history are laid out twice, under two names: every operation has a place in the one
layout and a place in the other. The operations of a key keep their order, because there it has
meaning; those of different keys come as they fall.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from tests.python.marts import Row
from tests.python.properties.histories import ACCOUNT, Content, History, Statement, Trade

SIDES = ("LEFT", "RIGHT")
PLACES = 128
STARTED_AT = "2023-12-31T11:00:00Z"
ACCOUNT_ROW = {"kind": "bot", "base_currency": "USDT", "started_at": STARTED_AT}
HOLDING = timedelta(minutes=90)


@dataclass(frozen=True)
class Tick:
    """A file of each feed, perhaps with rows of the files before, and perhaps a build."""

    builds: bool = True
    accounts_first: bool = True
    repeats: str = ""  # "rows" of the files before, or the whole "file" before


@dataclass(frozen=True)
class World:
    """Many histories in the same files."""

    histories: tuple[History, ...]
    ticks: tuple[Tick, ...]

    def files(self) -> list[dict[str, list[Landed]]]:
        """The rows of each tick's file of accounts and of trades, in their order."""
        files: list[dict[str, list[Landed]]] = [{} for _ in self.ticks]
        placed: list[tuple[int, str, Landed]] = []
        for number, history in enumerate(self.histories):
            for side in SIDES:
                placed += _placed(history, side, f"{side} {number}")
        # stable: the operations of a key stay in order
        for place, feed, row in sorted(placed, key=lambda item: item[0]):
            tick = place * len(self.ticks) // PLACES
            files[tick].setdefault(feed, []).append(row)
        return files

    def key(self) -> str:
        """The same for worlds of the same files and builds."""
        return repr((self.files(), self.ticks))


@dataclass(frozen=True)
class Landed:
    """A statement under the name that it has in one layout."""

    account_id: str
    key: str
    said: Statement

    def row(self) -> Row:
        """The row of the file."""
        content, side = self.said.content, self.account_id.split()[0]
        if isinstance(content, Trade):
            row = _trade_row(content, side)
            own = {"account_id": self.account_id, "trade_id": self.key}
        else:
            row = {**ACCOUNT_ROW, **_texts(content)}
            own = {"account_id": self.account_id}
        row = {**own, **row, "_op": "delete" if self.said.deletes else "upsert"}
        return (
            {name: _respelled(value) for name, value in row.items()} if self.said.respelled else row
        )


def _texts(content: Content) -> Row:
    return {field.name: getattr(content, field.name) for field in fields(content)}


def _trade_row(trade: Trade, side: str) -> Row:
    """The columns of a trade; names that accounts share are named after the layout."""
    row = _texts(trade)
    return {
        **row,
        "strategy": f"{side} {trade.strategy}",
        "symbol": side + trade.symbol,
        "venue_entry": f"{side} {trade.venue_entry}",
        "venue_exit": "",
        "market": "spot",
        "quote_currency": "USDT",
        "opened_at": opened_at(trade.closed_at),
    }


def _respelled(value: str) -> str:
    """The same value, written in another way."""
    if value.endswith("Z"):
        return value.removesuffix("Z") + "+00:00"
    if value.lstrip("-").replace(".", "", 1).isdigit() and "." in value:
        return value + "0"
    return value


def _placed(history: History, side: str, account_id: str) -> list[tuple[int, str, Landed]]:
    places: dict[str, list[int]] = {}
    for op in history.ops:
        places.setdefault(op.key, []).append(op.left if side == SIDES[0] else op.right)
    ordered = {key: iter(sorted(own)) for key, own in places.items()}
    return [
        (
            next(ordered[op.key]),
            "accounts" if op.key == ACCOUNT else "trades",
            Landed(account_id, op.key, said),
        )
        for op, said in history.statements()
    ]


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def opened_at(closed_at: str) -> str:
    return instant(datetime.fromisoformat(closed_at.replace("Z", "+00:00")) - HOLDING)
