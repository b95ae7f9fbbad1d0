"""A world landed and built step by step, and everything that must hold of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from python_loaders.loader import Options
from python_loaders.migrations import migrate
from tests.python.marts import DOWNSTREAM as DIMENSIONS
from tests.python.marts import METRICS, Contents, Marts, placed
from tests.python.properties.change_log import ChangeLog, Counts, Key
from tests.python.properties.differing import same
from tests.python.properties.histories import ACCOUNT, Account, Trade
from tests.python.properties.oracle import Oracle, Rows
from tests.python.properties.tally import Tally
from tests.python.properties.worlds import SIDES, Landed, Tick, World

TRADING = (
    "fct_trades",
    "agg_trades_daily",
    "agg_trade_activity_monthly",
    "fct_trade_versions",
    "rpt_restatements",
    "int_trading__sum_trade_hours",
    "int_trading__sum_trade_months",
)
DOWNSTREAM = (*DIMENSIONS, *METRICS)
VIEW = "rpt_daily_stats"
AS_OF = ("fct_trades_as_of", "agg_trades_daily_as_of")
# What does not depend on how the rows were cut into batches.
CUT_FREE = ("agg_trades_daily", *DOWNSTREAM, VIEW)
OVERLAP_ROWS = 25

FACTS = """
    account_id, trade_id, strategy, symbol, side, notional, gross_pnl, fees, funding, net_pnl,
    risk_amount, outcome, trade_date, toUnixTimestamp64Micro(closed_at)
"""
MEASURES = """
    trades, wins, losses, break_evens, gross_profit, gross_loss, net_pnl, fees, funding, notional,
    largest_win, largest_loss, long_trades, short_trades,
    toUnixTimestamp64Micro(first_closed_at), toUnixTimestamp64Micro(last_closed_at)
