"""Writing the files of a sample, and counting their rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb

from python_loaders.sample import engine, market, plan
from python_loaders.sample.accounts import SmallFile
from python_loaders.sample.manifest import file_entry
from python_loaders.sample.plan import (
    COUNT_SLOTS,
    LIVE_SLOTS,
    MAIN_SLOTS,
    ROW_KINDS,
    SLOTS,
    SLOTS_END,
    FeedPlan,
    PlannedFile,
)
from python_loaders.sample.trade_rows import TRADE_TOTALS
from python_loaders.sample.trades import TRADES


class Writer:
    """Writes the planned files of one sample into its directory."""

    def __init__(self, directory: Path, threads: int | None, variables: dict[str, Any]) -> None:
        self.directory = directory
        self.connection = duckdb.connect(":memory:")
        if threads is not None:
            self.connection.execute("set threads = " + str(int(threads)))
        for statement in (*engine.MACROS, *market.MACROS, *plan.MACROS):
            self.connection.execute(statement)
        self.set(variables)

    def set(self, variables: dict[str, Any]) -> None:
        for name, value in variables.items():
            if not name.isidentifier():
                raise ValueError(f"not a variable name: {name}")
            # DuckDB gives a small number the type INTEGER, whose products overflow
            if not isinstance(value, list):
                cast = "::bigint"
            elif all(isinstance(item, str) for item in value):
                cast = "::varchar[]"
            else:
                cast = "::bigint[]"
            self.connection.execute("set variable " + name + " = ?" + cast, [value])

    def planned(self, file: PlannedFile) -> dict[str, Any]:
        """Write one large file, streamed, and count its rows by kind from the plan alone."""
        self.set({"lo": file.lo, "hi": file.hi})
        slots = SLOTS + file.slots + SLOTS_END
        counts: dict[str, int] = {}
        bad = dict.fromkeys(file.feed.bad, 0) if file.slots is MAIN_SLOTS else {}
        reasons = list(file.feed.bad)
        for kind, rows in self.connection.execute(slots + COUNT_SLOTS).fetchall():
            if kind >= 100:
                bad[reasons[kind - 100]] += rows
            else:
                counts[ROW_KINDS[kind]] = counts.get(ROW_KINDS[kind], 0) + rows
        relation = self.connection.sql(slots + file.feed.row_sql)
        wanted = relation.columns if file.has_operations else relation.columns[:-1]
        part = self.directory / f"{file.name}.part"
        relation.project(", ".join(wanted)).write_csv(str(part), header=True)
        return self._finish(part, file.name, file.feed.feed, counts, bad)

    def small(self, file: SmallFile) -> dict[str, Any]:
        """Write one small file row by row."""
        part = self.directory / f"{file.name}.part"
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(file.columns)
            writer.writerows(file.rows())
        return self._finish(part, file.name, file.feed, file.counts, {})

    def _finish(
        self, part: Path, name: str, feed: str, counts: dict[str, int], bad: dict[str, int]
    ) -> dict[str, Any]:
        size = part.stat().st_size
        part.replace(self.directory / name)
        return file_entry(name, feed, counts, bad, size)

    def live_trades(self, feed: FeedPlan) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """Live trades and exact net profit (in 1e-10) per account and per strategy position."""
        accounts: dict[int, list[int]] = {}
        strategies: dict[int, list[int]] = {}
        for lo in range(0, feed.n, feed.rows_per_file):
            self.set({"lo": lo, "hi": min(feed.n, lo + feed.rows_per_file)})
            query = SLOTS + LIVE_SLOTS + SLOTS_END + TRADES + TRADE_TOTALS
            for account, strategy, trades, net in self.connection.execute(query).fetchall():
                for totals, key in ((accounts, account), (strategies, strategy)):
                    entry = totals.setdefault(key, [0, 0])
                    entry[0] += trades
                    entry[1] += int(net)
        return accounts, strategies
