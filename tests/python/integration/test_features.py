"""Features of a minute: what was known at its end, whatever came later and however built."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.python.marts import Marts, Row, fresh_marts

INTERVALS = ("1m", "5m", "15m", "1h", "4h", "1d")
MINUTES = "int_market__measure_minutes"
BUILT = (*(f"agg_candles_{name}" for name in INTERVALS), "fct_quotes", MINUTES, "fct_indicators")
VIEWS = ("stg_ticks", "stg_candles", "stg_quotes", "fct_indicators_1m", "fct_features_1m")
FIRST_DAY = dt.datetime(2024, 2, 28, tzinfo=dt.timezone.utc)
DAYS = 3
# the end of a minute, and the beginning of the next
NOW = FIRST_DAY + dt.timedelta(days=1, hours=10)
WIDE_S, STALE_S = 86_400, 60

Found = dict[dt.datetime, dict[str, Any]]


def instants(rng: random.Random, count: int) -> list[dt.datetime]:
    """Bursts within minutes, some at the very end of one, and silence between them."""
    found = {NOW, NOW - dt.timedelta(microseconds=1)}
    while len(found) < count:
        at = FIRST_DAY + dt.timedelta(seconds=rng.randrange(DAYS * 86_400 // 60) * 60)
        for _ in range(rng.choice([1, 2, 8])):
            found.add(at + dt.timedelta(seconds=rng.choice([0, 59.999999, rng.randrange(400)])))
    return sorted(found)


def printed(at: dt.datetime, rng: random.Random, number: int) -> Row:
    return {
        "symbol": "A/B", "market": "spot", "ts": at.isoformat(), "seq": str(number),
        "price": f"{rng.randrange(900, 1100) / 8}", "quantity": f"{rng.randrange(1, 5000) / 1000}",
        "aggressor": rng.choice(("buy", "sell", "unknown")),
    }  # fmt: skip


def quoted(at: dt.datetime, rng: random.Random, number: int) -> Row:
    bid = rng.randrange(900, 1000)
    return {
        "symbol": "A/B", "market": "spot", "ts": at.isoformat(), "seq": str(number),
        "bid_price": str(bid) if number % 7 else "", "bid_size": str(rng.randrange(3)),
        "ask_price": str(bid + rng.randrange(-1, 9)), "ask_size": str(rng.randrange(3)),
    }  # fmt: skip


def history(seed: int) -> tuple[list[Row], list[Row]]:
    rng = random.Random(seed)
    prints = [printed(at, rng, number) for number, at in enumerate(instants(rng, 500), 1)]
    quotes = [quoted(at, rng, number) for number, at in enumerate(instants(rng, 300), 1)]
    return prints, quotes


def load(marts: Marts, venue: str, prints: Sequence[Row], quotes: Sequence[Row]) -> None:
    for feed, rows in (("ticks", prints), ("quotes", quotes)):
        if rows:
            marts.load(feed, [{**row, "venue": venue} for row in rows])


def is_past(row: Row) -> bool:
    return dt.datetime.fromisoformat(row["ts"]) < NOW


@pytest.fixture(scope="module")
def marts(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    with fresh_marts(warehouse_path, tmp_path_factory) as fresh:
        prints, quotes = history(1)
        load(fresh, "known", prints, quotes)
        # the same past, and another future
        other_prints, other_quotes = history(2)
        past = [row for row in prints if is_past(row)], [row for row in quotes if is_past(row)]
        load(fresh, "other", *past)
        load(
            fresh,
            "other",
            [row for row in other_prints if not is_past(row)],
            [row for row in other_quotes if not is_past(row)],
        )
        load(fresh, "ended", *past)
        fresh.dbt("seed", "--select", "venues")
        fresh.build(*VIEWS, *BUILT, "fct_candles")
        yield fresh


def features(marts: Marts, venue: str) -> Found:
    relation = f"{{marts}}.fct_features_1m where venue = '{venue}'"
    names = [row[0] for row in marts.query("describe table {marts}.fct_features_1m")]
    rows = marts.query(f"select * from {relation} order by known_at")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {row["known_at"].replace(tzinfo=dt.timezone.utc): {**row, "venue": ""} for row in found}


def until_now(found: Found) -> Found:
    return {at: row for at, row in found.items() if at <= NOW}


def test_the_future_changes_nothing(marts: Marts) -> None:
    known, other, ended = (features(marts, venue) for venue in ("known", "other", "ended"))
    assert until_now(known) == until_now(other) == ended
    # up to the print of the last microsecond, and with something of every kind
    assert max(ended) == NOW
    assert all(any(row[name] is not None for row in ended.values()) for name in ended[NOW])
    later = [at for at in known if at > NOW and at in other]
    assert later and all(known[at] != other[at] for at in later)


def test_what_lands_later_changes_nothing_before_it(marts: Marts) -> None:
    """The series that ended goes on, between builds: prints, quotes, and candles of a source."""
    before = features(marts, "ended")
    prints, quotes = history(3)
    load(
        marts,
        "ended",
        [{**row, "seq": "9"} for row in prints if not is_past(row)],
        [row for row in quotes if not is_past(row)],
    )
    candle = {"market": "spot", "symbol": "A/B", "venue": "ended", "interval_s": "60",
              "open": "1", "high": "1", "low": "1", "close": "1"}  # fmt: skip
    marts.load("candles", [{**candle, "opened_at": NOW.isoformat()}])
    marts.build(*BUILT, "fct_candles")
    after = features(marts, "ended")
    assert until_now(after) == before
    assert len(after) > len(before)


def test_late_rows_rebuild_their_day_and_the_next(marts: Marts) -> None:
    state = (
        "select comment from system.tables "
        f"where database = '{{marts}}_staging' and name = '{MINUTES}'"
    )
    generation = marts.query(state)[0][0].split(":")[0]
    rng = random.Random(5)
    # a day before all others, whose last minute reaches into the next; the last quote of a row
    late_print = printed(dt.datetime.fromisoformat("2024-02-20T23:59:59.500000+00:00"), rng, 1)
    late_quote = quoted(NOW - dt.timedelta(microseconds=1), rng, 9999)
    steps: list[tuple[list[Row], list[Row], list[int]]] = [
        ([late_print], [], [20240220, 20240221]),
        ([], [late_quote], [20240229, 20240301]),
    ]
    for prints, quotes, touched in steps:
        before = marts.contents("fct_features_1m")
        load(marts, "known", prints, quotes)
        marts.build(*BUILT)
        assert marts.query(state)[0][0].split(":")[0] == generation
        rows = marts.query(
            f"select touched from {{marts}}._model_changes where model = '{MINUTES}' and build = "
            f"(select max(build) from {{marts}}._model_changes where model = '{MINUTES}') "
            "order by touched"
        )
        assert [row[0] for row in rows] == touched
        assert marts.contents("fct_features_1m") != before
    marts.dbt("test", "--select", "assert_features_cover_candles")
    found = marts.contents("fct_features_1m")
    marts.build(*BUILT, full_refresh=True)
    assert marts.contents("fct_features_1m") == found


def test_features_equal_another_computation(marts: Marts) -> None:
    """Row by row from all prints and quotes before its time, by Python."""
    found = features(marts, "other")
    prints = marts.query(
        "select ts, seq, price, quantity, aggressor from {marts}_staging.stg_ticks "
        "where venue = 'other' order by ts, seq, price"
    )
    quotes = marts.query(
        "select ts, toFloat64(spread_bps), imbalance_1 from {marts}.fct_quotes "
        "where venue = 'other' order by ts, seq, coalesce(bid_price, 0), coalesce(ask_price, 0), "
        "coalesce(bid_size, 0), coalesce(ask_size, 0)"
    )
    ends = {at: at.replace(tzinfo=None) for at in found}
    assert set(ends.values()) == {
        ts.replace(second=0, microsecond=0) + dt.timedelta(minutes=1) for ts, *_ in prints
    }
    for at, end in ends.items():
        known = [row for row in prints if row[0] < end]
        row = found[at]
        close = known[-1][2]
        expected: dict[str, float | None] = {}
        for lag in (1, 5, 15, 60):
            then = [p for p in known if p[0] < end - dt.timedelta(minutes=lag)]
            minute = then[-1][0].replace(second=0, microsecond=0) if then else None
            old = minute is None or (end - minute).total_seconds() - 60 > WIDE_S
            expected[f"return_{lag}m"] = None if old else float(close) / float(then[-1][2]) - 1
        closes: dict[dt.datetime, float] = {}
        for ts, _, price, *_ in known:
            if ts >= end - dt.timedelta(minutes=60):
                closes[ts.replace(second=0, microsecond=0)] = float(price)
        steps = list(closes.values())
        squares = [math.log(b / a) ** 2 for a, b in itertools.pairwise(steps)]
        expected["realised_volatility_60m"] = math.sqrt(sum(squares)) if squares else None
        for minutes in (1, 15):
            taken = [p for p in known if p[0] >= end - dt.timedelta(minutes=minutes)]
            bought = float(sum(p[3] for p in taken if p[4] == "buy"))
            sold = float(sum(p[3] for p in taken if p[4] == "sell"))
            expected[f"volume_imbalance_{minutes}m"] = (
                (bought - sold) / (bought + sold) if bought + sold else None
            )
        current = [q for q in quotes if q[0] < end][-1:]
        fresh = [q for q in current if (end - q[0]).total_seconds() <= STALE_S]
        expected["spread_bps"] = fresh[0][1] if fresh else None
        expected["book_imbalance_1"] = fresh[0][2] if fresh else None
        for name, value in expected.items():
            assert row[name] == (value if value is None else pytest.approx(value)), (at, name)
