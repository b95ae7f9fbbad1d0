"""Load one file, or one folder, into a feed: open, cast, reject, land."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from python_loaders.casting import MISSING, NAIVE_TIME
from python_loaders.checking import Checked, checked_rows
from python_loaders.contract import Feed, find_feed
from python_loaders.errors import ConfigurationError, InputRefused
from python_loaders.formats import Format, find_format
from python_loaders.ledger import Batch, options_text, utc_now
from python_loaders.source import Source, open_source

# Chunks that are prepared while one is inserted.
CHUNKS_AHEAD = 2
DEFAULT_MAX_REJECT_RATE = 0.01

log = logging.getLogger("tradehouse")

# Called with the rows read so far of the source being read.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Options:
    """What the command says beside feed and path.

    ``occasion`` tells apart sources of the same bytes that say something anew each time, such as
    two calls of a program; files have none, so the same file again lands nothing.
    """

    format: str | None = None
    constants: dict[str, str] = field(default_factory=dict)
    timezone: str | None = None
    max_reject_rate: float = DEFAULT_MAX_REJECT_RATE
    occasion: str = ""


@dataclass(frozen=True)
class Loaded:
    """The result of one source: its batch, and whether it had landed before (then nothing did)."""

    batch: Batch
    repeated: bool = False


class Lander(Protocol):
    """Where a batch of one feed lands: once, whatever happens. ``landing.Landing`` says more."""

    @property
    def feed(self) -> Feed: ...

    def held(self) -> AbstractContextManager[None]: ...

    def landed_before(self, fingerprint: str) -> Batch | None: ...

    def next_batch_seq(self) -> int: ...

    def begin(self, batch: Batch) -> None: ...

    def add(self, rows: pa.Table) -> None: ...

    def add_rejects(self, batch: Batch, rejects: list[dict[str, Any]]) -> None: ...

    def classify(self, batch: Batch) -> Batch: ...

    def worst_reject(self) -> dict[str, Any]: ...

    def commit(self, batch: Batch) -> Batch: ...

    def refuse(self, batch: Batch, why: str) -> Batch: ...

    def abandon(self) -> None: ...


LandingOf = Callable[[Feed], Lander]


def load_path(
    landing_of: LandingOf,
    feeds: dict[str, Feed],
    feed_name: str,
    path: Path,
    options: Options,
    progress: Progress | None = None,
) -> list[Loaded]:
    """Land one source, and the further feeds that its format carries.

    Args:
        landing_of: where a feed lands, such as ``partial(Landing, warehouse)``.

    Raises:
        ConfigurationError: unknown feed, format, column or zone.
        InputRefused: the source does not fit, or too many of its rows are bad; nothing of the feed
            that it names landed.
    """
    find_feed(feeds, feed_name)
    results = []
    first = find_format(feed_name, options.format, path)
    for name in (feed_name, *first.carries):
        fmt = first if name == feed_name else find_format(name, options.format, path)
        feed = feeds[name]
        constants = {
            column: value
            for column, value in options.constants.items()
            if name == feed_name or column in feed.column_names
        }
        own = replace(options, constants=constants)
        try:
            results.append(_load_feed(landing_of(feed), fmt, path, own, progress))
        except InputRefused as error:
            if not results:
                raise
            raise InputRefused(
                f"{error}; its {feed_name} did land, in batch {results[0].batch.batch_id}"
            ) from error
    return results


def _load_feed(
    landing: Lander,
    fmt: Format,
    path: Path,
    options: Options,
    progress: Progress | None,
) -> Loaded:
    feed = landing.feed
    _check_options(feed, options)
    zone = options.timezone or fmt.timezone
    with (
        open_source(path, fmt.layout) as source,
        landing.held(),
        prepared(feed, source, fmt, options.constants, zone) as chunks,
    ):
        settings: dict[str, Any] = {"set": options.constants, "timezone": zone}
        if source.named:
            settings["path"] = source.named
        if options.occasion:
            settings["occasion"] = options.occasion
        recorded = options_text(settings)
        fingerprint = hashlib.sha256(
            "\0".join([feed.name, fmt.name, source.sha256, recorded]).encode()
        ).hexdigest()
        if before := landing.landed_before(fingerprint):
            log.info("already landed", extra={"batch_id": before.batch_id, "feed": feed.name})
            return Loaded(before, repeated=True)
        return land_source(
            landing, source, chunks, fmt.name, options, recorded, fingerprint, progress
        )


def prepared(
    feed: Feed, source: Source, fmt: Format, constants: dict[str, str], zone: str | None
) -> AbstractContextManager[Iterator[Checked]]:
    """``checked_rows`` of a source, prepared from now on; left, it reads no further."""
    rows = checked_rows(feed, source, fmt, constants, zone)
    return ahead(rows, stop=source.connection.interrupt)


def land_source(
    landing: Lander,
    source: Source,
    chunks: Iterator[Checked],
    format_name: str,
    options: Options,
    recorded: str,
    fingerprint: str,
    progress: Progress | None = None,
) -> Loaded:
    """Land an opened source as a new batch. The caller holds the feed and has recovered it.

    Args:
        chunks: its rows, as of ``prepared``.
        recorded: what the ledger keeps as the options of the batch.

    Raises:
        InputRefused: too many rows are bad; nothing landed.
    """
    feed = landing.feed
    batch_seq = landing.next_batch_seq()
    batch = Batch(
        feed=feed.name,
        batch_seq=batch_seq,
        batch_id=f"{feed.name}-{batch_seq:06d}",
        source=str(source.path),
        source_sha256=source.sha256,
        source_bytes=source.size_bytes,
        format=format_name,
        options=recorded,
        fingerprint=fingerprint,
        started_at=utc_now(),
    )
    started = time.monotonic()
    try:
        batch = _land(landing, batch, source, chunks, options, progress)
    except BaseException:
        # a killed one leaves its working tables to the next load
        landing.abandon()
        raise
    log.info(
        "landed",
        extra={
            "batch_id": batch.batch_id,
            "feed": feed.name,
            "source": batch.source,
            "rows_read": batch.rows_read,
            "rows_landed": batch.rows_landed,
            "rows_duplicate": batch.rows_duplicate,
            "rows_rejected": batch.rows_rejected,
            "duration_s": round(time.monotonic() - started, 3),
        },
    )
    return Loaded(batch)


def _check_options(feed: Feed, options: Options) -> None:
    unknown = sorted(set(options.constants) - set(feed.column_names))
    if unknown:
        raise ConfigurationError(
            f"--set {unknown[0]}: feed {feed.name} has no such column; "
            f"it has {', '.join(feed.column_names)}"
        )
    if options.timezone is not None:
        try:
            ZoneInfo(options.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigurationError(
                f"--timezone {options.timezone}: no such IANA zone; for example Europe/Berlin"
            ) from error
    if not 0 <= options.max_reject_rate <= 1:
        raise ConfigurationError("--max-reject-rate must lie between 0 and 1")


def _land(
    landing: Lander,
    batch: Batch,
    source: Source,
    chunks: Iterator[Checked],
    options: Options,
    progress: Progress | None,
) -> Batch:
    landing.begin(batch)
    read = rejected = rounded = 0
    for good, bad, cut, rows in chunks:
        naive = next((reject for reject in bad if reject["reason"] == NAIVE_TIME), None)
        if naive is not None:
            raise InputRefused(
                f"{source.path}: row {naive['row']}, column {naive['column']}: {naive['value']!r} "
                "has no zone; state it with --timezone"
            )
        if good.num_rows:
            landing.add(good)
        landing.add_rejects(batch, bad)
        read, rejected, rounded = read + rows, rejected + len(bad), rounded + cut
        if progress is not None:
            progress(read)
    if read == 0:
        raise InputRefused(
            f"{source.path}: no rows in {source.size_bytes} bytes; it has none, or format "
            f"{batch.format} does not fit"
        )
    batch = replace(batch, rows_read=read, rows_rejected=rejected, values_rounded=rounded)
    # a first look saves the classification of a batch that is bad anyway
    _check_reject_rate(landing, batch, source, options)
    batch = landing.classify(batch)
    _check_reject_rate(landing, batch, source, options)
    return landing.commit(batch)


T = TypeVar("T")


@contextmanager
def ahead(
    items: Iterator[T], stop: Callable[[], None] | None = None
) -> Generator[Iterator[T], None, None]:
    """Items that are prepared while others are used, from now on: reading and inserting overlap.

    Args:
        stop: breaks off the preparation of an item that nobody is going to use.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        pending = deque(pool.submit(next, items, None) for _ in range(CHUNKS_AHEAD))

        def used() -> Iterator[T]:
            while (item := pending.popleft().result()) is not None:
                pending.append(pool.submit(next, items, None))
                yield item

        try:
            yield used()
        finally:
            running = [future for future in pending if not (future.cancel() or future.done())]
            if running and stop is not None:
                stop()


