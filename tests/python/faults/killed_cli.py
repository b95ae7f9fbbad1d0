"""Run the command line and kill the process at one of its writes; see killer.py.

python killed_cli.py POINT MOMENT LOG ARGUMENTS...
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from python_loaders import warehouse as product
from python_loaders.cli import main
from python_loaders.raw import LEDGER
from tests.python.faults.killer import WRITES, Killer, label_of


def install(killer: Killer) -> None:
    connect = product._connect

    def connected(target: Any, only_asks: bool) -> Any:
        client = connect(target, only_asks)
        command, raw_insert = client.command, client.raw_insert

        def killed_command(cmd: str, *args: Any, **kwargs: Any) -> Any:
            if not WRITES.match(cmd):
                return command(cmd, *args, **kwargs)
            label = label_of(cmd)
            if LEDGER in label and label.startswith("insert"):
                label = f"ledger says {kwargs['parameters']['status']}"
            return killer.around(label, command, cmd, *args, **kwargs)

        def killed_raw_insert(table: str, *args: Any, **kwargs: Any) -> Any:
            name = table.rsplit(".", 1)[-1]
            return killer.around(f"insert into {name}", raw_insert, table, *args, **kwargs)

        client.command = killed_command
        client.raw_insert = killed_raw_insert
        return client

    product._connect = connected


if __name__ == "__main__":
    install(Killer(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
    sys.exit(main(sys.argv[4:]))
