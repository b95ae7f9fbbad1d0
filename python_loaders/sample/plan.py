"""Which keys of a feed are late, repeated, corrected or spoilt, and in which file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from python_loaders.sample.arguments import Arguments
from python_loaders.sample.values import Variables

HOUR_MS = 3_600_000
DAY_MS = 86_400_000

MACROS = (
    # chosen keys: `count` blocks of `period` keys, one in each
    """create temp macro chosen(ordinal, period, k) as
        ordinal * period + draw(ordinal, getvariable('salt') + k) % period""",
    """create temp macro is_chosen(i, period, count, k) as
        i < period * count and i = chosen(i // period, period, k)""",
    """create temp macro is_late(i) as
        is_chosen(i, getvariable('late_period'), getvariable('late_count'), 1)""",
    """create temp macro is_corrected(i) as
        is_chosen(i, getvariable('fix_period'), getvariable('fix_count'), 2)""",
    # what happens to a corrected key, by the ordinal of its block; see ROW_KINDS
    """create temp macro fix_kind(ordinal) as case ordinal % 8
        when 2 then 11 when 3 then 12 when 4 then 13 when 5 then 15
        when 6 then 20 when 7 then 21 else 10
    end""",
)

# A slot is one row of a file: key * 1000 + what the row is.
ROW_KINDS = {
    0: "new",
    1: "duplicates_in_file",
    2: "duplicates_across",
    3: "late",
    10: "corrections",  # amounts
    11: "corrections",  # moved by a day
    12: "corrections",  # moved by half the range, so to another month
    13: "corrections",  # another strategy
    14: "superseded_in_file",  # amounts; the key comes again in the same file
    15: "corrections",  # amounts, after a 14
    20: "deletions",  # the key alone
    21: "deletions",  # the whole row
}  # from 100 on: bad rows, by the position of the reason

MAIN_SLOTS = """
    select unnest([
        case when not is_late(i) then i * 1000 end,
        case
            when not repeats then null
            when earlier is not null and not is_late(earlier) then earlier * 1000 + 2
            when within is not null and not is_late(within) then within * 1000 + 1
        end,
        case
            when spoils
                then i * 1000 + 100 + (i // getvariable('bad_period')) % getvariable('bad_kinds')
        end,
    ]) as slot
    from (
        select
            i,
            is_chosen(i, getvariable('copy_period'), getvariable('copy_count'), 3) as repeats,
            i < getvariable('bad_period') * getvariable('bad_count')
            and i % getvariable('bad_period') = getvariable('bad_period') // 2 as spoils,
            case when (i // getvariable('copy_period')) % 2 = 1 and getvariable('lo') > 0
                then draw(i, getvariable('salt') + 4) % getvariable('lo')
            end as earlier,
            case when i > getvariable('lo')
                then getvariable('lo')
                    + draw(i, getvariable('salt') + 5) % (i - getvariable('lo'))
            end as within
        from (select range as i from range(getvariable('lo'), getvariable('hi')))
    )
"""

# Every second row late, the others from the newest keys; now and then a row of a main file again.
LATE_SLOTS = """
    select unnest([
        chosen(i, getvariable('late_period'), 1) * 1000 + 3,
        (getvariable('main_n') + i) * 1000,
        case when i % 50 = 3 and not is_late(again) then again * 1000 + 2 end,
    ]) as slot
    from (
        select
            range as i,
            draw(range, getvariable('salt') + 6) % getvariable('main_n') as again
        from range(getvariable('lo'), getvariable('hi'))
    )
"""

FIX_SLOTS = """
    select unnest([
        case when fix_kind(i) = 15 then fixed * 1000 + 14 end,
        fixed * 1000 + fix_kind(i),
        case when i % 8 = 0 and not is_corrected(again) then again * 1000 + 2 end,
    ]) as slot
    from (
        select
            range as i,
            chosen(range, getvariable('fix_period'), 2) as fixed,
            draw(range, getvariable('salt') + 7) % getvariable('n') as again
        from range(getvariable('lo'), getvariable('hi'))
    )
"""

# The version of each key that is live once every file is loaded.
LIVE_SLOTS = """
    select case
        when not is_corrected(i) then i * 1000
        when fix_kind(i // getvariable('fix_period')) < 20
            then i * 1000 + fix_kind(i // getvariable('fix_period'))
    end as slot
    from (select range as i from range(getvariable('lo'), getvariable('hi')))
"""

COUNT_SLOTS = """
    final as (select kind, count(*) as slots from slots group by kind)
    select kind, slots from final order by kind
"""


def with_slots(slots: str, query: str) -> str:
    """A query over `slots`: key j and kind of each row, of the positions from lo to hi."""
    return (
        "with slots as not materialized (\n"
        f"    select slot // 1000 as j, slot % 1000 as kind from ({slots}) where slot is not null\n"
        f"),\n{query}"
    )


