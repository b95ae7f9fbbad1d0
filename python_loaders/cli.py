"""The command line ``tradehouse``: load files, look at feeds, batches and rejects, query."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from python_loaders import commands, logs
from python_loaders.contract import find_feed, load_feeds
from python_loaders.errors import (
    ConfigurationError,
    InputRefused,
    TradehouseError,
    WarehouseUnavailable,
    in_one_line,
    listed,
)
from python_loaders.explain import WINDOWS, NotReproduced, explain, shown
from python_loaders.formats import list_formats
from python_loaders.loader import DEFAULT_MAX_REJECT_RATE, Loaded, Options, load_path
from python_loaders.migrations import REFUSED, history, migrate, plan, roll_back
from python_loaders.postgres.arguments import add_postgres
from python_loaders.printing import (
    feed_object,
    presence,
    print_explanations,
    print_json,
    print_loaded,
    print_table,
)
from python_loaders.profile import Target, read_target
from python_loaders.recompute import metrics
from python_loaders.warehouse import Warehouse

DEFAULT_REJECTS_SHOWN = 100
DEFAULT_ROWS_SHOWN = 20

_READS = re.compile(r"\(*\s*(select|with|show|describe|desc|explain|exists)\b", re.IGNORECASE)
_WRITES_A_FILE = re.compile(r"\binto\s+outfile\b", re.IGNORECASE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or that of the error family (DESIGN)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logs.configure(options.log_format)
    try:
        return int(options.run(options))
    except TradehouseError as error:
        if options.debug:
            raise
        logs.say_error(error)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except OperationalError as error:
        if options.debug:
            raise
        logs.say_error(
            WarehouseUnavailable(
                f"the connection to the warehouse failed: {in_one_line(error)}; run the command "
                "again, which finishes or repeats what was begun"
            )
        )
        return WarehouseUnavailable.exit_code
    except Exception as error:
        if options.debug:
            raise
        logs.say_error(
            TradehouseError(
                f"unexpected {type(error).__name__}: {in_one_line(error)}; run again with --debug"
            )
        )
        return TradehouseError.exit_code


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--target", help="output of the dbt profile (default: the profile's own)")
    common.add_argument("--profiles-dir", type=Path, help="folder of profiles.yml")
    common.add_argument(
        "--project-dir", type=Path, default=Path(), help="folder of dbt_project.yml"
    )
    common.add_argument("--log-format", choices=["text", "json"], default="text")
    common.add_argument("--debug", action="store_true", help="show tracebacks")

    parser = argparse.ArgumentParser(
        prog="tradehouse", description="Load and query the Tradehouse warehouse."
    )
    commands = parser.add_subparsers(dest="command", required=True)

    load = commands.add_parser("load", parents=[common], help="land files in a feed")
    load.add_argument("feed")
    load.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    load.add_argument("--format", help="see tradehouse feeds; default: by the file's suffix")
    load.add_argument(
        "--set", action="append", default=[], metavar="COLUMN=VALUE", help="a constant column"
    )
    load.add_argument("--timezone", help="IANA zone of times that carry no offset")
    load.add_argument("--max-reject-rate", type=float, default=DEFAULT_MAX_REJECT_RATE)
    load.add_argument("--json", action="store_true", help="print the batches as JSON")
    load.set_defaults(run=_load)

    feeds = commands.add_parser("feeds", parents=[common], help="the contracts and their formats")
    feeds.add_argument("feed", nargs="?")
    feeds.add_argument("--json", action="store_true")
    feeds.set_defaults(run=_feeds)

    status = commands.add_parser("status", parents=[common], help="batches and rows of every feed")
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=_status)

    rejects = commands.add_parser("rejects", parents=[common], help="quarantined rows and reasons")
    rejects.add_argument("feed")
    rejects.add_argument("--limit", type=int, default=DEFAULT_REJECTS_SHOWN)
    rejects.add_argument("--json", action="store_true")
    rejects.set_defaults(run=_rejects)

    query = commands.add_parser("query", parents=[common], help="read-only SQL on the target")
    query.add_argument("sql")
    shape = query.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="an array of row objects")
    shape.add_argument("--csv", action="store_true", help="CSV with a header")
    query.set_defaults(run=_query)

    explanation = commands.add_parser(
        "explain", parents=[common], help="a metric, its formula, and the rows that make it"
    )
    explanation.add_argument("metric", metavar="METRIC", help="column of rpt_performance, or all")
    explanation.add_argument("--account", required=True)
    explanation.add_argument("--strategy", default="*", help="default: *, the whole account")
    explanation.add_argument("--window", choices=WINDOWS, default="all", help="default: all")
    explanation.add_argument("--limit", type=int, default=DEFAULT_ROWS_SHOWN, help="rows to show")
    explanation.add_argument("--json", action="store_true", help="everything, with all rows")
    explanation.set_defaults(run=_explain)

    migrations = commands.add_parser(
        "migrate", parents=[common], help="bring the raw tables to what the contracts say"
    )
    what = migrations.add_mutually_exclusive_group()
    what.add_argument("--dry-run", action="store_true", help="print what it would do")
    what.add_argument("--rollback", action="store_true", help="take the last change back")
    what.add_argument("--history", action="store_true", help="print what was done")
    migrations.add_argument("--json", action="store_true")
    migrations.set_defaults(run=_migrate)

    sample = commands.add_parser("sample", parents=[common], help="write deterministic input")
    sample.add_argument("directory", type=Path, metavar="DIR")
    sample.add_argument("--days", type=int, default=120)
    sample.add_argument("--accounts", type=int, default=6)
    sample.add_argument("--trades", type=int, default=10_000)
    sample.add_argument("--ticks", type=int, default=20_000)
    sample.add_argument("--seed", type=int, default=1)
    sample.set_defaults(run=_sample)
    add_postgres(commands, common)
    return parser


def _project(options: argparse.Namespace) -> Path:
    return Path(options.project_dir).resolve()


def _target(options: argparse.Namespace) -> Target:
    return read_target(_project(options), options.profiles_dir, options.target)


def _commands(target: Target) -> ModuleType:
    """What depends on the kind of warehouse."""
    if target.type != "postgres":
        return commands
    try:
        from python_loaders.postgres_target import commands as of_postgres
    except ImportError as error:
        raise ConfigurationError(
            "a target of type postgres needs a driver that is not installed: "
            "pip install 'tradehouse[postgres]'"
        ) from error
    return of_postgres


def _load(options: argparse.Namespace) -> int:
    constants = {}
    for entry in options.set:
        column, equals, value = entry.partition("=")
        if not equals:
            raise ConfigurationError(f"--set {entry}: write COLUMN=VALUE")
        constants[column] = value
    choice = Options(
        format=options.format,
        constants=constants,
        timezone=options.timezone,
        max_reject_rate=options.max_reject_rate,
    )
    feeds = load_feeds(_project(options))
    find_feed(feeds, options.feed)
    loaded: list[Loaded] = []
    refusals: list[InputRefused] = []
    target = _target(options)
    kind = _commands(target)
    console = Console(stderr=True)
    with (
        kind.open_warehouse(target, feeds) as warehouse,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,} rows"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        ) as bar,
    ):
        for path in options.paths:
            task = bar.add_task(path.name, total=None)
            try:
                loaded += load_path(
                    kind.landing_of(warehouse), feeds, options.feed, path, choice,
                    lambda rows, task=task: bar.update(task, completed=rows),  # type: ignore[misc]
                )  # fmt: skip
            except InputRefused as reason:
                if options.debug:
                    raise
                # the other files of the command are good or bad by themselves
                refusals.append(reason)
            bar.remove_task(task)
    print_loaded(loaded, options.json)
    for refusal in refusals:
        logs.say_error(refusal)
    return InputRefused.exit_code if refusals else 0


def _feeds(options: argparse.Namespace) -> int:
    feeds = load_feeds(_project(options))
    chosen = [find_feed(feeds, options.feed)] if options.feed else list(feeds.values())
    if options.json:
        print_json([feed_object(feed) for feed in chosen])
    elif options.feed:
        feed = chosen[0]
        print(f"{feed.name} ({feed.mode}): {feed.description}")
        print(f"key {', '.join(feed.key)}; event time {feed.event_time}; by {feed.partition_by}")
        print(f"formats {', '.join(list_formats(feed.name))}")
        rows = [
            [
                column.name,
                column.type,
                presence(column.required, column.default),
                column.description,
            ]
            for column in feed.columns
        ]
        print_table(["column", "type", "in a source", "description"], rows)
    else:
        print_table(
            ["feed", "mode", "key", "formats"],
            [[f.name, f.mode, ", ".join(f.key), ", ".join(list_formats(f.name))] for f in chosen],
        )
    return 0


def _status(options: argparse.Namespace) -> int:
    feeds = load_feeds(_project(options))
    target = _target(options)
    feed_rows = _commands(target).feed_rows(target, feeds)
    if options.json:
        print_json(feed_rows)
        return 0
    names = ["feed", "rows", "read", "landed", "duplicates", "rejected", "batches_open",
             "last_batch", "event_time_min", "event_time_max", "freshness_s"]  # fmt: skip
    print_table(names, [[row[name] for name in names] for row in feed_rows])
    return 0


def _rejects(options: argparse.Namespace) -> int:
    feeds = load_feeds(_project(options))
    feed = find_feed(feeds, options.feed)
    target = _target(options)
    rows = _commands(target).rejected_rows(target, feeds, feed, options.limit)
    if options.json:
        print_json(rows)
        return 0
    names = ["source", "row", "column", "value", "reason"]
    print_table(names, [[row[name] for name in names] for row in rows])
    return 0


def _query(options: argparse.Namespace) -> int:
    sql = options.sql.strip().rstrip(";").rstrip()
    # readonly alone would still let a query write files and temporary tables
    if not _READS.match(sql) or _WRITES_A_FILE.search(sql):
        raise ConfigurationError(
            "query only reads: start with select, with, show, describe, explain or exists, "
            "and do not write a file"
        )
    target = _target(options)
    _commands(target).print_query(target, sql, as_json=options.json, as_csv=options.csv)
    return 0


def _explain(options: argparse.Namespace) -> int:
    names = metrics() if options.metric == "all" else [options.metric]
    with Warehouse(_target(options), only_asks=True) as warehouse:
        try:
            explained = explain(warehouse, names, options.account, options.strategy, options.window)
        except DatabaseError as error:
            raise ConfigurationError(
                f"the reports cannot be read: {in_one_line(error)}; run dbt build"
            ) from error
    print_explanations(explained, options.limit, options.json)
    differing = [one for one in explained if not one.agrees]
    if differing:
        first = differing[0]
        raise NotReproduced(
            f"{listed([one.metric for one in differing])} of account {options.account}, strategy "
            f"{options.strategy}, window {options.window}: {first.metric} is {shown(first.value)}, "
            f"but its {first.kind} make {shown(first.recomputed)}; run dbt build, and report it if "
            "this stays"
        )
    return 0


def _migrate(options: argparse.Namespace) -> int:
    feeds = load_feeds(_project(options))
    with Warehouse(_target(options)) as warehouse:
        if options.dry_run:
            changes = plan(warehouse, feeds)
        elif options.history:
            changes = history(warehouse)
        elif options.rollback:
            changes = [roll_back(warehouse, feeds)]
        else:
            changes = migrate(warehouse, feeds)
    rows = [asdict(change) for change in changes]
    names = ["migration", "status", "change", "table", "column", "type", "advice"]
    if options.json:
        print_json(rows)
    elif rows:
        print_table(names, [[row[name] or None for name in names] for row in rows])
    else:
        print("nothing to do: the raw tables are what the contracts say")
    refused = any(change.status == REFUSED for change in changes)
    return ConfigurationError.exit_code if refused else 0


def _sample(options: argparse.Namespace) -> int:
    from python_loaders.sample import write_sample

    manifest = write_sample(
        options.directory,
        days=options.days,
        accounts=options.accounts,
        trades=options.trades,
        ticks=options.ticks,
        seed=options.seed,
    )
    print(f"{options.directory}: {len(manifest['files'])} files and manifest.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
