"""The manifest: what a loader must find in each file, and which files are a sample's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

GENERATOR = "tradehouse sample"
MANIFEST_NAME = "manifest.json"

MONEY_DIGITS = 10  # net profits are exact at this many decimals

OWN_NAME = re.compile(r"[a-z_]+(-late|-corrections)?(-[0-9]{4,})?\.csv")


def file_entry(
    name: str, feed: str, counts: dict[str, int], bad: dict[str, int], size: int
) -> dict[str, Any]:
    """Manifest entry of a file: `rows = landed + duplicates + rejected`."""
    late = counts.get("late", 0)
    new = counts.get("new", 0) + late
    landed = new + counts.get("corrections", 0) + counts.get("deletions", 0)
    repeated = ("duplicates_in_file", "duplicates_across", "superseded_in_file")
    duplicates = sum(counts.get(key, 0) for key in repeated)
    rejected = sum(bad.values())
    return {
        "file": name,
        "feed": feed,
        "bytes": size,
        "rows": landed + duplicates + rejected,
        "landed": landed,
        "duplicates": duplicates,
        "rejected": rejected,
        "new": new,
        "late": late,
        "corrections": counts.get("corrections", 0),
        "deletions": counts.get("deletions", 0),
        **{key: counts.get(key, 0) for key in repeated},
        "bad": bad,
    }


def claim(directory: Path, names: list[str], settings: dict[str, Any]) -> None:
    """Make room for the files of this run, without touching a file of anyone else.

    Files that an earlier sample named in its manifest are removed; the manifest of this run, still
    incomplete, names its files before the first is written, so that a killed run can be repeated.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / MANIFEST_NAME
    owned: list[str] = []
    if path.exists():
        try:
            earlier = json.loads(path.read_text(encoding="utf-8"))
            if earlier["generator"] != GENERATOR:
                raise KeyError
            owned = [str(entry["file"]) for entry in earlier["files"]]
        except (ValueError, KeyError, TypeError):
            raise ValueError(
                f"{path} was not written by `{GENERATOR}`; choose another directory"
            ) from None
    owned = [name for name in owned if OWN_NAME.fullmatch(name)]
    for name in names:
        if name not in owned and (directory / name).exists():
            raise ValueError(
                f"{directory / name} exists and no sample manifest names it; "
                "choose another directory"
            )
    write_manifest(
        path,
        {
            "generator": GENERATOR,
            "complete": False,
            **settings,
            "files": [{"file": name} for name in dict.fromkeys([*owned, *names])],
        },
    )
    for name in owned:
        (directory / name).unlink(missing_ok=True)
        (directory / f"{name}.part").unlink(missing_ok=True)


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def decimal_text(value: int) -> str:
    """An integer of 1e-10 as exact decimal text."""
    whole, part = divmod(abs(value), 10**MONEY_DIGITS)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{MONEY_DIGITS}d}"
