"""`write_sample`, the way from arguments to files and manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from python_loaders.errors import ConfigurationError
from python_loaders.sample.accounts import SmallFile, account_files, flow_files
from python_loaders.sample.arguments import Arguments
from python_loaders.sample.engine import open_engine
from python_loaders.sample.files import write_planned, write_small
from python_loaders.sample.indicator_values import indicator_plan
from python_loaders.sample.manifest import claim, write_manifest
from python_loaders.sample.plan import PlannedFile
from python_loaders.sample.price_snapshots import price_plan
from python_loaders.sample.ticks import tick_plan
from python_loaders.sample.totals import trade_totals
from python_loaders.sample.trade_rows import trade_plan

Progress = Callable[[str, int], None]
"""Called after each file with its name and its number of rows."""


def write_sample(
    directory: Path,
    *,
    days: int = 120,
    accounts: int = 8,
    trades: int = 100_000,
    prices: int = 50_000,
    indicators: int = 50_000,
    ticks: int = 0,
    seed: int = 1,
    share_duplicates: float = 0.01,
    share_late: float = 0.02,
    share_corrections: float = 0.005,
    share_bad: float = 0.001,
    rows_per_file: int = 1_000_000,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write a sample into a directory and return its manifest.

    The range is the `days` before 2026-04-15 (UTC). `trades`, `prices`, `indicators` and `ticks`
    are numbers of keys; repeated, corrected and bad rows come on top. Shares are shares of the
    keys. Small feeds still show every kind of row once, as far as bad rows stay below 1% of a file.
    Memory depends on `rows_per_file` and `threads`, not on the size of the sample.

    Files of an earlier sample in the directory are replaced; others are never touched.

    Raises:
        ConfigurationError: an argument is out of range, the directory cannot be written, or a file
            of someone else is in the way.
    """
    arguments = Arguments(
        days, accounts, trades, prices, indicators, ticks, seed,
        share_duplicates, share_late, share_corrections, share_bad, rows_per_file,
    )  # fmt: skip
    trade_feed = trade_plan(arguments)
    plans = (
        trade_feed, price_plan(arguments), indicator_plan(arguments), tick_plan(arguments)
    )  # fmt: skip
    first_accounts, renamed_accounts = account_files(arguments)
    files: list[SmallFile | PlannedFile] = [first_accounts, *flow_files(arguments)]
    for plan in plans:
        files += plan.files()
    files.append(renamed_accounts)

    with _writing(directory):
        claim(directory, arguments, [file.name for file in files])
    entries: list[dict[str, Any]] = []
    with open_engine(threads) as connection:
        for file in files:
            with _writing(directory):
                if isinstance(file, SmallFile):
                    entry = write_small(directory, file)
                else:
                    entry = write_planned(connection, directory, file)
            entries.append(entry)
            if progress is not None:
                progress(file.name, entry["rows"])
        totals = trade_totals(connection, trade_feed)
    with _writing(directory):
        return write_manifest(directory, arguments, plans, entries, totals)


@contextmanager
def _writing(directory: Path) -> Iterator[None]:
    """Tell in one line why the directory takes no files."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        if isinstance(error, FileExistsError):
            reason = "it is a file"
        raise ConfigurationError(
            f"the directory {directory} cannot be written: {reason}; "
            "give a DIR that this user can write, with room for the sample"
        ) from error
