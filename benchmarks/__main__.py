"""Run the benchmarks: ``python -m benchmarks``, or ``--quick`` (QUICK=1) for about a minute."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks.load import load_table
from benchmarks.measure import write


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        default=os.environ.get("QUICK", "") not in {"", "0"},
        help="smaller sizes, about a minute; the default where QUICK=1 is set",
    )
    quick = parser.parse_args().quick
    text = load_table(quick, lambda line: print(line, file=sys.stderr, flush=True))
    path = write("load-quick" if quick else "load", text)
    print(text)
    print(f"written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
