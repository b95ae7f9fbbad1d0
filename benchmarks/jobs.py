"""The jobs that are measured, each in a process of its own; imports are not part of the time.

``land FEED``: ``tradehouse load FEED FILE``, through its command line; trades unless it is named.
``insert FEED``: the engine's own ``insert ... select ... from file(...)`` into the same raw table;
the time is the statement's alone, without opening the warehouse and creating the table.
``sync``: ``tradehouse sync postgres``, through its command line.
``insert_postgres``: the engine's own ``insert ... select ... from postgresql(...)``, as ``insert``.
``prepare``: seeds and snapshots.
``build OPTIONS``: ``dbt run`` of every model or of those selected, one at a time, so that none
waits for another; the time is the sum of the models' execution times, as in ``run_results.json``.
``rebuild``: the same with ``--full-refresh``.
``create``: the raw tables, without rows.
``curves STRATEGIES DAYS``: fill an account for each hundred strategies, their equity curves, and a
trade every tenth day, in the built and empty marts.
``performance``: ``dbt run`` of the models between them and rpt_performance; time as in ``build``.
``quantstats STRATEGIES DAYS``: ten metrics of as many random series of returns.
Those of ``benchmarks.question_jobs`` and ``benchmarks.market_jobs`` are here too.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, TypeVar

import chdb  # noqa: F401  # loaded by the first connection otherwise, which is measured

from benchmarks.market_jobs import ask_candles, bytes_on_disk, export_candles, read
from benchmarks.measure import PROJECT, result
from benchmarks.question_jobs import ask, export_answers
from python_loaders.cli import main as tradehouse
from python_loaders.contract import Feed, load_feeds
from python_loaders.migrations import migrate
from python_loaders.profile import read_target
from python_loaders.quoting import identifier, literal
from python_loaders.warehouse import Warehouse

T = TypeVar("T")


def land(profiles: str, file: str, feed: str = "trades") -> dict[str, Any]:
    command = [
        "load", feed, file, "--json",
        "--project-dir", str(PROJECT), "--profiles-dir", profiles,
    ]  # fmt: skip
    printed = io.StringIO()
    with redirect_stdout(printed):
        code, seconds, cpu_seconds = _timed(lambda: tradehouse(command))
    if code:
        raise SystemExit(f"tradehouse load ended with {code}")
    return result(seconds, cpu_seconds, json.loads(printed.getvalue())[0]["landed"])


def insert(profiles: str, file: str, feed: str = "trades") -> dict[str, Any]:
    feeds = load_feeds(PROJECT)
    with Warehouse(read_target(PROJECT, Path(profiles))) as warehouse:
        migrate(warehouse, feeds)
        statement = insert_sql(warehouse, feeds[feed], file)
        _, seconds, cpu_seconds = _timed(lambda: warehouse.command(statement))
        rows = int(warehouse.scalar(f"select count() from {warehouse.name(feed)}"))
        return result(seconds, cpu_seconds, rows)


def sync(profiles: str, project: str) -> dict[str, Any]:
    command = [
        "sync", "postgres", "--source", "bench", "--json",
        "--project-dir", project, "--profiles-dir", profiles,
    ]  # fmt: skip
    printed = io.StringIO()
    with redirect_stdout(printed):
        code, seconds, cpu_seconds = _timed(lambda: tradehouse(command))
    if code:
        raise SystemExit(f"tradehouse sync ended with {code}")
    landed = sum(batch["landed"] for batch in json.loads(printed.getvalue()))
    return result(seconds, cpu_seconds, landed)


def insert_postgres(profiles: str, place: str) -> dict[str, Any]:
    """``place``: the socket's folder and, as its last part, the database."""
    socket, _, database = place.rpartition("/")
    feeds = load_feeds(PROJECT)
    with Warehouse(read_target(PROJECT, Path(profiles))) as warehouse:
        migrate(warehouse, feeds)
        listed = ", ".join(identifier(name) for name in feeds["trades"].column_names)
        statement = (
            f"insert into {warehouse.name('trades')} ({listed}) select {listed} from postgresql("
            f"{literal(socket)}, {literal(database)}, 'trades', 'postgres', '')"
        )
        _, seconds, cpu_seconds = _timed(lambda: warehouse.command(statement))
        rows = int(warehouse.scalar(f"select count() from {warehouse.name('trades')}"))
        return result(seconds, cpu_seconds, rows)


def insert_sql(warehouse: Warehouse, feed: Feed, file: str) -> str:
    """The engine reads the types of the table; in a CSV file an array is JSON text."""
    is_csv = file.endswith(".csv")
    arrays = [column.name for column in feed.columns if column.base_type == "Array(String)"]
    texts = arrays if is_csv else []
    structure = ", ".join(
        f"{identifier(column.name)} {'String' if column.name in texts else column.type}"
        for column in feed.columns
    )
    selected = ", ".join(
        f"JSONExtract({identifier(name)}, 'Array(String)')" if name in texts else identifier(name)
        for name in feed.column_names
    )
    listed = ", ".join(identifier(name) for name in feed.column_names)
    return (
        f"insert into {warehouse.name(feed.name)} ({listed}) select {selected} from file("
        f"{literal(file)}, {literal('CSVWithNames' if is_csv else 'Parquet')}, "
        f"{literal(structure)}) settings date_time_input_format = 'best_effort'"
    )


def prepare(profiles: str) -> dict[str, Any]:
    for command in ("seed", "snapshot"):
        _dbt(profiles, command)
    return result(0, 0, 0)


def build(profiles: str, *options: str) -> dict[str, Any]:
    return _run_models(profiles, *options)


def rebuild(profiles: str) -> dict[str, Any]:
    return _run_models(profiles, "--full-refresh")


