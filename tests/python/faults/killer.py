"""Kill the process, with SIGKILL, at one of its writes to the warehouse.

Every write is a point, numbered from 0. A driver wraps the calls of a client in ``Killer.around``;
the product knows nothing of this.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from pathlib import Path
from typing import Any

WRITES = re.compile(r"\s*(create|insert|alter|drop|rename|exchange|delete)\b", re.IGNORECASE)
_NOISE = re.compile(r'"?[a-z0-9_]*_raw"?\.|"')
_SHORT = re.compile(
    r"(create (?:table|database)(?: if not exists)? \S+|insert into \S+|"
    r"alter table \S+ \w+ \w+(?: id \S+)?|drop table(?: if exists)? \S+|"
    r"rename table \S+ to \S+|exchange tables \S+ and \S+)",
    re.IGNORECASE,
)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Killer:
    """Kills ``before``, ``after`` or a number of milliseconds into the write at ``point``.

    A point is a number, -1 for nowhere, or the beginning of a label for the first write that has
    it. The points are written to ``log`` as they are reached, one a line, and the milliseconds that
    each took beside it, to ``.ms``.
    """

    def __init__(self, point: str, moment: str, log: Path) -> None:
        self.point, self.moment, self.log = point, moment, log
        self.count = 0

    def around(self, label: str, call: Any, *args: Any, **kwargs: Any) -> Any:
        number, self.count = self.count, self.count + 1
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"{number}\t{label}\n")
        if self.point != str(number) and not label.startswith(self.point):
            return self._timed(call, *args, **kwargs)
        if self.moment == "before":
            kill()
        if self.moment != "after":
            threading.Timer(float(self.moment) / 1000, kill).start()
        result = call(*args, **kwargs)
        kill()
        return result

    def _timed(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        started = time.monotonic()
        result = call(*args, **kwargs)
        with self.log.with_name(f"{self.log.name}.ms").open("a", encoding="utf-8") as stream:
            stream.write(f"{(time.monotonic() - started) * 1000:.1f}\n")
        return result


def label_of(sql: str) -> str:
    """What a statement writes to, in few words."""
    words = _NOISE.sub("", " ".join(sql.split()))
    short = _SHORT.match(words)
    return short[1] if short else words[:60]
