"""Histories: what happens to an account and its trades, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

ACCOUNT = "account"
TRADES = ("1", "2")


class _Short:
    """Shows in one line what is not as usual."""

    def __repr__(self) -> str:
        shown = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)  # type: ignore[arg-type]
            if getattr(self, field.name) != field.default
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True, repr=False)
class Trade(_Short):
    """The columns of a trade that the histories change, as text."""

    closed_at: str
    strategy: str = "s0"
    strategy_type: str = "ml"
    side: str = "long"
    symbol: str = "BTC/USDT"
    venue_entry: str = "kraken"
    entry_price: str = "100"
    exit_price: str = "110"
    quantity: str = "2"
    contract_size: str = "1"
    entry_fee: str = "0"
    exit_fee: str = "0"
    funding: str = "0"
    stop_price: str = ""


@dataclass(frozen=True, repr=False)
class Account(_Short):
    """The columns of an account that the histories change, as text."""

    trading_zone: str = "UTC"
    starting_equity: str = "1000"


Content = Trade | Account

# What happens to a key. `put` sets the content, the next take a part of it; `back` and `first`
# return to the content before the last and to the first one; `again` repeats the last row.
CHANGES: dict[str, tuple[str, ...]] = {
    "time": ("closed_at",),
    "amount": ("quantity", "exit_price", "exit_fee"),
    "strategy": ("strategy", "strategy_type"),
    "zone": ("trading_zone",),
    "equity": ("starting_equity",),
}


@dataclass(frozen=True, repr=False)
class Op(_Short):
    """One operation on a key; ``content`` is what a change takes its values from."""

    key: str
    deed: str
    content: Content
    left: int = 0
    right: int = 0


@dataclass(frozen=True)
class History:
    """The operations on one account and its trades."""

    ops: tuple[Op, ...]

    def statements(self) -> Iterator[tuple[Op, Statement]]:
        """What a source says at each operation."""
        seen: dict[str, list[Content]] = {}
        last: dict[str, Statement] = {}
        for op in self.ops:
            before = seen.setdefault(op.key, [])
            said = _said(op, before, last.get(op.key))
            if not said.deletes and said.content not in before[-1:]:
                before.append(said.content)
            last[op.key] = said
            yield op, said

    def truth(self) -> dict[str, Content]:
        """The content of the keys that are live in the end."""
        last = {op.key: said for op, said in self.statements()}
        return {key: said.content for key, said in last.items() if not said.deletes}


@dataclass(frozen=True)
class Statement:
    """A row of a source: the content of a key, or its deletion; possibly in another spelling."""

    content: Content
    deletes: bool = False
    respelled: bool = False


def _said(op: Op, before: list[Content], last: Statement | None) -> Statement:
    if op.deed == "delete":
        # the key alone counts: the rest may be anything
        return Statement(op.content, deletes=True)
    if last is None or op.deed == "put":
        return Statement(op.content)
    if op.deed == "again":
        return replace(last, respelled=True)
    if not before:
        return Statement(op.content)
    if op.deed == "first":
        return Statement(before[0])
    if op.deed == "back":
        return Statement(before[-1] if last.deletes else before[-2:][0])
    changes = {column: getattr(op.content, column) for column in CHANGES[op.deed]}
    return Statement(replace(before[-1], **changes))