_NOTHING_LANDED: dict[str, Any] = {
    "rows_landed": 0,
    "rows_corrected": 0,
    "rows_deleted": 0,
    "rows_duplicate": 0,
    "rows_superseded": 0,
    "rows_stale": 0,
    "event_time_min": None,
    "event_time_max": None,
}


def _check_reject_rate(landing: Lander, batch: Batch, source: Source, options: Options) -> None:
    if batch.rows_rejected <= options.max_reject_rate * batch.rows_read:
        return
    worst = landing.worst_reject()
    everywhere = worst["reason"] == MISSING and int(worst["n"]) == batch.rows_read
    advice = f"; `load` states it for all with --set {worst['column']}=VALUE" if everywhere else ""
    why = (
        f"{source.path}: {batch.rows_rejected} of {batch.rows_read} rows are bad, above "
        f"--max-reject-rate {options.max_reject_rate:g}; most often {worst['column']}: "
        f"{worst['reason']} ({worst['n']} rows, first in row {worst['first_row']}{advice}); "
        f"nothing landed, see tradehouse rejects {batch.feed}"
    )
    # the whole batch is refused, so that read = landed + duplicates + rejected holds for it too
    refused = replace(batch, **_NOTHING_LANDED, rows_rejected=batch.rows_read)
    landing.refuse(refused, why)
    raise InputRefused(why)
