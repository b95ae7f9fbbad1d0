"""The manifest: what a loader must find in each file, and which files are a sample's own."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from python_loaders.errors import ConfigurationError
from python_loaders.sample.arguments import END, Arguments
from python_loaders.sample.plan import FeedPlan
from python_loaders.sample.values import iso

GENERATOR = "tradehouse sample"
MANIFEST_NAME = "manifest.json"

REPEATED = ("duplicates_in_file", "duplicates_across", "superseded_in_file")
OWN_NAME = re.compile(r"[a-z_]+(-late|-corrections)?(-[0-9]{4,})?\.csv")


def file_entry(path: Path, feed: str, counts: Counter[str], bad: dict[str, int]) -> dict[str, Any]:
    """The entry of a written file: `rows = landed + duplicates + rejected`."""
    new = counts["new"] + counts["late"]
    landed = new + counts["corrections"] + counts["deletions"]
    duplicates = sum(counts[kind] for kind in REPEATED)
    rejected = sum(bad.values())
    return {
        "file": path.name,
        "feed": feed,
        "bytes": path.stat().st_size,
        "rows": landed + duplicates + rejected,
        "landed": landed,
        "duplicates": duplicates,
        "rejected": rejected,
        "new": new,
        "late": counts["late"],
        "corrections": counts["corrections"],
        "deletions": counts["deletions"],
        **{kind: counts[kind] for kind in REPEATED},
        "bad": bad,
    }


def claim(directory: Path, arguments: Arguments, names: list[str]) -> None:
    """Make room for the files of this run, without touching a file of anyone else.

    Files that an earlier sample named in its manifest are removed; the manifest of this run, still
    incomplete, names its files before the first is written, so that a killed run can be repeated.

    Raises:
        ConfigurationError: a file of someone else is in the way.
    """
    directory.mkdir(parents=True, exist_ok=True)
    owned = _own_files(directory / MANIFEST_NAME)
    for name in names:
        if name not in owned and (directory / name).exists():
            raise ConfigurationError(
                f"{directory / name} exists and no sample manifest names it; give another DIR"
            )
    files = [{"file": name} for name in dict.fromkeys([*owned, *names])]
    _write(directory, arguments, {"files": files}, complete=False)
    for name in owned:
        (directory / name).unlink(missing_ok=True)
        (directory / f"{name}.part").unlink(missing_ok=True)


def _own_files(path: Path) -> list[str]:
    """The files that the manifest of an earlier sample names, none of them outside its folder."""
    if not path.exists():
        return []
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
        if earlier["generator"] != GENERATOR:
            raise KeyError
        names = [str(entry["file"]) for entry in earlier["files"]]
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(
            f"{path} was not written by `{GENERATOR}`; give another DIR"
        ) from None
    return [name for name in names if OWN_NAME.fullmatch(name)]


def write_manifest(
    directory: Path,
    arguments: Arguments,
    plans: Iterable[FeedPlan],
    entries: list[dict[str, Any]],
    trade_totals: dict[str, Any],
) -> dict[str, Any]:
    """Write the manifest of a sample whose files are all there, and return it."""
    live: Counter[str] = Counter()
    for entry in entries:
        live[entry["feed"]] += entry["new"] - entry["deletions"]
    found = {
        "load_order": (
            "as listed; only the files named *-corrections-* must come after the other files "
            "of their feed"
        ),
        "bad_columns": {plan.feed: plan.bad for plan in plans},
        "files": entries,
        "totals": {
            "rows": sum(entry["rows"] for entry in entries),
            "live_rows": dict(live),
            **trade_totals,
        },
    }
    return _write(directory, arguments, found, complete=True)


def _write(
    directory: Path, arguments: Arguments, found: dict[str, Any], *, complete: bool
) -> dict[str, Any]:
    manifest = {
        "generator": GENERATOR,
        "complete": complete,
        "parameters": {**asdict(arguments), "file_format": "csv"},
        "range": {"start": iso(arguments.start), "end": iso(END)},
        **found,
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    part = directory / f"{MANIFEST_NAME}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(directory / MANIFEST_NAME)
    return manifest
