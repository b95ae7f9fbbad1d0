"""Run the command line and kill the process, with SIGKILL, at one of its writes.

    python killed_cli.py POINT MOMENT LOG ARGUMENTS...

Every statement that changes the warehouse is a point, numbered from 0. MOMENT is ``before``,
``after`` or a number of milliseconds into it. POINT -1 kills nowhere. The points are written to LOG
as they are reached, one a line. The product knows nothing of this: the wrapper sits on the client
that the loaders are given.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from python_loaders import warehouse as product
from python_loaders.cli import main
from python_loaders.raw import LEDGER

_WRITES = re.compile(r"\s*(create|insert|alter|drop|rename|delete)\b", re.IGNORECASE)
_NOISE = re.compile(r'"?[a-z0-9_]*_raw"?\.|"')


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Killer:
    def __init__(self, point: int, moment: str, log: Path) -> None:
        self.point, self.moment, self.log = point, moment, log
        self.count = 0

    def around(self, label: str, call: Any, *args: Any, **kwargs: Any) -> Any:
        number, self.count = self.count, self.count + 1
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"{number}\t{label}\n")
        if number != self.point:
            return call(*args, **kwargs)
        if self.moment == "before":
            kill()
        if self.moment.isdigit():
            threading.Timer(int(self.moment) / 1000, kill).start()
        result = call(*args, **kwargs)
        kill()
        return result


def label_of(sql: str) -> str:
    words = _NOISE.sub("", " ".join(sql.split()))
    short = re.match(
        r"(create (?:table|database)(?: if not exists)? \S+|insert into \S+|"
        r"alter table \S+ \w+ \w+(?: id \S+)?|drop table(?: if exists)? \S+|"
        r"rename table \S+ to \S+)",
        words,
        re.IGNORECASE,
    )
    return short[1] if short else words[:60]


def install(killer: Killer) -> None:
    connect = product._connect

    def connected(target: Any) -> Any:
        client = connect(target)
        command, raw_insert = client.command, client.raw_insert

        def killed_command(cmd: str, *args: Any, **kwargs: Any) -> Any:
            if not _WRITES.match(cmd):
                return command(cmd, *args, **kwargs)
            label = label_of(cmd)
            if LEDGER in label and label.startswith("insert"):
                label = f"ledger says {kwargs['parameters']['status']}"
            return killer.around(label, command, cmd, *args, **kwargs)

        def killed_raw_insert(table: str, *args: Any, **kwargs: Any) -> Any:
            name = table.rsplit(".", 1)[-1]
            return killer.around(f"insert rows into {name}", raw_insert, table, *args, **kwargs)

        client.command = killed_command
        client.raw_insert = killed_raw_insert
        return client

    product._connect = connected


if __name__ == "__main__":
    install(Killer(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
    sys.exit(main(sys.argv[4:]))
