"""Structured logs on standard error: text for people, one JSON object a line for machines."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, timezone.utc)
        return json.dumps(
            {
                "at": at.isoformat(timespec="milliseconds"),
                "level": record.levelname.lower(),
                "event": record.getMessage(),
                **_fields(record),
            },
            default=str,
        )


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={value}" for key, value in _fields(record).items())
        return f"{record.levelname.lower()}: {record.getMessage()} {fields}".rstrip()


def configure(log_format: str) -> None:
    """Send the loaders' log to standard error.

    ``text`` shows warnings only, since commands print their own summary; ``json`` shows everything.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if log_format == "json" else _Text())
    # what the client warns of arrives as an exception as well
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
    # the driver logs what our own error says in one line
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    logger = logging.getLogger("tradehouse")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(logging.INFO if log_format == "json" else logging.WARNING)


def say_error(error: Exception) -> None:
    """One line on standard error: text for people, an object of the log for machines."""
    text = str(error).replace("\n", "\\n")
    logger = logging.getLogger("tradehouse")
    if logger.isEnabledFor(logging.INFO):
        logger.error(text, extra={"error": type(error).__name__})
    else:
        print(f"tradehouse: {text}", file=sys.stderr)
