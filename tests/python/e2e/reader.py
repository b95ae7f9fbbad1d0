"""Answers queries, a line of JSON each, so that a test need not start a process for every one."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from python_loaders.cli import main
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse

# ends an answer: the text of a query's result holds no control character unescaped
END = "\x04"

if __name__ == "__main__":
    # with a connection open the embedded engine does not stop between two queries
    with Warehouse(read_target(Path.cwd())):
        for line in sys.stdin:
            code = main(["query", json.loads(line), "--json"])
            print(f"{END}{code}", flush=True)
