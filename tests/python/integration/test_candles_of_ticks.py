"""Candles computed from ticks: the same from any order and division of files, at any moment.

The same prints land once for each way, under a venue of its own, so that one build makes the
candles of all ways. DuckDB says what is right.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from python_loaders.loader import Options
from tests.python.conftest import PROVE
from tests.python.marts import Marts, Row, fresh_marts

WAYS = 20 if PROVE else 2
INTERVALS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}
AGGREGATES = tuple(f"agg_candles_{name}" for name in INTERVALS)
VIEWS = tuple(f"rpt_candles_{name}" for name in INTERVALS)
START = dt.datetime(2024, 1, 31, 12, tzinfo=dt.timezone.utc)
SPAN_S = 150_000

Candles = list[tuple[str, ...]]


def make_prints(seed: int, count: int) -> list[Row]:
    """Prints of two symbols over the turn of a month: ties of an instant, and prints alike."""
    rng = random.Random(seed)

    def printed(symbol: str, at_s: int, seq: int, trade_ref: str) -> Row:
        return {
            "symbol": symbol, "market": "spot",
            "ts": (START + dt.timedelta(seconds=at_s)).isoformat(), "seq": str(seq),
            "trade_ref": trade_ref, "price": f"{rng.randrange(900, 1100) / 8}",
            "quantity": f"{rng.randrange(5000) / 1000}", "aggressor": rng.choice(("buy", "sell")),
        }  # fmt: skip

    # named ones share instants, and their numbers rise
    prints = [
        printed("A/B", n * SPAN_S // count // 60 * 60, n, f"n{n}") for n in range(1, count + 1)
    ]
    # without a name or a number; some are alike
    for _ in range(count // 3):
        alike = printed("C/D", rng.randrange(SPAN_S // 100) * 100, 0, "")
        prints += [alike] * rng.choice([1, 1, 1, 2, 3])
    return prints


def divide(prints: list[Row], rng: random.Random) -> list[list[Row]]:
    """Files that hold every print at least once, in any order; prints alike stay together."""
    key = sorted(prints, key=lambda row: tuple(row.values()))
    groups = [list(group) for _, group in groupby(key)]
    rng.shuffle(groups)
    files: list[list[Row]] = [[] for _ in range(rng.choice([2, 3]))]
    for group in groups:
        for number in rng.sample(range(len(files)), rng.choice([1, 1, 1, 2])):
            files[number] += group
    for file in files:
        rng.shuffle(file)
    return [file for file in files if file]


PRINT_TYPES = """
    symbol, ts::timestamptz as ts, seq::ubigint as seq, price::decimal(38, 12) as price,
    quantity::decimal(38, 12) as quantity, aggressor
