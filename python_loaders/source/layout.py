"""What a format says of its bytes, and how a source differs from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from python_loaders.errors import InputRefused, listed

_MAGIC = {b"PAR1": "parquet", b"ARRO": "feather", b"FEA1": "feather"}


@dataclass(frozen=True)
class Layout:
    """What a format says of the bytes it reads.

    Attributes:
        kind: csv, jsonl, json, json_array, lines, parquet, feather or tree. A json_array is one
            array, each element in the column ``record``; lines are ``<number> <json>``, in the
            columns ``number`` and ``record``.
        also: further kinds that the format comes in, told by the first bytes (parquet, feather).
        requires: columns a header must have (csv, tree, and columns of parquet and feather).
        optional: columns that may be absent; they read as NULL.
        allows: regex of further columns that may be there; None allows any name only
            for canonical files, where the contract decides.
        headerless: columns, in order, of a CSV whose first line is a row; the one with as many
            columns as the line is taken.
        begins: regex of the beginning of such a row, which no header fits.
        json: DuckDB types of the top-level keys (json).
        member: regex of the zip member to read; None takes the only one.
        path: regex with named groups over the path of the file, or of each of a tree; each group is
            a column (csv, parquet, feather, tree).
        any_case: whether the names of columns may be written in any case (csv).
    """

    kind: str
    also: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    allows: str | None = None
    headerless: tuple[tuple[str, ...], ...] = ()
    begins: str = r"[+-]?[0-9.]"
    json: dict[str, str] = field(default_factory=dict)
    member: str | None = None
    path: str | None = None
    any_case: bool = False


def kind_of(path: Path, layout: Layout) -> Layout:
    """The layout with the one kind that a file is of."""
    if layout.also:
        with path.open("rb") as stream:
            kind = _MAGIC.get(stream.read(4))
        if kind in layout.also:
            return replace(layout, kind=kind)
    return layout


def path_parts(path: Path, layout: Layout) -> dict[str, str]:
    """The named parts of the path of a file; empty where they are absent."""
    if layout.path is None:
        return {}
    match = re.search(layout.path, path.resolve().as_posix())
    if match is None:
        raise InputRefused(
            f"{path}: its path does not fit {layout.path}; move or rename it, or name another "
            "format"
        )
    return match.groupdict(default="")


def compare_header(header: tuple[str, ...], path: Path, layout: Layout) -> None:
    """Refuse a source whose columns are not those of its format."""
    missing = [name for name in layout.requires if name not in header]
    known = {*layout.requires, *layout.optional}
    unknown = [
        name
        for name in header
        if name not in known and not (layout.allows and re.fullmatch(layout.allows, name))
    ]
    if missing or unknown:
        raise InputRefused(f"{path}: {difference(missing, unknown)}; the format does not fit")


def difference(missing: list[str], unknown: list[str]) -> str:
    """How the columns of a source differ from the ones wanted, in one line."""
    parts = [f"missing column {', '.join(missing)}"] if missing else []
    parts += [f"unknown column {listed(unknown)}"] if unknown else []
    return ", ".join(parts)
