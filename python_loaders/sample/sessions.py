"""The hours of a day, and the sessions of the New York exchanges."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from python_loaders.sample.arguments import END
from python_loaders.sample.values import Variables

# Trades of a day by UTC hour: quiet in the small hours, busiest while Europe and America overlap.
HOUR_WEIGHTS = (3, 2, 2, 2, 2, 2, 3, 5, 7, 7, 6, 6, 7, 9, 11, 11, 10, 9, 8, 7, 6, 5, 4, 3)


def easter(year: int) -> dt.date:
    """Easter Sunday of the Gregorian calendar (anonymous algorithm, Nature 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)


def exchange_holidays(year: int) -> set[dt.date]:
    """Full-day closures of the New York exchanges by today's rules."""

    def nth(month: int, weekday: int, n: int) -> dt.date:
        first = dt.date(year, month, 1)
        return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))

    def observed(month: int, day: int) -> dt.date:
        date = dt.date(year, month, day)
        return date + dt.timedelta(days={5: -1, 6: 1}.get(date.weekday(), 0))

    last_may = nth(6, 0, 1) - dt.timedelta(days=7)
    new_year = dt.date(year, 1, 1)
    if new_year.weekday() == 6:  # on a Saturday it is not observed
        new_year += dt.timedelta(days=1)
    return {
        new_year,
        nth(1, 0, 3),
        nth(2, 0, 3),
        easter(year) - dt.timedelta(days=2),
        last_may,
        observed(6, 19),
        observed(7, 4),
        nth(9, 0, 1),
        nth(11, 3, 4),
        observed(12, 25),
    }


def new_york_sessions(first_day: dt.date, days: int) -> tuple[list[int | None], list[int | None]]:
    """Open and close of the New York session in ms of each UTC day; None where it is closed."""
    zone = ZoneInfo("America/New_York")
    holidays = {
        date for year in range(first_day.year, END.year + 1) for date in exchange_holidays(year)
    }
    opens: list[int | None] = []
    closes: list[int | None] = []
    for offset in range(days):
        date = first_day + dt.timedelta(days=offset)
        if date.weekday() >= 5 or date in holidays:
            opens.append(None)
            closes.append(None)
            continue
        for target, at in ((opens, dt.time(9, 30)), (closes, dt.time(15, 59))):
            instant = dt.datetime.combine(date, at, zone).astimezone(dt.timezone.utc)
            target.append((instant.hour * 60 + instant.minute) * 60_000)
    return opens, closes


def clock_variables(first_day: dt.date, days: int) -> Variables:
    """The hour weights and the sessions of a range, as `trades` reads them."""
    opens, closes = new_york_sessions(first_day, days)
    return {
        "weight_total": sum(HOUR_WEIGHTS),
        "hour_of": [hour for hour, weight in enumerate(HOUR_WEIGHTS) for _ in range(weight)],
        "hour_start": [sum(HOUR_WEIGHTS[:hour]) for hour in range(24)],
        "hour_weight": HOUR_WEIGHTS,
        "session_open": opens,
        "session_close": closes,
    }
