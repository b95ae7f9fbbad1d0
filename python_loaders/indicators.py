"""Indicator values for bots: save, load and inspect them without touching files or SQL.

The values land in the feed ``indicator_values`` by the same path as a file: checked by its
contract, exactly once, with corrections. An identifier matches exactly: RSI_14 is not RSI_140.
Every failure is an error (``python_loaders.errors``); an empty list means that there are no values.
"""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from python_loaders.commands import landing_of
from python_loaders.contract import load_feeds
from python_loaders.errors import ConfigurationError, InputRefused
from python_loaders.ledger import Batch
from python_loaders.loader import Options, load_path
from python_loaders.migrations import migrate
from python_loaders.profile import read_target
from python_loaders.warehouse import Warehouse

FEED = "indicator_values"


@dataclass(frozen=True)
class IndicatorValue:
    """One value of an indicator: ``ts`` must carry a zone, ``confidence`` lies in [0, 1]."""

    ts: datetime
    value: float
    confidence: float | None = None


class IndicatorStore:
    """The indicator values of one warehouse.

    Args:
        project_dir: folder of dbt_project.yml.
        profiles_dir: folder of profiles.yml; default as for dbt.
        target: output of the profile; default the profile's own.

    Raises:
        ConfigurationError: no project, profile or target there.
        WarehouseUnavailable: the warehouse cannot be reached.
    """

    def __init__(
        self,
        project_dir: Path | str = ".",
        profiles_dir: Path | str | None = None,
        target: str | None = None,
    ) -> None:
        project = Path(project_dir).resolve()
        self._feeds = load_feeds(project)
        profiles = None if profiles_dir is None else Path(profiles_dir)
        self._warehouse = Warehouse(read_target(project, profiles, target))
        migrate(self._warehouse, self._feeds)

    def close(self) -> None:
        self._warehouse.close()

    def __enter__(self) -> IndicatorStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def save_values(
        self,
        session_id: str,
        symbol: str,
        indicator_id: str,
        values: Iterable[IndicatorValue],
        mode: Literal["append", "overwrite"] = "append",
    ) -> Batch:
        """Save the values of one indicator; returns the batch with its counts.

        ``append`` adds values, and corrects those whose instant is known with another value.
        ``overwrite`` also deletes every saved value whose instant is not among the new ones.

        Raises:
            InputRefused: a value is not finite, an instant has no zone, or nothing was given to
                append; nothing landed.
        """
        if mode not in ("append", "overwrite"):
            raise ConfigurationError(f"mode {mode!r}: append or overwrite")
        identity = {"session_id": session_id, "symbol": symbol, "indicator_id": indicator_id}
        records: dict[datetime, dict[str, Any]] = {}
        if mode == "overwrite":
            for old in self.load_values(session_id, symbol, indicator_id):
                records[old.ts] = {**identity, "ts": old.ts.isoformat(), "_op": "delete"}
        for new in values:
            if new.ts.tzinfo is None:
                raise InputRefused(f"{indicator_id}: the instant {new.ts} has no zone; give it one")
            fields = {key: value for key, value in asdict(new).items() if value is not None}
            ts = new.ts.astimezone(timezone.utc)
            records[ts] = {**identity, **fields, "ts": ts.isoformat(), "_op": "upsert"}
        if not records:
            raise InputRefused(f"{indicator_id}: no values to {mode}")
        return self._land(list(records.values()), indicator_id)

    def load_values(
        self, session_id: str, symbol: str, indicator_id: str, limit: int | None = None
    ) -> list[IndicatorValue]:
        """The values of exactly this indicator, oldest first; with ``limit`` the newest ones."""
        newest = "" if limit is None else " order by ts desc limit {limit:UInt64}"
        rows = self._warehouse.rows(
            f"select ts, value, confidence from ({self._live()}{newest}) order by ts",
            session=session_id,
            symbol=symbol,
            indicator=indicator_id,
            **({} if limit is None else {"limit": limit}),
        )
        return [IndicatorValue(row["ts"], row["value"], row["confidence"]) for row in rows]

    def storage_info(self, session_id: str, symbol: str, indicator_id: str) -> dict[str, Any]:
        """``values`` (count), ``first_ts``, ``last_ts`` (None without values), ``bytes`` on disk.

        ``bytes`` is the indicator's share of the table by its rows.
        """
        identity = {"session": session_id, "symbol": symbol, "indicator": indicator_id}
        live = self._warehouse.rows(
            f"select count() as n, min(ts) as first_ts, max(ts) as last_ts from ({self._live()})",
            **identity,
        )[0]
        table = self._warehouse.rows(
            "select sum(rows) as table_rows, sum(bytes_on_disk) as table_bytes from system.parts "
            "where active and database = {d:String} and table = {t:String}",
            d=self._warehouse.database,
            t=FEED,
        )[0]
        count = int(live["n"])
        share = int(table["table_bytes"]) / max(1, int(table["table_rows"]))
        return {
            "values": count,
            "first_ts": live["first_ts"] if count else None,
            "last_ts": live["last_ts"] if count else None,
            "bytes": round(share * count),
        }

    def _live(self) -> str:
        """Live versions of one indicator: within a partition, those whose signs leave one."""
        return (
            "select ts, any(value) as value, any(confidence) as confidence "
            f"from {self._warehouse.name(FEED)} where session_id = {{session:String}} "
            "and symbol = {symbol:String} and indicator_id = {indicator:String} "
            "group by ts, _row_hash having sum(_sign) > 0"
        )

    def _land(self, records: list[dict[str, Any]], indicator_id: str) -> Batch:
        with tempfile.TemporaryDirectory(prefix="tradehouse-") as folder:
            path = Path(folder) / "values.jsonl"
            with path.open("w", encoding="utf-8") as stream:
                for record in records:
                    stream.write(json.dumps(record) + "\n")
            options = Options(
                constants={"scope": "session", "created_by": "save_values"},
                max_reject_rate=0,
                occasion=uuid.uuid4().hex,
            )
            return load_path(landing_of(self._warehouse), self._feeds, FEED, path, options)[0].batch