def create(profiles: str) -> dict[str, Any]:
    with Warehouse(read_target(PROJECT, Path(profiles))) as warehouse:
        migrate(warehouse, load_feeds(PROJECT))
    return result(0, 0, 0)


def curves(profiles: str, strategies: str, days: str) -> dict[str, Any]:
    """Returns are random; what is not read by the metrics has its default."""
    n, n_days = int(strategies), int(days)
    day = "toDate('2022-01-01') + number % {d:UInt32}"
    curve = "intDiv(number, {d:UInt32})"
    account = f"concat('a', toString(intDiv({curve}, 100)))"
    value = "round(10 * randNormal(0.2, 3), 6)"
    with Warehouse(read_target(PROJECT, Path(profiles))) as warehouse:
        for name in ("dim_account", "rpt_equity_curve", "fct_trades"):
            warehouse.command(f"truncate table tradehouse.{name}")
        warehouse.command(
            "insert into tradehouse.dim_account (account_id, account_kind, base_currency, "
            "trading_zone, starting_equity, periods_per_year, started_at) select "
            "concat('a', toString(number)), 'bot', 'USDT', 'UTC', 100000, 365, '2022-01-01' "
            "from numbers(intDiv({n:UInt32} + 99, 100))",
            n=n,
        )
        for strategy, count in (("concat('s', toString(curve))", n), ("'*'", -(-n // 100))):
            owner = account if count == n else f"concat('a', toString({curve}))"
            warehouse.command(
                "insert into tradehouse.rpt_equity_curve (account_id, strategy, day, net_pnl, "
                "cumulative_pnl, equity, daily_return, peak_equity, drawdown_abs, drawdown_rel) "
                f"select account_id, {strategy}, day, pnl, total, 100000 + total, "
                "toFloat64(pnl) / toFloat64(100000 + total - pnl), 100000 + peak, peak - total, "
                "toFloat64(peak - total) / toFloat64(100000 + peak) from (select *, "
                "greatest(max(total) over (partition by curve order by day), 0) as peak from "
                "(select *, sum(pnl) over (partition by curve order by day) as total from (select "
                f"{owner} as account_id, {curve} as curve, {day} as day, "
                f"toDecimal128({value}, 12) as pnl from numbers({{d:UInt32}} * {{n:UInt32}}))))",
                n=count,
                d=n_days,
            )
        warehouse.command(
            "insert into tradehouse.fct_trades (account_id, trade_id, strategy, side, trade_date, "
            "opened_at, closed_at, holding_s, net_pnl, notional, r_multiple, outcome) select "
            f"{account}, toString(number), concat('s', toString({curve})), 'long', {day} as d, "
            "d, toDateTime64(d, 6, 'UTC') + 3600, 3600, toDecimal128(x, 12), 1000, x / 30, "
            f"if(x > 0, 'win', 'loss') from (select number * 10 as number, {value} as x "
            "from numbers(intDiv({d:UInt32} * {n:UInt32}, 10)))",
            n=n,
            d=n_days,
        )
        # or the engine merges its parts while the metrics are measured
        warehouse.command("optimize table tradehouse.rpt_equity_curve final")
        rows = int(warehouse.scalar("select count() from tradehouse.rpt_equity_curve"))
    return result(0, 0, rows)


def performance(profiles: str) -> dict[str, Any]:
    return _run_models(
        profiles, "--full-refresh", "--select", "int_trading__list_windows",
        "int_trading__sum_trade_months", "int_trading__measure_return_windows",
        "int_trading__measure_trade_windows", "rpt_performance",
    )  # fmt: skip


def quantstats(_: str, strategies: str, days: str) -> dict[str, Any]:
    import numpy
    import pandas
    import quantstats

    from benchmarks.metrics import LIBRARY_METRICS

    functions = [getattr(quantstats.stats, name) for name in LIBRARY_METRICS]
    index = pandas.date_range("2022-01-01", periods=int(days))
    draw = numpy.random.default_rng(1)
    series = [
        pandas.Series(draw.normal(0.0005, 0.02, int(days)), index=index)
        for _ in range(int(strategies))
    ]

    measured, seconds, cpu_seconds = _timed(
        lambda: [[function(returns) for function in functions] for returns in series]
    )
    return result(seconds, cpu_seconds, len(measured))


def _run_models(profiles: str, *options: str) -> dict[str, Any]:
    done, _, cpu_seconds = _timed(lambda: _dbt(profiles, "run", "--threads", "1", *options))
    models = [node for node in done.results if node.node.resource_type == "model"]
    return result(sum(node.execution_time for node in models), cpu_seconds, len(models))


def _dbt(profiles: str, command: str, *options: str) -> Any:
    from dbt.cli.main import dbtRunner

    done = dbtRunner().invoke(
        [
            command, *options, "--project-dir", str(PROJECT), "--profiles-dir", profiles,
            "--target-path", f"{profiles}/target", "--log-path", f"{profiles}/logs", "--quiet",
        ]
    )  # fmt: skip
    if not done.success:
        raise SystemExit(f"dbt {command} failed: {done.exception}")
    return done.result


def _timed(job: Callable[[], T]) -> tuple[T, float, float]:
    before, started = os.times(), time.monotonic()
    value = job()
    seconds, after = time.monotonic() - started, os.times()
    return value, seconds, after.user + after.system - before.user - before.system


if __name__ == "__main__":
    jobs: dict[str, Callable[..., dict[str, Any]]] = {
        job.__name__: job
        for job in (
            land, insert, sync, insert_postgres, prepare, build, rebuild,
            create, curves, performance, quantstats, export_answers, ask,
            bytes_on_disk, read, export_candles, ask_candles,
        )
    }  # fmt: skip
    print(json.dumps(jobs[sys.argv[1]](*sys.argv[2:])), flush=True)
