"""Metrics of many strategies: `rpt_performance` in all windows, against QuantStats."""

from __future__ import annotations

from benchmarks.measure import Line, Run, interleaved, markdown, peak_text, seconds, seconds_text
from benchmarks.warehouses import Say, fresh_warehouse

ROUNDS = 3
DAYS = 3 * 365 + 1
# so many of them say how fast the library is; all of them would take minutes
LIBRARY_STRATEGIES = 100
FACTOR = 50


def metrics_table(quick: bool, say: Say) -> str:
    """Measure, and the Markdown table of it."""
    strategies = 1_000 if quick else 10_000
    with fresh_warehouse() as house:
        house("create")
        house("prepare")
        house("build")
        house("curves", words=[str(strategies), str(DAYS)])

        def one_round() -> dict[str, Run]:
            return {
                "ours": house("performance"),
                "library": house("quantstats", words=[str(LIBRARY_STRATEGIES), str(DAYS)]),
            }

        runs = interleaved(ROUNDS, one_round, say)
    # strategies a second, and how many times those of the library
    ours = strategies / seconds(runs["ours"])
    library = LIBRARY_STRATEGIES / seconds(runs["library"])
    lines = [
        Line(
            f"rpt_performance, {strategies:,} strategies x {DAYS:,} days: {ours:,.0f} a second",
            seconds_text(runs["ours"]),
            f"QuantStats, ten metrics, {LIBRARY_STRATEGIES} strategies: {library:,.1f} a second",
            seconds_text(runs["library"]),
            library / ours,
            1 / FACTOR,
        ),
        Line("peak memory of that build", peak_text(runs["ours"])),
    ]
    notes = [
        f"strategies a second: {ours / library:,.0f} times those of QuantStats; at least {FACTOR}"
        f" times is good; the ratio column has the inverse, {library / ours:.4f}",
        "ours: execution times of the models from fct_trades and rpt_equity_curve to"
        " rpt_performance, four windows, every metric; a trade every tenth day",
        "QuantStats: " + ", ".join(LIBRARY_METRICS) + ", over all time, its imports not counted",
    ]
    title = "Metrics of strategies" + (" (quick)" if quick else "")
    return markdown(title, ROUNDS, lines, notes)


LIBRARY_METRICS = (
    "comp", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "ulcer_index",
    "omega", "tail_ratio",
)  # fmt: skip