@dataclass(frozen=True)
class FeedPlan:
    """How many keys a feed has and which of them are late, repeated, corrected or spoilt.

    Attributes:
        salt: sets the choices of a feed apart from those of the others.
        n: number of keys.
        row_sql: the columns of the feed as text, and `_op` as the last, from `slots`.
        bad: the column that each reason spoils.
        corrected: whether keys are corrected and deleted.
        series: number of series that the keys go through in turn; 0 where there are none.
        longest_step_ms: the step between the values of a series, unless the range is shorter.
        constants: what else `row_sql` reads.
    """

    arguments: Arguments
    feed: str
    salt: int
    n: int
    row_sql: str
    bad: dict[str, str]
    constants: Variables
    corrected: bool = True
    series: int = 0
    longest_step_ms: int = HOUR_MS

    @property
    def late_count(self) -> int:
        """Keys that arrive late; as many of the newest keys travel with them."""
        return min(self._share(self.arguments.share_late, 4), self.n // 20)

    @property
    def main_n(self) -> int:
        """Keys below this one belong to the main files (but for the late ones)."""
        return self.n - self.late_count

    @property
    def fix_count(self) -> int:
        """Keys that are corrected or deleted; eight show every kind of correction."""
        if not self.corrected:
            return 0
        return min(self._share(self.arguments.share_corrections, 8), self.n // 20)

    @property
    def copy_count(self) -> int:
        """Places where a row is repeated, half of them from an earlier file."""
        return min(self._share(self.arguments.share_duplicates, 8), self.main_n)

    @property
    def main_files(self) -> int:
        """Number of main files: at least three, so that rows can repeat across files."""
        return max(min(3, self.main_n), self._parts(self.main_n))

    @property
    def bad_count(self) -> int:
        """Bad rows: every reason at least once, unless that would be 1% of a file or more."""
        share = self.arguments.share_bad
        if not share or not self.main_files or self.main_n // self.main_files < 300:
            return 0
        return max(round(self.main_n * share), len(self.bad))

    def _share(self, share: float, least: int) -> int:
        return max(round(self.n * share), least) if share else 0

    def files(self) -> Iterator[PlannedFile]:
        """Yield the files in the order in which they are to be loaded."""
        yield from self._split("", self.main_n, self.main_files, MAIN_SLOTS)
        late, fixed = self.late_count, self.fix_count
        yield from self._split("-late", late, self._parts(2 * late), LATE_SLOTS)
        yield from self._split("-corrections", fixed, self._parts(2 * fixed), FIX_SLOTS)

    def _parts(self, rows: int) -> int:
        return -(-rows // self.arguments.rows_per_file)

    def _split(self, suffix: str, total: int, parts: int, slots: str) -> Iterator[PlannedFile]:
        for part in range(parts):
            yield PlannedFile(
                name=f"{self.feed}{suffix}-{part + 1:04d}.csv",
                feed=self,
                lo=total * part // parts,
                hi=total * (part + 1) // parts,
                slots=slots,
            )

    def variables(self, lo: int, hi: int) -> Variables:
        """What the SQL of the feed reads, for positions from lo to below hi."""
        arguments = self.arguments
        return {
            **self.constants,
            **self._steps(),
            "seed": arguments.seed_key,
            "days": arguments.days,
            "accounts": arguments.accounts,
            "start_ms": int(arguments.start.timestamp()) * 1000,
            "lo": lo,
            "hi": hi,
            "salt": self.salt,
            "n": self.n,
            "main_n": self.main_n,
            "late_count": self.late_count,
            "late_period": _period(self.n * 9 // 10, self.late_count),
            "fix_count": self.fix_count,
            "fix_period": _period(self.n, self.fix_count),
            "copy_count": self.copy_count,
            "copy_period": _period(self.main_n, self.copy_count),
            "bad_count": self.bad_count,
            "bad_period": _period(self.main_n, self.bad_count),
            "bad_kinds": len(self.bad),
        }

    def _steps(self) -> Variables:
        """The step between the values of a series: its own, or what the range leaves."""
        if not self.series:
            return {}
        steps = max(1, -(-self.n // self.series))
        step_ms = min(self.longest_step_ms, self.arguments.days * DAY_MS // steps)
        return {"series": self.series, "step_ms": step_ms}


@dataclass(frozen=True)
class PlannedFile:
    """One file of a feed: the positions from lo to below hi of its slots."""

    name: str
    feed: FeedPlan
    lo: int
    hi: int
    slots: str

    @property
    def has_operations(self) -> bool:
        """Whether the file has the column `_op`."""
        return self.slots is FIX_SLOTS

    @property
    def has_bad_rows(self) -> bool:
        """Whether bad rows stand between the good ones."""
        return self.slots is MAIN_SLOTS

    def variables(self) -> Variables:
        """What the SQL of the file reads."""
        return self.feed.variables(self.lo, self.hi)


def _period(total: int, count: int) -> int:
    # where nothing is chosen the period still divides
    return max(1, total // count) if count else 1
