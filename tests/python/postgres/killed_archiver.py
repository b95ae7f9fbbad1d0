"""Run the command line and stop it at one of its writes, to the warehouse or to PostgreSQL.

python killed_archiver.py POINT MOMENT LOG ARGUMENTS...

Moments are those of ``faults/killer.py``, and ``fails``: the write raises instead, as when the
connection to its engine is lost before the answer.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.exceptions import OperationalError

from python_loaders.cli import main
from python_loaders.errors import WarehouseUnavailable
from python_loaders.postgres.session import Session
from tests.python.faults.killed_cli import install
from tests.python.faults.killer import Killer

WRITES = re.compile(r"(set local|with gone|insert|commit|begin$)|.* for update$", re.DOTALL)


class Stopper(Killer):
    """A killer that can also let a write fail, after it was done."""

    def around(self, label: str, call: Any, *args: Any, **kwargs: Any) -> Any:
        number, at_point = self.count, self.point == str(self.count)
        if self.moment != "fails" or not at_point:
            return super().around(label, call, *args, **kwargs)
        self.count = number + 1
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"{number}\t{label}\n")
        call(*args, **kwargs)
        raise (WarehouseUnavailable if label.startswith("postgres") else OperationalError)("lost")


def install_postgres(killer: Killer) -> None:
    rows = Session.rows

    def watched(self: Session, sql: str, *parameters: Any) -> Any:
        written = WRITES.match(sql)
        if written is None:
            return rows(self, sql, *parameters)
        label = (written[1] or "select for update").replace("with gone", "delete")
        return killer.around(f"postgres: {label}", rows, self, sql, *parameters)

    Session.rows = watched  # type: ignore[method-assign]


if __name__ == "__main__":
    stopper = Stopper(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    install(stopper)
    install_postgres(stopper)
    sys.exit(main(sys.argv[4:]))
