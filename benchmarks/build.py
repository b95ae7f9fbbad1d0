"""Building after a small batch: what it costs by the size of what is there already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.measure import Line, Run, compare_seconds, interleaved, markdown, seconds_text
from benchmarks.warehouses import House, Say, fresh_warehouse, sample_rows

ROUNDS = 5
BATCH_ROWS = 1_000
# in a round: the first after a full refresh, and one after that
BATCHES = ("first batch", "batch")
ROWS_A_YEAR = 1_000_000
GROWTH_LIMIT = 1.3
REFRESH_LIMIT = 0.1


def build_table(quick: bool, say: Say) -> str:
    """Measure, and the Markdown table of it."""
    small, large = (100_000, 1_000_000) if quick else (1_000_000, 10_000_000)
    with ExitStack() as stack:
        files = {size: _files(size, say) for size in (small, large)}
        houses = {size: stack.enter_context(fresh_warehouse()) for size in (small, large)}
        for size, house in houses.items():
            house("land", files[size][0], size)
            house("prepare")
            first = house("build")
            say(f"first build of {size:,} trades: {first.seconds:.2f} s of models")
        batches = iter(range(1, ROUNDS * len(BATCHES) + 1))
        runs = interleaved(ROUNDS, lambda: _round(houses, files, batches), say)
    after = f"build after {BATCH_ROWS:,} new trades on {{:,}}"
    lines = [
        compare_seconds(
            after.format(large), runs[f"batch on {large:,}"],
            after.format(small), runs[f"batch on {small:,}"], GROWTH_LIMIT,
        ),
        compare_seconds(
            after.format(large), runs[f"batch on {large:,}"],
            f"full refresh of {large:,}", runs[f"full refresh of {large:,}"], REFRESH_LIMIT,
        ),
        compare_seconds(
            f"{after.format(large)}, the first after a full refresh",
            runs[f"first batch on {large:,}"],
            f"full refresh of {large:,}", runs[f"full refresh of {large:,}"],
        ),
        Line(f"build after nothing on {large:,}", seconds_text(runs[f"nothing on {large:,}"])),
    ]  # fmt: skip
    notes = [
        "sums of the execution times of all models in run_results.json, one model at a time",
        f"{ROWS_A_YEAR:,} trades a year: more trades are a longer history; the batch is its newest",
    ]
    title = "Building after a small batch" + (" (quick)" if quick else "")
    return markdown(title, ROUNDS, lines, notes)


def _round(
    houses: dict[int, House], files: dict[int, list[Path]], batches: Iterator[int]
) -> dict[str, Run]:
    runs = {}
    large = max(houses)
    for name in BATCHES:
        batch = next(batches)
        for size, house in houses.items():
            house("land", files[size][batch], BATCH_ROWS)
            runs[f"{name} on {size:,}"] = house("build")
    runs[f"nothing on {large:,}"] = houses[large]("build")
    runs[f"full refresh of {large:,}"] = houses[large]("rebuild")
    return runs


def _files(size: int, say: Say) -> list[Path]:
    """The trades that are there at first, and then the batches."""
    batches = ROUNDS * len(BATCHES)
    cuts = [(0, size)] + [(size + batch * BATCH_ROWS, BATCH_ROWS) for batch in range(batches)]
    keys = size + batches * BATCH_ROWS
    return sample_rows(cuts, say, keys=keys, days=round(365 * size / ROWS_A_YEAR))
