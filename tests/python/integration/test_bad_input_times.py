"""Times: none without a zone, offsets, and the local times of a zone around its clock changes."""

from __future__ import annotations

import pytest

from tests.python.conftest import House, WriteCsv, trade
from tests.python.integration.conftest import FLOW, raw_counts, refused


@pytest.mark.parametrize("text", ["2026-01-05 11:00:00", "2026-01-05T11:00", "2026-01-05"])
def test_a_naive_time_refuses_the_file(refusing: House, write_csv: WriteCsv, text: str) -> None:
    path = write_csv([trade(), trade(trade_id="t2", opened_at="2026-01-05", closed_at=text)])
    message = refused(refusing, "trades", path, "--max-reject-rate", "1")
    assert "row 2, column opened_at: '2026-01-05' has no zone; state it with --timezone" in message
    assert raw_counts(refusing) == (0, 0)


NOT_A_TIME = "not a time"

# zone, text, and the instant in UTC or the reason why there is none
LOCAL_TIMES: list[tuple[str, str, str]] = [
    ("America/New_York", "2026-01-05", "2026-01-05 05:00:00"),
    ("America/New_York", "2026-07-05T12:00", "2026-07-05 16:00:00"),
    ("America/New_York", "2026-11-01 00:59:59.999999", "2026-11-01 04:59:59.999999"),
    ("America/New_York", "2026-11-01 01:00:00", "ambiguous"),
    ("America/New_York", "2026-11-01 01:30:00", "ambiguous"),
    ("America/New_York", "2026-11-01 01:59:59.999999", "ambiguous"),
    ("America/New_York", "2026-11-01 02:00:00", "2026-11-01 07:00:00"),
    ("America/New_York", "2026-11-01 01:30:00-04:00", "2026-11-01 05:30:00"),
    ("America/New_York", "2026-11-01 01:30:00-05:00", "2026-11-01 06:30:00"),
    ("America/New_York", "2026-03-08 01:59:59", "2026-03-08 06:59:59"),
    ("America/New_York", "2026-03-08 02:00:00", "does not exist"),
    ("America/New_York", "2026-03-08 02:30:00", "does not exist"),
    ("America/New_York", "2026-03-08 03:00:00", "2026-03-08 07:00:00"),
    ("America/New_York", "2026-02-30 03:00:00", NOT_A_TIME),
    ("America/New_York", "2026-01-05T10:00:00Z", "2026-01-05 10:00:00"),
    ("Australia/Lord_Howe", "2026-04-05 01:29:59", "2026-04-04 14:29:59"),
    ("Australia/Lord_Howe", "2026-04-05 01:30:00", "ambiguous"),
    ("Australia/Lord_Howe", "2026-04-05 01:59:59", "ambiguous"),
    ("Australia/Lord_Howe", "2026-04-05 02:00:00", "2026-04-04 15:30:00"),
    ("Australia/Lord_Howe", "2026-10-04 02:15:00", "does not exist"),
    ("Australia/Lord_Howe", "2026-10-04 02:30:00", "2026-10-03 15:30:00"),
    # the station goes back by two hours
    ("Antarctica/Troll", "2026-10-25 00:59:59", "2026-10-24 22:59:59"),
    ("Antarctica/Troll", "2026-10-25 01:00:00", "ambiguous"),
    ("Antarctica/Troll", "2026-10-25 02:59:59", "ambiguous"),
    ("Antarctica/Troll", "2026-10-25 03:00:00", "2026-10-25 03:00:00"),
    # a day that Samoa left out
    ("Pacific/Apia", "2011-12-30 12:00:00", "does not exist"),
    ("Europe/Berlin", "2026-01-05 12:00:00.000001", "2026-01-05 11:00:00.000001"),
    ("UTC", "2026-11-01 01:30:00", "2026-11-01 01:30:00"),
]


@pytest.mark.parametrize("zone", sorted({zone for zone, _, _ in LOCAL_TIMES}))
def test_local_times_of_a_stated_zone(house: House, write_csv: WriteCsv, zone: str) -> None:
    cases = [(text, meaning) for named, text, meaning in LOCAL_TIMES if named == zone]
    rows = [{**FLOW, "flow_id": f"f{n}", "at": text} for n, (text, _) in enumerate(cases, 1)]
    house.load("cash_flows", write_csv(rows), "--timezone", zone, "--max-reject-rate", "1")
    found = {r["row"]: r["reason"] for r in house.run("rejects", "cash_flows", "--json").rows}
    landed = house.query("select _row as n, toString(at) as at from raw.cash_flows")
    found |= {r["n"]: r["at"] for r in landed}
    for number, (text, meaning) in enumerate(cases, 1):
        if meaning in ("ambiguous", "does not exist"):
            preposition = f"{meaning} in {zone} (clock change)"
            assert found[number] == preposition, text
        elif meaning == NOT_A_TIME:
            assert found[number] == NOT_A_TIME, text
        else:
            whole = meaning if "." in meaning else f"{meaning}.000000"
            assert found[number] == whole, text


def test_offsets_are_honoured(house: House, write_csv: WriteCsv) -> None:
    times = ["2026-01-05T12:00:00Z", "2026-01-05T12:00:00+00:00", "2026-01-05 13:00:00+01",
             "2026-01-05T17:30:00+0530", "2026-01-05T02:00:00 -10:00", "2026-01-05 12:00Z",
             "2026-01-06T02:00:00+14:00"]  # fmt: skip
    rows = [{**FLOW, "flow_id": f"f{n}", "at": text} for n, text in enumerate(times)]
    house.load("cash_flows", write_csv(rows))
    assert house.query("select distinct toString(at) as at from raw.cash_flows") == [
        {"at": "2026-01-05 12:00:00.000000"}
    ]
