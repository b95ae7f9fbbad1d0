"""The bytes of a source: their fingerprint, and the plain file they hold.

Size and SHA-256 are of the bytes as they lie on disk. Compressed sources are unpacked to a spool
file with their checksums verified, text is checked to be UTF-8 without NUL, and JSON numbers keep
all their digits.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import lzma
import mmap
import re
import struct
import zipfile
import zlib
from decimal import Decimal
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet

from python_loaders.errors import InputRefused, first_line, listed

CHUNK_BYTES = 1 << 20

# JSON numbers of more than 15 digits that are not whole, and what tells them from texts.
_LONG_NUMBER = re.compile(
    rb"[0-9](?=[0-9.]{15})[0-9]*(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)"
)
_JSON_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|(?P<number>-?' + _LONG_NUMBER.pattern + rb")", re.S)


def fingerprint(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size of a file."""
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise _unreadable(path, error) from error
    return digest.hexdigest(), size


def check_not_empty(path: Path) -> None:
    """Refuse a file that is empty or cannot be read."""
    try:
        with path.open("rb") as stream:
            first = stream.read(1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not first:
        raise InputRefused(f"{path}: empty file; nothing to load")


def _unreadable(path: Path, error: OSError) -> InputRefused:
    return InputRefused(f"{path}: cannot be read ({error.strerror})")


def unpack(path: Path, kind: str, member: str | None, spool: Path) -> Path:
    """The path of the plain bytes: the file itself, or its content in the folder ``spool``.

    Args:
        kind: as in ``source.Layout``; text is checked.
        member: regex of the zip member to take; None takes the only one.

    Raises:
        InputRefused: damaged, truncated, not UTF-8, or not one fitting member.
    """
    with path.open("rb") as stream:
        magic = stream.read(4)
    target = spool / "source"
    try:
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(path, "rb") as packed:
                _spool(packed, target)
        elif magic == b"PK\x03\x04" or magic == b"PK\x05\x06":
            with (
                zipfile.ZipFile(path) as archive,
                archive.open(_member(archive, path, member)) as packed,
            ):
                _spool(packed, target)
        else:
            target = path
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, OSError) as error:
        raise InputRefused(
            f"{path}: damaged or truncated archive ({first_line(error)}); fetch the file again"
        ) from error
    except RuntimeError as error:
        # the module says so of a password and of an unknown compression
        raise InputRefused(
            f"{path}: cannot be unpacked ({first_line(error)}); unpack it, or zip it plainly"
        ) from error
    if kind in {"csv", "jsonl", "json", "json_array", "lines"}:
        check_text(target, path)
    if kind in {"jsonl", "json", "json_array", "lines"}:
        target = _exact_json(target, spool)
    return target


def _member(archive: zipfile.ZipFile, path: Path, pattern: str | None) -> str:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    fitting = [name for name in names if pattern is None or re.search(pattern, name)]
    if len(fitting) != 1:
        raise InputRefused(
            f"{path}: {len(fitting)} members of the archive fit this format, one is needed; "
            f"it holds {listed(names) or 'nothing'}"
        )
    return fitting[0]


def _spool(packed: IO[bytes] | gzip.GzipFile, target: Path) -> None:
    with target.open("wb") as out:
        while chunk := packed.read(CHUNK_BYTES):
            out.write(chunk)


def check_text(plain: Path, path: Path) -> None:
    """Refuse a file that is not UTF-8 or holds a NUL; ``path`` is its name for the user."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    with plain.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            if offset == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise InputRefused(f"{path}: UTF-16 text; convert the file to UTF-8")
            if (nul := chunk.find(b"\0")) >= 0:
                raise InputRefused(
                    f"{path}: a NUL byte at byte {offset + nul}; the file is damaged or not text"
                )
            started = len(decoder.getstate()[0])
            try:
                # a character may be cut by the end of the chunk: the decoder knows
                if started or not chunk or not _is_utf8(chunk):
                    decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                at = offset - started + error.start
                raise InputRefused(
                    f"{path}: not UTF-8 at byte {at}; convert the file to UTF-8"
                ) from error
            if not chunk:
                return
            offset += len(chunk)


def _is_utf8(chunk: bytes) -> bool:
    """Whether a chunk is valid by itself; several times faster than decoding it."""
    # from its buffer: pa.array would import pandas, which takes longer than a small load
    offsets = pa.py_buffer(struct.pack("=ii", 0, len(chunk)))
    text = pa.StringArray.from_buffers(1, offsets, pa.py_buffer(chunk))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def has_page_checksums(plain: Path) -> bool:
    """Whether a Parquet file has checksums of its pages: a writer gives them to all or to none.

    The header of a page is a Thrift struct in the compact protocol; its field 4 is the checksum.
    Source: parquet.thrift, PageHeader.
    """
    metadata = pyarrow.parquet.read_metadata(plain)
    if not metadata.num_row_groups or not metadata.num_columns:
        return False
    column = metadata.row_group(0).column(0)
    starts = (column.dictionary_page_offset, column.data_page_offset)
    with plain.open("rb") as stream:
        stream.seek(min(start for start in starts if start))
        header = stream.read(64)
    field = 0
    # of a field's first byte the upper half counts on from the field before, and the lower half is
    # the type, 5 for an i32; its value ends with the first byte below 128
    for match in re.finditer(rb"(.)[\x80-\xff]*[\x00-\x7f]", header, re.S):
        field, kind = field + (match[1][0] >> 4), match[1][0] & 15
        if kind != 5 or field >= 4:
            return kind == 5 and field == 4
    return False


def _exact_json(plain: Path, spool: Path) -> Path:
    """The file, or a copy whose numbers keep all their digits.

    DuckDB reads a JSON number through a double, and writes its shortest form. A number that this
    would change becomes a text in the copy, which also leaves out a byte order mark.
    """
    if plain.stat().st_size == 0:
        return plain
    with plain.open("rb") as stream:
        # closed with its last reference: a match that is still alive forbids it before
        text = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        start = len(codecs.BOM_UTF8) if text[:3] == codecs.BOM_UTF8 else 0
        long_numbers = (number[0] for number in _LONG_NUMBER.finditer(text))
        if not start and not any(map(_loses_digits, long_numbers)):
            return plain
        copy = spool / "exact"
        with copy.open("wb") as out:
            for token in _JSON_TOKEN.finditer(text, start):
                if token.lastgroup == "number" and _loses_digits(token[0]):
                    out.write(text[start : token.start()] + b'"' + token[0] + b'"')
                    start = token.end()
            while chunk := text[start : start + CHUNK_BYTES]:
                out.write(chunk)
                start += len(chunk)
    return copy


def _loses_digits(number: bytes) -> bool:
    shortest = repr(float(number))
    text = number.decode()
    # the texts are mostly the same, and cheaper to compare
    return shortest != text and Decimal(shortest) != Decimal(text)
