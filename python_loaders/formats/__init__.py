"""The formats: one SQL file per format and feed, ``<format>.<feed>.sql``.

Each file begins with a YAML comment that tells the opener about the bytes (`source.layout`), then a
DuckDB select over the view ``source`` that yields columns of the feed as text. A canonical file
(csv, jsonl, parquet, feather) has the feed's own column names and needs no SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from python_loaders.errors import ConfigurationError
from python_loaders.source.layout import Layout
from python_loaders.yaml_text import parse_yaml

CANONICAL = ("csv", "jsonl", "parquet", "feather")
_SUFFIXES = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".feather": "feather",
}


@dataclass(frozen=True)
class Format:
    """A way to read a feed.

    Attributes:
        sql: DuckDB select over ``source``; empty for canonical files.
        timezone: zone of times without an offset, where the format itself says it.
        carries: further feeds that the same files hold.
    """

    name: str
    feed: str
    layout: Layout
    sql: str = ""
    timezone: str | None = None
    carries: tuple[str, ...] = ()


def list_formats(feed: str) -> list[str]:
    """Names of the formats that a feed can be loaded from."""
    own = [path.name.split(".")[0] for path in sorted(Path(__file__).parent.glob(f"*.{feed}.sql"))]
    return [*CANONICAL, *own]


def find_format(feed: str, name: str | None, path: Path) -> Format:
    """The named format of a feed, or the canonical one that the file's name tells.

    Raises:
        ConfigurationError: no such format, or a name that tells none.
    """
    if name is None:
        suffixes = [suffix for suffix in path.suffixes if suffix not in {".gz", ".zip"}]
        name = _SUFFIXES.get(suffixes[-1].lower()) if suffixes else None
        if name is None:
            raise ConfigurationError(
                f"{path.name}: the name does not tell the format; add --format with one of "
                f"{', '.join(list_formats(feed))}"
            )
    if name in CANONICAL:
        return Format(name=name, feed=feed, layout=Layout(kind=name))
    file = Path(__file__).parent / f"{name}.{feed}.sql"
    if not file.is_file():
        raise ConfigurationError(
            f"feed {feed} has no format {name}; it has {', '.join(list_formats(feed))}"
        )
    return _parse(name, feed, file.read_text(encoding="utf-8"))


def _parse(name: str, feed: str, text: str) -> Format:
    comment, _, sql = text.partition("*/")
    meta = parse_yaml(comment.removeprefix("/*"))
    layout = Layout(
        kind=meta["kind"],
        also=tuple(meta.get("also", ())),
        requires=tuple(meta.get("requires", ())),
        optional=tuple(meta.get("optional", ())),
        allows=meta.get("allows"),
        headerless=tuple(tuple(names) for names in meta.get("headerless", ())),
        **({"begins": meta["begins"]} if "begins" in meta else {}),
        json=dict(meta.get("json", {})),
        member=meta.get("member"),
        path=meta.get("path"),
        any_case=bool(meta.get("any_case", False)),
    )
    return Format(
        name=name,
        feed=feed,
        layout=layout,
        sql=sql.strip(),
        timezone=meta.get("timezone"),
        carries=tuple(meta.get("carries", ())),
    )
