"""Feed contracts, as they are read from the dbt sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from python_loaders.contract import Feed, load_feeds
from python_loaders.errors import ConfigurationError


def test_the_contracts_of_the_project(feeds: dict[str, Feed]) -> None:
    assert sorted(feeds) == [
        "accounts", "book_snapshots", "candles", "cash_flows", "indicator_values",
        "price_snapshots", "quotes", "signals", "ticks", "trades",
    ]  # fmt: skip
    trades = feeds["trades"]
    assert (trades.mode, trades.key, trades.event_time) == (
        "upsert", ("account_id", "trade_id"), "closed_at",
    )  # fmt: skip
    assert (trades.partition_by, trades.version) == ("month", "version")
    assert [check.name for check in trades.checks] == ["closed_before_opened", "notional_too_large"]
    assert [feed.name for feed in feeds.values() if feed.uses_key_index] == [
        "signals", "trades",
    ]  # fmt: skip


def test_types_defaults_and_bounds(feeds: dict[str, Feed]) -> None:
    column = feeds["trades"].column
    stop, side, kind = column("stop_price"), column("side"), column("strategy_type")
    assert (stop.nullable, stop.required, stop.base_type) == (True, False, "Decimal(38, 12)")
    assert (side.nullable, side.required, side.base_type) == (False, True, "String")
    assert (kind.default, kind.required) == ("unknown", False)
    assert side.accepted == ("long", "short")
    price = column("entry_price")
    assert (price.above, price.minimum, price.maximum) == (0, None, 1e15)
    assert feeds["accounts"].column("periods_per_year").accepted == ("365", "252")
    assert column("attributes").json
    assert feeds["accounts"].column("trading_zone").zone


def test_every_column_is_described(feeds: dict[str, Feed]) -> None:
    undescribed = [
        f"{feed.name}.{column.name}"
        for feed in feeds.values()
        for column in feed.columns
        if not column.description
    ]
    assert undescribed == []


def test_a_key_column_must_be_given(feeds: dict[str, Feed]) -> None:
    """A key that may be silent would make one row of many."""
    silent = [
        f"{feed.name}.{name}"
        for feed in feeds.values()
        for name in feed.key
        if not feed.column(name).required and name != feed.named_by
    ]
    assert silent == []


FEED = """
sources:
  - name: raw_x
    tables:
      - name: no_feed
      - name: x
        config: {meta: {feed: {mode: append, key: [a], event_time: b, order_by: [a]}}}
        columns: [{name: a, data_type: String}, {name: b, data_type: "DateTime64(6, 'UTC')"}]
"""


def write(project: Path, text: str) -> None:
    path = project / "models" / "staging" / "x" / "_x__sources.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_short_contract(tmp_path: Path) -> None:
    write(tmp_path, FEED)
    (feed,) = load_feeds(tmp_path).values()
    assert (feed.name, feed.partition_by, feed.version, feed.ttl) == ("x", "none", None, None)
    assert feed.description == ""


@pytest.mark.parametrize("text", ["", "version: 2\n", "sources: [{name: s, tables: [{name: t}]}]"])
def test_no_contracts(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigurationError, match="no feed contracts under models/staging"):
        load_feeds(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [("key: [a]", "key: [z]"), ("event_time: b", "event_time: z"),
     ("order_by: [a]", "order_by: [z]"),
     ("mode: append", "mode: append, version: z"),
     ("mode: append", "mode: append, checks: [{name: n, column: z, sql: 'true'}]")],
)  # fmt: skip
def test_a_contract_that_names_what_it_does_not_declare(tmp_path: Path, old: str, new: str) -> None:
    write(tmp_path, FEED.replace(old, new))
    with pytest.raises(ConfigurationError, match=r"_x__sources.yml: feed x .*: z; add them"):
        load_feeds(tmp_path)


def test_meta_columns_are_no_names_of_contracts(feeds: dict[str, Feed]) -> None:
    """The loader adds columns that begin with an underscore."""
    assert all(not name.startswith("_") for feed in feeds.values() for name in feed.column_names)
