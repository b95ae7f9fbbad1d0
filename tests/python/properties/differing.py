"""Rows that should be the same, and whose they are when they are not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.python.properties.worlds import SIDES

SHOWN_ROWS = 6


class Differs(Exception):
    """Something does not hold, of these accounts if one can tell."""

    def __init__(self, what: str, found: Iterable[Any], expected: Iterable[Any]) -> None:
        found, expected = Counter(found), Counter(expected)
        extra, missing = list((found - expected).elements()), list((expected - found).elements())
        names = re.findall(rf"((?:{'|'.join(SIDES)}) \d+)'", str([*extra, *missing]))
        self.accounts = sorted(set(names))
        lines = [f"{what} differs, of accounts {', '.join(self.accounts) or 'unknown'}"]
        for title, rows in (("found", extra), ("expected", missing)):
            lines.append(f"  {title}, {len(rows)} rows:")
            lines += [f"    {row}" for row in sorted(map(str, rows))[:SHOWN_ROWS]]
        super().__init__("\n".join(lines))


def same(what: str, found: Iterable[Any], expected: Iterable[Any]) -> None:
    found, expected = list(found), list(expected)
    # most often they are equal; Counter finds out where the order alone differs
    if found != expected and Counter(found) != Counter(expected):
        raise Differs(what, found, expected)
