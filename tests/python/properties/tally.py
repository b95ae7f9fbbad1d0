"""What the worlds of a run held, for its summary."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass
class Tally:
    """What the worlds held, for the summary."""

    worlds: int = 0
    histories: int = 0
    files: int = 0
    batches: int = 0
    builds: int = 0
    rows: int = 0
    duplicates: int = 0
    corrections: int = 0
    deletions: int = 0
    reinsertions: int = 0
    zone_changes: int = 0

    def __str__(self) -> str:
        return ", ".join(
            f"{getattr(self, f.name)} {f.name.replace('_', ' ')}" for f in fields(self)
        )
