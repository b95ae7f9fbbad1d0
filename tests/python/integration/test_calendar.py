"""The calendar and the commission history as dbt builds them, against independent sources.

Oracles: Python's zoneinfo for every day of every zone; the trading days of real daily bars, and
published yearly session counts, for the exchange holidays.
"""

import csv
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.python.conftest import PROJECT
from tests.python.marts import Marts, account, fresh_marts

# not in the seed; its clock went back at midnight until 2014, so that a date came twice
ACCOUNT_ZONE = "Africa/Cairo"


@pytest.fixture(scope="module")
def marts(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    with fresh_marts(warehouse_path, tmp_path_factory) as marts:
        marts.load("accounts", [account(trading_zone=ACCOUNT_ZONE)])
        # a batch that is open says nothing yet
        marts.command(
            "insert into {marts}_raw.accounts (account_id, trading_zone, kind, _batch_seq, _sign) "
            "values ('b', 'Asia/Kathmandu', 'bot', 2, 1)",
            "insert into {marts}_raw._batches (feed, batch_seq, revision, status) "
            "values ('accounts', 2, 1, 'staged')",
        )
        marts.dbt("seed")
        marts.dbt("snapshot")
        marts.dbt("run", "--select", "+dim_day", "+dim_day_zone")
        yield marts


@pytest.fixture(scope="module")
def day_zones(marts: Marts) -> dict[str, dict[date, tuple[datetime, datetime, int, int, bool]]]:
    """Per zone and day: start, end, offset at the start and at the end, transition."""
    rows = marts.query(
        """
        select zone, toInt32(day) as day, toUnixTimestamp64Micro(starts_at) as starts_at,
            toUnixTimestamp64Micro(ends_at) as ends_at, seconds, toFloat64(hours) as hours,
            utc_offset_start_s, utc_offset_end_s, toUInt8(is_dst_transition) as transition
        from {marts}.dim_day_zone
        """
    )
    found: dict[str, dict[date, tuple[datetime, datetime, int, int, bool]]] = {}
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    for zone, day, start, end, seconds, hours, before, after, transition in rows:
        assert (end - start) == seconds * 1_000_000
        assert hours == round(seconds / 3600, 2)
        found.setdefault(zone, {})[epoch.date() + timedelta(days=day)] = (
            epoch + timedelta(microseconds=start),
            epoch + timedelta(microseconds=end),
            before,
            after,
            bool(transition),
        )
    return found


def zone_days(zone: str, first: date, last: date) -> Iterator[tuple[date, datetime]]:
    """Every date that occurs in a zone and its first instant, by zoneinfo."""
    local = ZoneInfo(zone)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        # fold 0: the earlier of two midnights, and for a skipped midnight the instant of the skip
        midnight = datetime(day.year, day.month, day.day, tzinfo=local, fold=0)
        start = midnight.astimezone(timezone.utc)
        if start.astimezone(local).date() == day:
            yield day, start


def offset_s(instant: datetime, zone: str) -> int:
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def test_every_day_of_every_zone_is_as_zoneinfo_has_it(
    day_zones: dict[str, dict[date, tuple[datetime, datetime, int, int, bool]]],
) -> None:
    with (PROJECT / "seeds" / "trading_zones.csv").open(encoding="utf-8", newline="") as seed:
        zones = {row["zone"] for row in csv.DictReader(seed)}
    assert set(day_zones) == zones | {ACCOUNT_ZONE}

    first, last = date(1998, 1, 1), date(2035, 12, 31)
    for zone, found in day_zones.items():
        expected = list(zone_days(zone, first, last + timedelta(days=1)))
        wanted = {}
        for (day, start), (_, end) in pairwise(expected):
            before = offset_s(start, zone)
            after = offset_s(end - timedelta(seconds=1), zone)
            transition = before != after or end - start != timedelta(days=1)
            wanted[day] = (start, end, before, after, transition)
        assert found == wanted, zone


def test_days_of_unusual_clocks(
    day_zones: dict[str, dict[date, tuple[datetime, datetime, int, int, bool]]],
) -> None:
    def hours(zone: str, *day: int) -> float:
        start, end, *_ = day_zones[zone][date(*day)]
        return (end - start).total_seconds() / 3600

    assert hours("America/New_York", 2024, 3, 10) == 23
    assert hours("America/New_York", 2024, 11, 3) == 25
    assert hours("Australia/Lord_Howe", 2024, 4, 7) == 24.5
    assert hours("Australia/Lord_Howe", 2024, 10, 6) == 23.5
    # midnight did not exist: the day begins at 01:00 local
    assert hours("America/Sao_Paulo", 2018, 11, 4) == 23
    assert date(2011, 12, 30) not in day_zones["Pacific/Apia"]
    assert day_zones["Pacific/Apia"][date(2011, 12, 29)][1] == datetime(
        2011, 12, 30, 10, tzinfo=timezone.utc
    )


@pytest.fixture(scope="module")
def sessions(marts: Marts) -> set[date]:
    found = marts.query("select toInt32(day) from {marts}.dim_day where is_exchange_session")
    return {date(1970, 1, 1) + timedelta(days=day) for (day,) in found}


def between(sessions: set[date], first: date, last: date) -> set[date]:
    return {day for day in sessions if first <= day <= last}


def test_exchange_sessions_per_year(sessions: set[date]) -> None:
    counts = Counter(day.year for day in sessions)
    assert {year: counts[year] for year in (2001, 2012, 2018, *range(2021, 2026))} == {
        2001: 248,
        2012: 250,
        2018: 251,
        2021: 252,
        2022: 251,
        2023: 250,
        2024: 252,
        2025: 250,
    }


@pytest.mark.real_data
def test_exchange_sessions_are_the_days_of_real_bars(sessions: set[date], real_data: Path) -> None:
    with (real_data / "bt-goog" / "GOOG.csv").open(encoding="utf-8", newline="") as bars:
        goog = {date.fromisoformat(row[0][:10]) for row in list(csv.reader(bars))[1:]}
    daily = real_data / "candles-lean" / "equity" / "usa" / "daily" / "aapl.zip"
    with zipfile.ZipFile(daily) as archive:
        lines = archive.read(archive.namelist()[0]).decode("ascii").splitlines()
    aapl = {date(int(line[:4]), int(line[4:6]), int(line[6:8])) for line in lines}

    assert (min(goog), max(goog)) == (date(2004, 8, 19), date(2013, 3, 1))
    assert goog == between(sessions, min(goog), max(goog))
    assert (min(aapl), max(aapl)) == (date(1998, 1, 2), date(2021, 3, 31))
    assert aapl == between(sessions, min(aapl), max(aapl))


def test_commission_history_keeps_changes_and_closes_removals(marts: Marts) -> None:
    seed = marts.project / "seeds" / "venue_commissions.csv"
    rows = seed.read_text(encoding="utf-8").splitlines()
    changed = "kraken,*,0.0025,0.004,,2025-01-01"
    removed = "csfloat,*,,,0.02,2025-01-01"
    assert changed in rows and removed in rows
    rows[rows.index(changed)] = "kraken,*,0.002,0.0035,,2026-01-01"
    rows.remove(removed)
    seed.write_text("\n".join(rows) + "\n", encoding="utf-8")

    # dbt sees a changed seed when it parses
    marts.parse()
    marts.dbt("seed")
    marts.dbt("snapshot")
    # once more, and nothing is recorded
    marts.dbt("snapshot")

    assert marts.query(
        """
        select venue, market, toString(maker_rate), toString(seller_rate), dbt_valid_to is null
        from {marts}_staging.venue_commissions_history
        where (venue, market) in (('kraken', '*'), ('csfloat', '*'), ('steam', '*'))
        order by venue, dbt_valid_from
        """
    ) == [
        ("csfloat", "*", None, "0.02", 0),
        ("kraken", "*", "0.0025", None, 0),
        ("kraken", "*", "0.002", None, 1),
        ("steam", "*", None, "0.130435", 1),
    ]