"""


@dataclass
class Remembered:
    """What was built, and an instant that knew the same."""

    at: str
    contents: Contents


class Trial:
    """One world in an empty warehouse."""

    def __init__(self, marts: Marts, world: World, tally: Tally) -> None:
        self.marts = marts
        self.world = world
        self.tally = tally
        self.logs = {"trades": ChangeLog(), "accounts": ChangeLog()}
        self.said: dict[str, list[Landed]] = {"trades": [], "accounts": []}
        self.last_file: dict[str, tuple[Path, Options]] = {}
        self.remembered: list[Remembered] = []
        self.oracle = Oracle()

    def run(self) -> None:
        """Raises Differs."""
        self.tally.worlds += 1
        self.tally.histories += len(self.world.histories)
        try:
            self._empty()
            for tick, files in zip(self.world.ticks, self.world.files(), strict=True):
                self._land(tick, files)
                if tick.builds:
                    self._build(*TRADING)
            self._build(*TRADING, *DOWNSTREAM)
            self._check_all()
        finally:
            self.oracle.close()

    # -- steps ----------------------------------------------------------------------------------

    def _empty(self) -> None:
        """A warehouse in which nothing has landed and no trading mart is built."""
        self.marts.command(
            "drop database {marts}_raw sync",
            *(f"drop table if exists {placed(name)} sync" for name in TRADING),
            *(f"drop table if exists {placed(name, '_kept_')} sync" for name in TRADING),
        )
        migrate(self.marts.warehouse, self.marts.feeds)

    def _land(self, tick: Tick, files: dict[str, list[Landed]]) -> None:
        for feed in sorted(files, reverse=not tick.accounts_first):
            rows = files[feed]
            if tick.repeats == "rows":
                # the last statements of every key, so they say nothing new
                rows = [*self.said[feed][-OVERLAP_ROWS:], *rows]
            log = self.logs[feed]
            # where a history returns to what it said, a file of the same bytes is another one
            options = Options(max_reject_rate=0, occasion=str(log.batches))
            path = self.marts.write([row.row() for row in rows])
            counts = log.add(rows)
            batch = self.marts.load_file(feed, path, options).batch
            landed = Counts(**{f.name: getattr(batch, f.name) for f in fields(Counts)})
            same(f"the count of batch {batch.batch_id}", [str(landed)], [str(counts)])
            if tick.repeats == "file" and feed in self.last_file:
                again = self.marts.load_file(feed, *self.last_file[feed])
                same("a repeated file", [again.repeated], [True])
                self.tally.files += 1
            self.last_file[feed] = path, options
            self.said[feed] += files[feed]
            self._count(feed, counts)
        if self.remembered:
            # fresh between the builds, by the last truth
            self.oracle.know(*self._live())
            self._check_daily_stats()

    def _count(self, feed: str, counts: Counts) -> None:
        self.tally.files += 1
        self.tally.batches += 1
        self.tally.rows += counts.rows_read
        self.tally.duplicates += counts.rows_duplicate
        if feed == "trades":
            self.tally.corrections += counts.rows_corrected
            self.tally.deletions += counts.rows_deleted

    def _build(self, *models: str) -> None:
        fresh = self.marts.contents(VIEW) if self.remembered else None
        self.marts.build(*models)
        self.tally.builds += 1
        built = self.marts.contents("fct_trades", "agg_trades_daily", VIEW)
        if fresh is not None:
            same(f"{VIEW} before the build", fresh[VIEW], built[VIEW])
        now, landed = self.marts.query(
            "select toString(now64(6, 'UTC')), toString(max(recorded_at)) "
            "from {marts}_raw._batches where status = 'done'"
        )[0]
        # the instant at which the last batch had landed, and a later one
        for at in {landed, now}:
            self.remembered.append(Remembered(at, built))

    # -- what is true ---------------------------------------------------------------------------

    def _live(self) -> tuple[dict[Key, Trade], dict[Key, Account]]:
        """The live trades and accounts, by the files so far."""
        trades, accounts = (
            {key: version.content for key, version in self.logs[feed].live.items()}
            for feed in ("trades", "accounts")
        )
        return trades, accounts  # type: ignore[return-value]

    def _truth(self) -> tuple[dict[Key, Trade], dict[Key, Account]]:
        """The same in the end, by the histories."""
        trades: dict[Key, Trade] = {}
        accounts: dict[Key, Account] = {}
        for number, history in enumerate(self.world.histories):
            for key, content in history.truth().items():
                for side in SIDES:
                    if isinstance(content, Trade):
                        trades[f"{side} {number}", key] = content
                    else:
                        accounts[f"{side} {number}", ACCOUNT] = content
        return trades, accounts

    # -- checks ---------------------------------------------------------------------------------

    def _check_all(self) -> None:
        for log in self.logs.values():
            self.tally.reinsertions += log.reinsertions if log is self.logs["trades"] else 0
            self.tally.zone_changes += log.zone_changes
        truth = self._truth()
        assert truth == self._live(), "the generator and its change log disagree"
        found = self.marts.contents(*TRADING, *DOWNSTREAM, VIEW)
        self.oracle.know(*truth)
        self.oracle.know_versions(self.logs["trades"].versions)
        self._check_values()
        self._check_daily_stats()
        self._check_versions()
        self._check_cuts(found)
        self._check_as_of()
        self._check_full(found)

    def _compare(self, what: str, select: str, expected: Callable[[], Rows]) -> None:
        same(what, self.marts.query(select), expected())

    def _check_values(self) -> None:
        self._compare(
            "fct_trades against DuckDB",
            f"select {FACTS} from {{marts}}.fct_trades",
            self.oracle.facts,
        )
        keys = "account_id, strategy, substring(symbol_id, 6), trade_date"
        self._compare(
            "agg_trades_daily against DuckDB",
            f"select {keys}, {MEASURES} from {{marts}}.agg_trades_daily",
            self.oracle.daily,
        )
        self._compare(
            "rpt_equity_curve against DuckDB",
            "select account_id, strategy, day, net_pnl, cumulative_pnl, equity "
            "from {marts}.rpt_equity_curve",
            self.oracle.curve,
        )

    def _check_daily_stats(self) -> None:
        self._compare(
            f"{VIEW} against DuckDB",
            f"select account_id, strategy, day, {MEASURES} from {{marts}}.{VIEW}",
            self.oracle.daily_stats,
        )

    def _check_versions(self) -> None:
        self._compare(
            "fct_trade_versions against DuckDB",
            f"select {FACTS}, valid_from_batch, valid_to_batch, ended_by "
            "from {marts}.fct_trade_versions",
            self.oracle.versions,
        )
        self._compare(
            "rpt_restatements against DuckDB",
            "select account_id, trade_date, batch_seq, versions_added, versions_corrected, "
            "versions_deleted, trades_after, net_pnl_after, net_pnl_change "
            "from {marts}.rpt_restatements",
            self.oracle.restatements,
        )
        # every correction and deletion that landed is a restatement, and of nothing twice
        ended = Counter(v.ended_by for v in self.logs["trades"].versions)
        self._compare(
            "the count of restatements",
            "select sum(versions_corrected), sum(versions_deleted) from {marts}.rpt_restatements",
            lambda: [(ended["correction"], ended["deletion"])],
        )
        # first reports and restatements make the final PnL of the day
        sums: Counter[tuple[Any, Any]] = Counter()
        changes = self.marts.query(
            "select account_id, trade_date, net_pnl_change from {marts}.rpt_restatements"
        )
        for account_id, day, change in [*self.oracle.first_reports(), *changes]:
            sums[account_id, day] += change
        same(
            "first reports and restatements",
            [(*key, pnl) for key, pnl in sums.items()],
            self.oracle.day_pnl(),
        )

    def _check_cuts(self, found: Contents) -> None:
        """Cut or permuted otherwise, the same statements give the same marts."""
        facts = "tuple(* except (batch_id, source_row))"
        rows = {name: found[name] for name in CUT_FREE}
        rows["fct_trades"] = self._texts(f"select toString({facts}) from {{marts}}.fct_trades")
        for name, texts in rows.items():
            left = [text for text in texts if SIDES[0] in text]
            right = [text.replace(SIDES[1], SIDES[0]) for text in texts if SIDES[1] in text]
            same(f"{name} of two cuts", left, right)

    def _check_as_of(self) -> None:
        """A read as of an instant gives what was built then."""
        for past in self.remembered:
            for view in AS_OF:
                name = view.removesuffix("_as_of")
                found = self._texts(
                    f"select toString(tuple({self._columns(name)})) "
                    f"from {{marts}}.{view}(ts = '{past.at}')"
                )
                same(f"{view} {past.at}", found, past.contents[name])

    def _check_full(self, found: Contents) -> None:
        """What was built by steps is what a full build gives."""
        expected = self.marts.in_full(TRADING, DOWNSTREAM, VIEW)
        for name, rows in expected.items():
            same(f"{name} against its full build", found[name], rows)

    def _texts(self, sql: str) -> list[str]:
        return [text for (text,) in self.marts.query(sql)]

    def _columns(self, name: str) -> str:
        return ", ".join(
            self._texts(
                "select name from system.columns where database = '{marts}' "
                f"and table = '{name}' order by position"
            )
        )
