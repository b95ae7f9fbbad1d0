"""The feed signals: what lands, what is rejected, and what was there before."""

from __future__ import annotations

from tests.python.conftest import House, WriteCsv


def signal(**changes: str) -> dict[str, str]:
    return {"signal_id": "1", "ts": "2024-01-01T10:00:00Z", "strategy": "s", "symbol": "A/B",
            "signal_type": "buy", "confidence": "0.5", "price": "", **changes}  # fmt: skip


def test_signals(house: House, write_csv: WriteCsv) -> None:
    rows = [signal(), signal(strategy="other"), signal(signal_id="2", confidence="1.01"),
            signal(signal_id="3", price="0"), signal(signal_id="4", confidence="nan")]  # fmt: skip
    first = house.load("signals", write_csv(rows), "--max-reject-rate", "1")
    assert (first["landed"], first["rejected"]) == (2, 3)
    reasons = {row["row"]: row["reason"] for row in house.run("rejects", "signals", "--json").rows}
    assert reasons == {3: "above 1", 4: "not above 0", 5: "not a finite number"}
    # of another month the same signal still is the same
    again = [signal(), signal(ts="2024-03-01T10:00:00Z"), signal(signal_id="5")]
    second = house.load("signals", write_csv(again, "again.csv"), "--max-reject-rate", "1")
    assert (second["landed"], second["duplicates"], second["rejected"]) == (1, 1, 1)
