"""Price lists of Steam and DMarket, as small files that the tests write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.python.conftest import House


def prices(house: House) -> list[dict[str, Any]]:
    return house.query(
        "select symbol, market, venue, toString(price) as price, currency, offers, "
        "toString(snapshot_at) as at from raw.price_snapshots order by market, symbol"
    )


def test_steam_prices(house: House, tmp_path: Path) -> None:
    items = {f"Item {number}": 100 + number for number in range(3)}
    items |= {'\u2605 Knife | "Fade" (Factory New)': 1, "Dear": 12345678901234567}
    bad = {"Dollars": 12.34, "Free": 0, "Nothing": None, "Text": "x", "Debt": -5}
    path = tmp_path / "latest.json"
    metadata = {"updated_at": "2026-02-07T20:07:42.400Z", "currency": "USD", "item_count": 10}
    path.write_text(json.dumps({"metadata": metadata, "prices": {**items, **bad}}))
    loaded = house.load("price_snapshots", path, "--format", "steam_prices",
                        "--max-reject-rate", "0.5")  # fmt: skip
    assert (loaded["landed"], loaded["rejected"]) == (5, 5)
    common = {"market": "csgo", "venue": "steam", "currency": "USD", "offers": None,
              "at": "2026-02-07 20:07:42.400000"}  # fmt: skip
    assert prices(house) == [
        {"symbol": "Dear", "price": "123456789012345.67", **common},
        {"symbol": "Item 0", "price": "1", **common},
        {"symbol": "Item 1", "price": "1.01", **common},
        {"symbol": "Item 2", "price": "1.02", **common},
        {"symbol": '\u2605 Knife | "Fade" (Factory New)', "price": "0.01", **common},
    ]
    rejects = house.run("rejects", "price_snapshots", "--json").rows
    found = {json.loads(row["record"])["symbol"]: (row["value"], row["reason"]) for row in rejects}
    assert found == {
        "Dollars": ("12.34 is not whole cents", "not a number"),
        "Free": ("0.00", "not above 0"),
        "Nothing": ("", "missing value"),
        "Text": ("x is not whole cents", "not a number"),
        "Debt": ("-5 is not whole cents", "not a number"),
    }


def offer(item: str, price: Any, **changes: Any) -> dict[str, Any]:
    return {"item_name": item, "game": "csgo", "source": "dmarket", "price_usd": price,
            "suggested_price_usd": 0, "collected_at": "2026-01-17T13:09:56.075948+00:00",
            "item_id": "x", **changes}  # fmt: skip


def test_dmarket_offers(house: House, tmp_path: Path) -> None:
    """The lowest offer of an item is its price; an offer without a price spoils its item."""
    later = "2026-01-17T13:10:00+00:00"
    offers = [
        offer("A", 10.5), offer("A", 9.25, collected_at=later), offer("A", 100.0),
        offer("B", 1), offer("B", 0.5, game="rust"), offer("B", 3, source=None),
        offer("C", 2.0), offer("C", "abc"), offer("D", None), offer("D", 4),
        offer("E", 0), offer("E", 5),
    ]  # fmt: skip
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"metadata": {"total_items": len(offers)}, "prices": offers}))
    loaded = house.load("price_snapshots", path, "--format", "dmarket_offers",
                        "--max-reject-rate", "0.5")  # fmt: skip
    assert (loaded["read"], loaded["landed"], loaded["rejected"]) == (6, 3, 3)
    common = {"venue": "dmarket", "currency": "USD"}
    assert prices(house) == [
        {"symbol": "A", "market": "csgo", "price": "9.25", "offers": 3,
         "at": "2026-01-17 13:10:00.000000", **common},
        {"symbol": "B", "market": "csgo", "price": "1", "offers": 2,
         "at": "2026-01-17 13:09:56.075948", **common},
        {"symbol": "B", "market": "rust", "price": "0.5", "offers": 1,
         "at": "2026-01-17 13:09:56.075948", **common},
    ]  # fmt: skip
    rejects = house.run("rejects", "price_snapshots", "--json").rows
    assert [(row["row"], row["value"], row["reason"]) for row in rejects] == [
        (3, "abc", "not a number"), (4, "", "missing value"), (5, "0", "not above 0"),
    ]  # fmt: skip
