"""The opener: it hands DuckDB a view of text columns over the plain bytes of a source.

A CSV header is read and compared here, and nothing is ever sniffed: what does not fit is refused.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from python_loaders.casting import MACROS
from python_loaders.errors import InputRefused, first_line, listed
from python_loaders.quoting import duck_identifier, duck_literal
from python_loaders.unpacking import (
    CHUNK_BYTES,
    check_text,
    fingerprint,
    has_page_checksums,
    unpack,
)

DUCKDB_MEMORY = "512MB"
_MAGIC = {b"PAR1": "parquet", b"ARRO": "feather", b"FEA1": "feather"}
# what a line may hold at least: a full order book is some 100 kB
MAX_LINE_BYTES = 2_097_152


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


@dataclass(frozen=True)
class Source:
    """An opened source: the DuckDB view ``source`` holds it as text columns.

    Attributes:
        columns: those text columns.
        typed: DuckDB types of the columns that the file itself types; the view has each of them a
            second time, as it is, under ``typed_name``.
        named: what the path of a file says of its rows: the same bytes under another name are
            another source.
    """

    path: Path
    sha256: str
    size_bytes: int
    columns: tuple[str, ...]
    typed: dict[str, str]
    connection: duckdb.DuckDBPyConnection
    named: dict[str, str] = field(default_factory=dict)

    def second_connection(self) -> duckdb.DuckDBPyConnection:
        """A connection to the same engine, for a query while another one streams."""
        connection = self.connection.cursor()
        _prepare(connection)
        return connection


@contextmanager
def open_source(path: Path, layout: Layout) -> Iterator[Source]:
    """Open a file, or a folder for the kind ``tree``.

    Raises:
        InputRefused: missing, unreadable, truncated, not UTF-8, or not of this layout.
    """
    if not path.exists():
        raise InputRefused(f"{path}: no such file; check the path")
    if not (path.is_dir() if layout.kind == "tree" else path.is_file()):
        # a pipe cannot be read twice, for its fingerprint and for its rows
        wanted = "a folder" if layout.kind == "tree" else "a regular file"
        raise InputRefused(f"{path}: this format reads {wanted}; name one")
    layout = _kind_of(path, layout)
    with tempfile.TemporaryDirectory(prefix="tradehouse-") as spool:
        connection = _connect(Path(spool))
        try:
            named: dict[str, str] = {}
            typed: dict[str, str] = {}
            if layout.kind == "tree":
                sha256, size, columns = _open_tree(connection, path, layout, Path(spool))
            else:
                # each reads the file once: side by side they take the time of one
                with ThreadPoolExecutor(max_workers=1) as pool:
                    unpacked = pool.submit(unpack, path, layout.kind, layout.member, Path(spool))
                    sha256, size = fingerprint(path)
                plain = unpacked.result()
                columns, typed = _open_plain(connection, plain, path, layout)
                named = _path_parts(path, layout)
                _add_columns(connection, named)
            yield Source(path, sha256, size, (*columns, *named), typed, connection, named)
        finally:
            connection.close()


def _kind_of(path: Path, layout: Layout) -> Layout:
    """The layout with the one kind that a file is of."""
    if layout.also:
        with path.open("rb") as stream:
            kind = _MAGIC.get(stream.read(4))
        if kind in layout.also:
            return replace(layout, kind=kind)
    return layout


def _connect(spool: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "memory_limit": DUCKDB_MEMORY,
            "temp_directory": str(spool / "duckdb"),
        }
    )
    _prepare(connection)
    return connection


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set TimeZone = 'UTC'")
    # it would go to standard output
    connection.execute("set enable_progress_bar = false")
    for macro in MACROS:
        connection.execute(macro)


def _open_plain(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Create the view ``source`` over the plain file; its columns, and those with a type."""
    try:
        if layout.kind == "csv":
            return _open_csv(connection, plain, path, layout), {}
        if layout.kind == "jsonl":
            return _open_jsonl(connection, plain, path), {}
        if layout.kind == "json":
            return _open_json(connection, plain, path, layout), {}
        if layout.kind == "json_array":
            return _open_json_array(connection, plain, path), {}
        if layout.kind == "lines":
            return _open_lines(connection, plain, path), {}
        if layout.kind == "parquet":
            return _open_parquet(connection, plain, path, layout)
        return _open_feather(connection, plain, path, layout)
    except (duckdb.Error, pa.ArrowInvalid, OSError) as error:
        raise InputRefused(
            f"{path}: cannot be read as {layout.kind}: {first_line(error)}; "
            "correct the file, or name its format with --format"
        ) from error


