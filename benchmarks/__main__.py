"""Run the benchmarks: ``python -m benchmarks``, or ``--quick`` (QUICK=1) for smaller sizes."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks.build import build_table
from benchmarks.load import load_table
from benchmarks.market import market_table
from benchmarks.measure import write
from benchmarks.metrics import metrics_table
from benchmarks.postgres import postgres_table
from benchmarks.questions import questions_table

TABLES = {
    "load": load_table,
    "postgres": postgres_table,
    "metrics": metrics_table,
    "questions": questions_table,
    "market": market_table,
    "build": build_table,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        default=os.environ.get("QUICK", "") not in {"", "0"},
        help="smaller sizes, the load alone; the default where QUICK=1 is set",
    )
    parser.add_argument("--only", choices=sorted(TABLES), help="one of the tables")
    options = parser.parse_args()
    # a build takes minutes, so a quick run measures it only when asked to
    all_tables = ["load"] if options.quick else list(TABLES)
    for name in [options.only] if options.only else all_tables:
        text = TABLES[name](options.quick, lambda line: print(line, file=sys.stderr, flush=True))
        path = write(f"{name}-quick" if options.quick else name, text)
        print(text)
        print(f"written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
