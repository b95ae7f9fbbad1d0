"""The arguments of ``sync``, ``verify`` and ``archive``, which need no driver to be shown."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from python_loaders.errors import ConfigurationError

DEFAULT_KEYS_SHOWN = 100
RECONCILE_S = 3600.0


def add_postgres(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``sync``, ``verify`` and ``archive`` to the commands of a parser.

    Args:
        commands: what ``add_subparsers`` gave.
        common: parent with the arguments of every command.
    """
    of_source = argparse.ArgumentParser(add_help=False)
    of_source.add_argument("--source", required=True, help="a file of sources/, without .yml")
    of_source.add_argument("--json", action="store_true")

    sync = commands.add_parser("sync", help="copy what changed in a database")
    kinds = sync.add_subparsers(dest="kind", required=True)
    postgres = kinds.add_parser("postgres", parents=[common, of_source], help="from PostgreSQL")
    postgres.add_argument("feeds", nargs="*", metavar="FEED", help="default: all that are mapped")
    postgres.add_argument("--full", action="store_true", help="read every row again")
    postgres.add_argument(
        "--reconcile", action="store_true", help="then compare, and land what differs or is deleted"
    )
    postgres.add_argument("--every", type=float, metavar="SECONDS", help="again and again")
    postgres.add_argument(
        "--reconcile-every", type=float, default=RECONCILE_S, metavar="SECONDS",
        help="with --every: how often to reconcile",
    )  # fmt: skip
    postgres.set_defaults(run=partial(_run, "sync"))

    verify = commands.add_parser(
        "verify", parents=[common, of_source], help="compare a source with the warehouse"
    )
    verify.add_argument("feeds", nargs="*", metavar="FEED", help="default: all that are mapped")
    verify.add_argument("--limit", type=int, default=DEFAULT_KEYS_SHOWN, help="keys printed")
    verify.set_defaults(run=partial(_run, "verify"))

    archive = commands.add_parser(
        "archive", parents=[common, of_source], help="move closed rows out of a source"
    )
    archive.add_argument("feeds", nargs="+", metavar="FEED")
    archive.add_argument("--older-than", type=float, default=90.0, metavar="DAYS")
    archive.add_argument("--batch-rows", type=int, default=10_000)
    archive.add_argument("--max-rows", type=int, help="stop after so many")
    archive.add_argument("--dry-run", action="store_true", help="count them, move nothing")
    archive.set_defaults(run=partial(_run, "archive"))


def _run(command: str, options: argparse.Namespace) -> int:
    try:
        from python_loaders.postgres import commands
    except ImportError as error:
        raise ConfigurationError(
            f"{command} needs a driver that is not installed: pip install 'tradehouse[postgres]'"
        ) from error
    return int(getattr(commands, command)(options))