def _view(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    connection.execute(f"create or replace temp view source as {sql}")


def _path_parts(path: Path, layout: Layout) -> dict[str, str]:
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


def _add_columns(connection: duckdb.DuckDBPyConnection, named: dict[str, str]) -> None:
    """Add columns of the same text in every row to the view ``source``; NULL for empty."""
    if named:
        fields = ", ".join(
            f"nullif({duck_literal(value)}, '') as {duck_identifier(name)}"
            for name, value in named.items()
        )
        connection.execute("alter view source rename to source_rows")
        _view(connection, f"select *, {fields} from source_rows")


def _open_csv(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[str, ...]:
    if layout.headerless and (names := _headerless(plain, path, layout)):
        _view(connection, _csv_sql([str(plain)], names, layout, has_header=False))
        return (*names, *(name for name in layout.optional if name not in names))
    header = _header(plain, path)
    if layout.any_case:
        header = tuple(name.lower() for name in header)
    if layout.requires:
        _compare_header(header, path, layout)
    _view(connection, _csv_sql([str(plain)], header, layout))
    return (*header, *(name for name in layout.optional if name not in header))


def _headerless(plain: Path, path: Path, layout: Layout) -> tuple[str, ...]:
    """The columns of a CSV without a header; none where the first line is one."""
    first = _first_record(plain, path) or [""]
    is_row = re.match(layout.begins, first[0])
    if layout.requires and not is_row:
        return ()
    for names in layout.headerless:
        if len(names) == len(first) and is_row:
            return names
    wanted = " or ".join(str(len(names)) for names in layout.headerless)
    raise InputRefused(
        f"{path}: the first line has {len(first)} columns and begins with {first[0][:40]!r}; this "
        f"format has lines of {wanted} columns that begin like {layout.begins}; the format does "
        "not fit"
    )


def _csv_sql(
    files: list[str],
    header: tuple[str, ...],
    layout: Layout,
    options: str = "",
    *,
    has_header: bool = True,
) -> str:
    """Strict reading of CSV files of one header; every column is read, as text.

    Reading fewer would skip the check for missing and extra fields.
    """
    listed = ", ".join(duck_literal(_no_glob(file)) for file in files)
    columns = ", ".join(f"{duck_literal(name)}: 'VARCHAR'" for name in header)
    absent = "".join(
        f", null::varchar as {duck_identifier(name)}"
        for name in layout.optional
        if name not in header
    )
    return (
        f"select *{absent} from read_csv([{listed}], auto_detect = false, "
        f"header = {str(has_header).lower()}, "
        "strict_mode = true, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{{columns}}}{options})"
    )


def _first_record(plain: Path, path: Path) -> list[str]:
    try:
        with plain.open("r", encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream, strict=True), [])
    except csv.Error as error:
        raise InputRefused(f"{path}: the first line is no CSV header ({error})") from error


def _header(plain: Path, path: Path) -> tuple[str, ...]:
    # a data frame's index has an empty name in its export
    header = [name or "unnamed" for name in _first_record(plain, path)]
    if not header:
        raise InputRefused(f"{path}: no header line; the first line must name the columns")
    # the case of a name is nothing to the reader
    lowered = [name.lower() for name in header]
    twice = sorted({name for name in header if lowered.count(name.lower()) > 1})
    if twice:
        raise InputRefused(f"{path}: the header names a column twice: {listed(twice)}; rename one")
    return tuple(header)


def _compare_header(header: tuple[str, ...], path: Path, layout: Layout) -> None:
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


def _open_jsonl(connection: duckdb.DuckDBPyConnection, plain: Path, path: Path) -> tuple[str, ...]:
    lines = (
        f"select json as record from read_json({duck_literal(_no_glob(str(plain)))}, "
        "format = 'newline_delimited', records = false, columns = {json: 'JSON'})"
    )
    kinds = connection.execute(
        f"select distinct coalesce(json_type(record), 'NULL') as kind from ({lines}) "
        "where kind <> 'OBJECT'"
    ).fetchall()
    if kinds:
        raise InputRefused(
            f"{path}: a line holds {kinds[0][0].lower()}, not an object; fix the line"
        )
    # lines of the same keys are one group, so what follows is of a few rows
    keys = connection.execute(
        f"select distinct json_keys(record) as names from ({lines})"
    ).fetchall()
    for (names,) in keys:
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise InputRefused(f"{path}: a line names {listed(twice)} twice; fix the line")
    columns = tuple(sorted({name for (names,) in keys for name in names}))
    fields = ", ".join(
        f"record ->> {duck_literal(_json_path(name))} as {duck_identifier(name)}"
        for name in columns
    )
    _view(connection, f"select {fields or 'null as nothing'} from ({lines})")
    return columns


def _open_json(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[str, ...]:
    columns = ", ".join(
        f"{duck_literal(name)}: {duck_literal(type_)}" for name, type_ in layout.json.items()
    )
    _view(
        connection,
        f"select * from read_json({duck_literal(_no_glob(str(plain)))}, format = 'unstructured', "
        f"records = true, columns = {{{columns}}}, "
        f"maximum_object_size = {max(plain.stat().st_size + 1024, 1 << 24)})",
    )
    present = connection.execute(
        "select "
        + ", ".join(f"bool_or({duck_identifier(name)} is not null)" for name in layout.json)
        + " from source"
    ).fetchone()
    missing = [name for name, there in zip(layout.json, present or (), strict=False) if not there]
    if missing:
        raise InputRefused(
            f"{path}: no key {', '.join(missing)} at the top; the format does not fit"
        )
    return tuple(layout.json)


def _open_json_array(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path
) -> tuple[str, ...]:
    with plain.open("rb") as stream:
        start = stream.read(CHUNK_BYTES).removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith(b"["):
        raise InputRefused(f"{path}: the JSON is no array; the format does not fit")
    _view(
        connection,
        f"select json as record from read_json({duck_literal(_no_glob(str(plain)))}, "
        "format = 'array', records = false, columns = {json: 'JSON'})",
    )
    return ("record",)


def _open_lines(connection: duckdb.DuckDBPyConnection, plain: Path, path: Path) -> tuple[str, ...]:
    # one column: no byte of valid UTF-8 text but the line's end ends it
    lines = (
        f"(select line from read_csv({duck_literal(_no_glob(str(plain)))}, auto_detect = false, "
        "header = false, columns = {line: 'VARCHAR'}, delim = '\x01', quote = '', escape = '', "
        f"strict_mode = true, max_line_size = {max(plain.stat().st_size, MAX_LINE_BYTES)}))"
    )
    fits = "regexp_matches(line, '^[0-9]+ [{]') and json_valid(substr(line, strpos(line, ' ') + 1))"
    bad = connection.execute(f"select left(line, 60) from {lines} where not ({fits}) limit 1")
    if (found := bad.fetchone()) is not None:
        raise InputRefused(
            f"{path}: a line is not a number, a space and a JSON object: {found[0]!r}; cut or "
            "correct it, or fetch the file again"
        )
    _view(
        connection,
        "select left(line, strpos(line, ' ') - 1) as number, "
        f"substr(line, strpos(line, ' ') + 1)::json as record from {lines}",
    )
    return ("number", "record")


def _open_parquet(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[tuple[str, ...], dict[str, str]]:
    if has_page_checksums(plain):
        # DuckDB does not verify them: pyarrow reads the file once to do so
        with pyarrow.parquet.ParquetFile(plain, page_checksum_verification=True) as file:
            for _ in file.iter_batches(batch_size=1 << 16):
                pass
    relation = f"read_parquet({duck_literal(_no_glob(str(plain)))})"
    return _view_typed(connection, relation, path, layout)


def _open_feather(
    connection: duckdb.DuckDBPyConnection, plain: Path, path: Path, layout: Layout
) -> tuple[tuple[str, ...], dict[str, str]]:
    # a table of memory-mapped buffers where the file is not compressed
    table = pyarrow.feather.read_table(plain, memory_map=True)
    # damaged offsets would read out of bounds, and the format has no checksum
    table.validate(full=True)
    connection.register("feather_table", table)
    return _view_typed(connection, "feather_table", path, layout)


def typed_name(name: str) -> str:
    """Name, in the view ``source``, of a column as the file types it."""
    return f"{name} typed"


def text_of(value: str, type_: str) -> str:
    """A value of a DuckDB type as the text that the contract casts."""
    if type_.endswith("]") or type_.startswith(("STRUCT", "MAP")):
        return f"to_json({value})::varchar"
    return f"{value}::varchar"


def _view_typed(
    connection: duckdb.DuckDBPyConnection, relation: str, path: Path, layout: Layout
) -> tuple[tuple[str, ...], dict[str, str]]:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    types = {name: str(type_) for name, type_, *_ in described}
    if layout.requires:
        _compare_header(tuple(types), path, layout)
    absent = [name for name in layout.optional if name not in types]
    fields = [
        f"{text_of(duck_identifier(name), type_)} as {duck_identifier(name)}, "
        f"{duck_identifier(name)} as {duck_identifier(typed_name(name))}"
        for name, type_ in types.items()
    ]
    fields += [f"null::varchar as {duck_identifier(name)}" for name in absent]
    _view(connection, f"select {', '.join(fields)} from {relation}")
    return (*types, *absent), types


def _open_tree(
    connection: duckdb.DuckDBPyConnection, root: Path, layout: Layout, spool: Path
) -> tuple[str, int, tuple[str, ...]]:
    """One view over every CSV below a folder whose path fits ``layout.path``."""
    pattern = re.compile(layout.path or "")
    digest = hashlib.sha256()
    total = 0
    by_header: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}
    for file in sorted(root.rglob("*.csv")):
        # the last parts of the path count, so the tree may be named at any level above them
        match = pattern.search(file.resolve().as_posix())
        if match is None:
            raise InputRefused(f"{file}: its path does not fit {layout.path}; move or rename it")
        sha256, size = fingerprint(file)
        digest.update(f"{file.relative_to(root).as_posix()}\0{sha256}\n".encode())
        total += size
        check_text(file, file)
        header = _header(file, file)
        _compare_header(header, file, layout)
        by_header.setdefault(header, []).append((str(file), match.groups()))
    if not by_header:
        raise InputRefused(f"{root}: no .csv file below it; name the folder of the tree")
    connection.execute(
        "create temp table tree_paths (filename varchar, "
        + ", ".join(f"{duck_identifier(name)} varchar" for name in pattern.groupindex)
        + ")"
    )
    connection.executemany(
        f"insert into tree_paths values (?{', ?' * pattern.groups})",
        [[file, *groups] for files in by_header.values() for file, groups in files],
    )
    parts = [
        _csv_sql([file for file, _ in files], header, layout, ", filename = true")
        for header, files in by_header.items()
    ]
    groups_sql = ", ".join(f"tree_paths.{duck_identifier(name)}" for name in pattern.groupindex)
    _view(
        connection,
        f"select records.* exclude (filename), {groups_sql} "
        f"from ({' union all by name '.join(parts)}) as records "
        "join tree_paths using (filename)",
    )
    return digest.hexdigest(), total, (*layout.requires, *layout.optional, *pattern.groupindex)


def _no_glob(location: str) -> str:
    """A literal path, where DuckDB would read ``*``, ``?`` and ``[`` as a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", location)


def _json_path(name: str) -> str:
    return '$."' + name.replace('"', '\\"') + '"'
