"""Worlds that every run tries, found by the properties or written by hand.

A failure prints its history: it goes into a world here, with the ticks with which it failed.
"""

from __future__ import annotations

from tests.python.properties.histories import Account, History, Op, Trade
from tests.python.properties.worlds import Tick, World

_KIRITIMATI = Account("Pacific/Kiritimati")
_WEST = Account("Etc/GMT+12")
_JANUARY = Trade("2024-01-31T11:00:00.000000Z", quantity="1.2345675", entry_price="0.000125")
_MARCH = Trade("2024-03-31T23:59:59.999999Z")

# Corrected to another month and back, deleted, brought back as it was, while the zone moves it over
# the end of the month; step by step, a file each, in the one cut; in one file in the other.
_THERE_AND_BACK = History(
    (
        Op("1", "put", _JANUARY, left=0),
        Op("account", "put", _KIRITIMATI, left=0),
        Op("1", "time", _MARCH, left=32),
        Op("1", "back", _JANUARY, left=64),
        Op("account", "zone", _WEST, left=64),
        Op("1", "delete", _MARCH, left=96),
        Op("2", "put", _JANUARY, left=96),
        Op("account", "delete", _WEST, left=96),
        Op("1", "back", _JANUARY, left=127),
        Op("account", "back", _WEST, left=127),
    )
)
# The same of an account that is never known, with repeats; the other way round.
_UNKNOWN = History(
    (
        Op("1", "put", _MARCH, right=0),
        Op("1", "again", _MARCH, right=0),
        Op("1", "amount", _JANUARY, right=32),
        Op("1", "delete", _JANUARY, right=64),
        Op("1", "delete", _JANUARY, right=96),
        Op("1", "first", _JANUARY, right=127),
        Op("2", "delete", _JANUARY, right=0),
    )
)

REGRESSIONS = [
    World(
        (_THERE_AND_BACK, _UNKNOWN),
        (
            Tick(),
            Tick(repeats="rows"),
            Tick(builds=False),
            Tick(),
            Tick(builds=False, accounts_first=False, repeats="file"),
        ),
    ),
]