"""


def batch(prints: list[Row], seconds: int) -> Candles:
    """The candles of all prints at once, by DuckDB."""
    rows = pa.Table.from_pylist(prints)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("texts", rows)
        found = connection.execute(
            f"""
            with prints as (select {PRINT_TYPES} from texts)
            select
                symbol, arg_min(price, (ts, seq, price)), max(price), min(price),
                arg_max(price, (ts, seq, price)), sum(quantity),
                coalesce(sum(quantity) filter (aggressor = 'buy'), 0),
                coalesce(sum(quantity) filter (aggressor = 'sell'), 0),
                sum((price::decimal(18, 6) * quantity::decimal(18, 6))::decimal(38, 12)),
                count(*), arg_min(seq, (ts, seq)), arg_max(seq, (ts, seq)), min(ts), max(ts),
                make_timestamp((epoch_us(ts) // {seconds * 1_000_000}) * {seconds * 1_000_000})
            from prints group by all
            """
        ).fetchall()
    return sorted(tuple(_text(value) for value in row) for row in found)


def _text(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def candles(marts: Marts, name: str, venue: str) -> Candles:
    columns = ", ".join(
        f"toString({column})"
        for column in (
            "symbol", "open", "high", "low", "close", "volume", "buy_volume", "sell_volume",
            "quote_volume", "trade_count", "first_seq", "last_seq", "first_at", "last_at",
            "opened_at",
        )
    )  # fmt: skip
    rows = marts.query(
        f"select {columns} from {{marts}}.rpt_candles_{name} where venue = '{venue}'"
    )
    return sorted(rows)


@pytest.fixture(scope="module")
def marts(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    with fresh_marts(warehouse_path, tmp_path_factory) as fresh:
        load(fresh, "first", make_prints(3, 20))
        fresh.build("stg_ticks", *AGGREGATES, *VIEWS, "candles", full_refresh=True)
        yield fresh


def load(marts: Marts, venue: str, rows: list[Row]) -> None:
    marts.load_file("ticks", marts.write(rows), Options(constants={"venue": venue}))


def check(marts: Marts) -> None:
    marts.dbt("test", "--select", "assert_candles_equal_ticks")


def test_any_way_to_load_gives_the_same_candles(marts: Marts) -> None:
    """Shuffled, divided and repeated files; builds in between; a tail after the last build."""
    rng = random.Random(5)
    prints = make_prints(7, 3000 if PROVE else 600)
    files = [
        (f"way{way}", rows) for way in range(WAYS) for rows in divide(prints, rng)
    ]  # fmt: skip
    rng.shuffle(files)
    for number, (venue, rows) in enumerate(files):
        load(marts, venue, rows)
        if number == len(files) // 2:
            marts.build(*AGGREGATES)
    # half of the files are the tail now
    check(marts)
    expected = {name: batch(prints, seconds) for name, seconds in INTERVALS.items()}
    for built in (False, True):
        if built:
            marts.build(*AGGREGATES)
        for name, right in expected.items():
            for way in range(WAYS):
                assert candles(marts, name, f"way{way}") == right, (name, way, built)
    # what was built step by step is what a full build gives
    found = marts.contents(*AGGREGATES)
    assert marts.in_full(AGGREGATES, ()) == found


def test_a_late_print_touches_its_day_and_months(marts: Marts) -> None:
    marts.build(*AGGREGATES)
    before = marts.query("select comment from system.tables where database = '{marts}' "
                         "and name = 'agg_candles_1m'")[0][0]  # fmt: skip
    late = make_prints(9, 1)[0]
    load(
        marts,
        "late",
        [{**late, "ts": "2023-11-05T10:00:00Z"}, {**late, "ts": "2024-02-29T00:00:00Z"}],
    )
    marts.build(*AGGREGATES)
    check(marts)
    generation = before.split(":")[0]
    for model, touched in {"agg_candles_1m": [20231105, 20240229],
                           "agg_candles_5m": [202311, 202402],
                           "agg_candles_1d": [202311, 202402]}.items():  # fmt: skip
        rows = marts.query(
            "select touched from {marts}._model_changes where (model, build) = "
            f"('{model}', (select max(build) from {{marts}}._model_changes "
            f"where model = '{model}')) order by touched"
        )
        assert [row[0] for row in rows] == touched, model
    comments = marts.query(
        "select comment from system.tables where database = '{marts}' and name = 'agg_candles_1m'"
    )
    assert comments[0][0].split(":")[0] == generation


def test_candles_of_a_symbol_and_span(marts: Marts) -> None:
    load(marts, "asked", make_prints(11, 60))
    call = "{marts}.candles(symbol = 'spot:A/B', interval = '%s', from = '%s', to = '%s')"
    first, end = "2024-01-31 15:00:00", "2024-02-01 06:00:00"
    for name in INTERVALS:
        found = marts.query(
            f"select * from {call % (name, first, end)} where venue = 'asked' order by opened_at"
        )
        expected = marts.query(
            f"select '{name}', * from {{marts}}.rpt_candles_{name} where market = 'spot' "
            f"and symbol = 'A/B' and venue = 'asked' and opened_at >= '{first}' "
            f"and opened_at < '{end}' order by opened_at"
        )
        assert found == expected
        assert name == "1d" or len(found) > 1
    assert not marts.query(f"select * from {call % ('2m', first, end)}")


def quoted(rng: random.Random, at_s: int) -> Row:
    bid = rng.randrange(900, 1000)
    return {
        "symbol": "A/B", "market": "spot", "venue": "v", "seq": str(at_s // 7),
        "ts": (START + dt.timedelta(seconds=at_s)).isoformat(),
        "bid_price": str(bid) if at_s % 5 else "", "bid_size": str(rng.randrange(1, 9)),
        "ask_price": str(bid + rng.randrange(-1, 9)), "ask_size": str(rng.randrange(3)),
    }  # fmt: skip


def book(rng: random.Random, at_s: int) -> Row:
    """A snapshot whose best levels are such a quote, with two levels more to sell."""
    top = quoted(rng, at_s)
    bid, ask = top["bid_price"], int(top["ask_price"])
    bids = f"[{bid},{top['bid_size']}]" if bid else ""
    asks = ",".join(f"[{ask + n},{rng.randrange(1, 9)}]" for n in range(3))
    return {
        **{name: top[name] for name in ("symbol", "market", "venue", "seq", "ts")},
        "bids": f'"[{bids}]"', "asks": f'"[{asks}]"',
    }  # fmt: skip


def test_late_quotes_equal_a_full_build(marts: Marts) -> None:
    """Late, repeated, out-of-order quotes and books: facts and minutes of a full build."""
    models = ("fct_quotes", "agg_book_1m", "agg_book_depth_1m")
    rng = random.Random(17)
    quotes = [quoted(rng, rng.randrange(SPAN_S)) for _ in range(300)]
    books = [book(rng, rng.randrange(SPAN_S)) for _ in range(300)]
    marts.load("quotes", quotes[:200])
    marts.load("book_snapshots", books[:200])
    marts.build("stg_quotes", "stg_book_snapshots", "fct_book_snapshots", *models)
    marts.load("quotes", [*quotes[150:], *quotes[:20]])
    marts.load("book_snapshots", [*books[150:], *books[:20]])
    marts.build(*models)
    assert marts.query("select sum(quotes) from {marts}.agg_book_1m") == [(300,)]
    assert marts.query("select sum(snapshots) from {marts}.agg_book_depth_1m") == [(300,)]
    found = marts.contents(*models)
    assert marts.in_full(models, ()) == found
    # a day of books is rebuilt out of its own snapshots
    plan = marts.query(
        "explain indexes = 1 select sum(is_stale) from {marts}.fct_book_snapshots "
        "where toYYYYMMDD(day) in (20240201)"
    )
    read, there = next(row[0] for row in plan if "Parts: " in row[0] and "/" in row[0]).split("/")
    assert 0 < int(read.split()[-1]) < int(there)


def test_quotes_of_one_number_do_not_show_the_order_of_files(marts: Marts) -> None:
    """Two files that share instants without a number, in both orders: the same facts."""
    rng = random.Random(19)
    # more than a minute before the last, so that one quote of the instant is stale
    instants = [1, 31, 91, 401]
    moments = [(START + dt.timedelta(seconds=at_s)).isoformat() for at_s in instants]
    prints = [{**make_prints(21, 1)[0], "trade_ref": at, "ts": at} for at in moments]
    files = [
        (feed, [{**make(rng, at_s), "seq": "0"} for at_s in instants for _ in range(5)])
        for feed, make in (("quotes", quoted), ("book_snapshots", book)) * 2
    ]
    ways = {"forth": files, "back": files[::-1]}
    for venue, loads in ways.items():
        for feed, rows in (("ticks", prints), *loads):
            marts.load(feed, [{**row, "venue": venue} for row in rows])
    landed = "venue, batch_id, source_row"
    models = {"fct_quotes": landed, "fct_book_snapshots": landed, "fct_tick_quotes": "venue"}
    marts.build("stg_quotes", "stg_book_snapshots", *models)
    for model, other in models.items():
        found = [
            marts.query(
                f"select toString(tuple(* except ({other}))) as row "
                f"from {{marts}}.{model} where venue = '{venue}' order by row"
            )
            for venue in ways
        ]
        assert found[0] == found[1], model
        assert len(found[0]) == (4 if model == "fct_tick_quotes" else 40)
    # the quote that a print takes is the highest of its instant, of 10
    taken = marts.query(
        "select toString(bid_price) as bid from {marts}.fct_tick_quotes "
        "where venue = 'forth' order by ts"
    )
    quotes = [row for feed, rows in files if feed == "quotes" for row in rows]
    assert [int(bid) for (bid,) in taken] == [
        max(int(row["bid_price"]) for row in quotes if row["ts"] == at) for at in moments
    ]


@pytest.mark.long
@pytest.mark.parametrize("at", ["alter table ticks attach", "ledger says staged"])
def test_a_killed_load_is_seen_whole_or_not(marts: Marts, at: str) -> None:
    """Between builds, right after the kill, and after the load that finishes it."""
    prints = [{**row, "venue": f"killed {at}"} for row in make_prints(13, 200)]
    marts.kill_loader("ticks", prints, at=at)
    check(marts)
    marts.build(*AGGREGATES)
    check(marts)
    load(marts, f"killed {at}", make_prints(13, 200))
    check(marts)
    marts.build(*AGGREGATES)
    check(marts)
    for name, seconds in INTERVALS.items():
        right = batch(make_prints(13, 200), seconds)
        assert candles(marts, name, f"killed {at}") == right
