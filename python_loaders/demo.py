"""`make demo`: sample, load, dbt build, docs site, and a short summary.

Every step is a command that is printed before it runs, so that it can be repeated by hand. All run
in one process, so that dbt and the engine's library are loaded once.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from itertools import groupby
from pathlib import Path

from dbt.cli.main import dbtRunner
from rich.console import Console
from rich.table import Table

from python_loaders import cli
from python_loaders.profile import Target, read_target
from python_loaders.quoting import identifier
from python_loaders.warehouse import Warehouse

SHOWN = 3


def main(sample: str) -> int:
    """Run the demo in the project of the current directory; the exit code of the first failure."""
    path = Path(sample) / "manifest.json"
    if not (path.is_file() and json.loads(path.read_text(encoding="utf-8"))["complete"]):
        run("tradehouse", "sample", sample)
    manifest = json.loads(path.read_text(encoding="utf-8"))
    # corrections must follow what they correct, so the order is the manifest's
    for feed, files in groupby(manifest["files"], key=lambda file: str(file["feed"])):
        run("tradehouse", "load", feed, *(str(Path(sample) / file["file"]) for file in files))
    run("dbt", "build", "--quiet", "--exclude-resource-type", "unit_test")
    run("dbt", "docs", "generate", "--static", "--quiet", "--exclude", "resource_type:test")
    summarise(read_target(Path.cwd()))
    return 0


def run(program: str, *arguments: str) -> None:
    """Print a command and run it in this process; its failure ends the demo."""
    print(f"$ {shlex.join([program, *arguments])}", flush=True)
    if program == "dbt":
        code = 0 if dbtRunner().invoke(list(arguments)).success else 1
    else:
        code = cli.main(arguments)
    if code:
        raise SystemExit(code)


def summarise(target: Target) -> None:
    """Print what was built: tables, the best and the worst strategies, and where to go on."""
    console = Console(width=100)
    schema = identifier(target.schema)
    with Warehouse(target, only_asks=True) as warehouse:
        tables = warehouse.rows(
            "select name, total_rows from system.tables where database = {d:String} "
            "and total_rows is not null and name not like '\\\\_%' order by name",
            d=target.schema,
        )
        strategies = warehouse.rows(
            "select account_id, strategy, argMax(cumulative_pnl, day) as total_pnl, "
            "argMax(cumulative_pnl, day) / any(starting_equity) as total_return, "
            f"max(drawdown_rel) as drawdown from {schema}.rpt_equity_curve as curve "
            f"left join (select account_id, starting_equity from {schema}.dim_account) as account "
            "using (account_id) where strategy <> '*' group by account_id, strategy "
            "order by total_pnl desc"
        )
    shown = Table("table", "rows", box=None, pad_edge=False)
    for row in tables:
        shown.add_row(row["name"], f"{row['total_rows']:,}")
    console.print(shown)
    ranked = Table(
        "", "account", "strategy", "net PnL", "return", "max drawdown", box=None, pad_edge=False
    )
    labelled = [("best", row) for row in strategies[:SHOWN]]
    labelled += [("worst", row) for row in strategies[-SHOWN:]]
    for label, row in labelled:
        known = row["total_return"] is not None
        ranked.add_row(
            label,
            row["account_id"],
            row["strategy"],
            f"{row['total_pnl']:,.2f}",
            f"{float(row['total_return']):.2%}" if known else "no capital",
            f"{row['drawdown']:.2%}" if row["drawdown"] is not None else "no capital",
        )
    console.print()
    console.print(ranked)
    console.print()
    site = Path(os.environ.get("DBT_TARGET_PATH", "target")) / "static_index.html"
    console.print(f"docs site  {site}", highlight=False, soft_wrap=True)
    console.print(f"warehouse  {target.path or target.host}", highlight=False, soft_wrap=True)
    console.print("next       .venv/bin/tradehouse status", highlight=False)
    console.print(
        "           .venv/bin/tradehouse query "
        f'"select * from {target.schema}.rpt_daily_stats order by day desc limit 5"',
        highlight=False,
        soft_wrap=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
