"""What the loader makes of a feed's files, worked out row by row: the versions of every key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.python.properties.histories import Account, Content
from tests.python.properties.worlds import Landed

Key = tuple[str, str]


@dataclass
class Version:
    """A content that a key had, from one batch to another."""

    key: Key
    content: Content
    from_batch: int
    to_batch: int | None = None
    ended_by: str | None = None


@dataclass
class Counts:
    """Rows of a feed by what became of them."""

    rows_read: int = 0
    rows_landed: int = 0
    rows_duplicate: int = 0
    rows_corrected: int = 0
    rows_deleted: int = 0


@dataclass
class ChangeLog:
    """The versions that the files so far have brought."""

    versions: list[Version] = field(default_factory=list)
    live: dict[Key, Version] = field(default_factory=dict)
    batches: int = 0
    reinsertions: int = 0
    zone_changes: int = 0

    def add(self, rows: Sequence[Landed]) -> Counts:
        """A batch of these rows: of each key the last one counts."""
        self.batches += 1
        counts = Counts(rows_read=len(rows))
        for key, said in {(row.account_id, row.key): row.said for row in rows}.items():
            before = self.live.get(key)
            if before and not said.deletes and before.content == said.content:
                continue
            if before:
                del self.live[key]
                before.to_batch = self.batches
                before.ended_by = "deletion" if said.deletes else "correction"
            if said.deletes:
                counts.rows_deleted += before is not None
                continue
            counts.rows_corrected += before is not None
            counts.rows_landed += 1
            self._count(key, before, said.content)
            self.live[key] = Version(key, said.content, self.batches)
            self.versions.append(self.live[key])
        counts.rows_landed += counts.rows_deleted
        counts.rows_duplicate = counts.rows_read - counts.rows_landed
        return counts

    def _count(self, key: Key, before: Version | None, content: Content) -> None:
        if before is None:
            self.reinsertions += any(version.key == key for version in self.versions)
        elif isinstance(content, Account) and isinstance(before.content, Account):
            self.zone_changes += content.trading_zone != before.content.trading_zone
