"""The demo as `make demo` runs it: its numbers equal the sample's manifest, its docs site opens."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from statistics import stdev
from typing import Any

import pytest

from tests.python.e2e.conftest import Demo
from tests.python.e2e.docs_site import BROWSERS, LINEAGE, PAGE, PROBE, model_page, render

COUNTED = ("landed", "duplicates", "rejected")
TABLES = {
    "fct_trades": "count()",
    "agg_trades_daily": "sum(trades)",
    "rpt_daily_stats": "sum(trades)",
}
Totals = dict[tuple[str, str], dict[str, tuple[int, Decimal]]]


@pytest.fixture(scope="module")
def totals(demo: Demo) -> Totals:
    """Trades and net PnL by table and key (account_id or strategy), then by that key's value.

    The query gives decimals as text, so that none passes through a float on its way.
    """
    parts = [
        f"select '{table}' as source, '{key}' as key, toString({key}) as value, "
        f"{count} as trades, toString(sum(net_pnl)) as net_pnl "
        f"from tradehouse.{table} group by value"
        for table, count in TABLES.items()
        for key in ("account_id", "strategy")
    ]
    result: Totals = {}
    for row in demo.installation.query(" union all ".join(parts)):
        values = result.setdefault((row["source"], row["key"]), {})
        values[row["value"]] = (row["trades"], Decimal(row["net_pnl"]))
    return result


def expected_totals(demo: Demo, key: str) -> dict[str, tuple[int, Decimal]]:
    name = key.removesuffix("_id")
    trades: Mapping[str, int] = demo.manifest["totals"][f"trades_by_{name}"]
    net_pnl: Mapping[str, str] = demo.manifest["totals"][f"net_pnl_by_{name}"]
    return {entry: (trades[entry], Decimal(net_pnl[entry])) for entry in trades if trades[entry]}


def test_the_demo_succeeds_and_says_what_it_built(demo: Demo) -> None:
    assert demo.answer.code == 0, demo.answer.err
    assert "$ dbt build" in demo.answer.out
    best, *_, worst = (
        line.split() for line in demo.answer.out.splitlines() if line[:5] in ("best ", "worst")
    )
    net_pnl = demo.manifest["totals"]["net_pnl_by_strategy"]
    assert {best[2], worst[2]} <= set(net_pnl)
    # a line names an account's strategy, the manifest a strategy's total over accounts
    assert Decimal(best[3].replace(",", "")) > 0 > Decimal(worst[3].replace(",", ""))
    assert "docs site" in demo.answer.out and "warehouse" in demo.answer.out


def test_dbt_passes_without_a_warning(demo: Demo) -> None:
    counts = demo.installation.build_counts()
    assert counts
    for line in counts:
        numbers = {name: int(value) for name, value in (pair.split("=") for pair in line.split())}
        assert numbers["PASS"] > 100
        assert (numbers["WARN"], numbers["ERROR"], numbers["SKIP"]) == (0, 0, 0)
    manifest = json.loads((demo.installation.target / "manifest.json").read_text(encoding="utf-8"))
    assert "model.tradehouse.fct_trades" in manifest["nodes"]


def test_every_batch_equals_its_line_of_the_manifest(demo: Demo) -> None:
    landed = {batch["source"]: batch for batch in demo.installation.batches()}
    assert len(landed) == len(demo.manifest["files"])
    for file in demo.manifest["files"]:
        batch = landed[str(demo.sample / file["file"])]
        assert (batch["feed"], batch["status"]) == (file["feed"], "done")
        assert batch["read"] == file["rows"], file["file"]
        assert [batch[name] for name in COUNTED] == [file[name] for name in COUNTED], file["file"]
        assert batch["read"] == sum(batch[name] for name in COUNTED)
        assert (batch["corrected"], batch["deleted"]) == (
            file["corrections"],
            file["deletions"],
        ), file["file"]


def test_live_rows_equal_the_manifest(demo: Demo) -> None:
    feeds = demo.installation.check("tradehouse", "status", "--json").rows
    # the sample has no file of the other feeds
    live = {feed["feed"]: feed["rows"] for feed in feeds if feed["batches"]}
    assert live == demo.manifest["totals"]["live_rows"]


@pytest.mark.parametrize("key", ["account_id", "strategy"])
@pytest.mark.parametrize("table", list(TABLES))
def test_trades_and_net_pnl_equal_the_manifest(
    demo: Demo, totals: Totals, table: str, key: str
) -> None:
    assert totals[table, key] == expected_totals(demo, key)


def test_the_curves_end_at_the_net_pnl_of_the_manifest(demo: Demo) -> None:
    ends = demo.installation.query(
        "select account_id, strategy, toString(argMax(cumulative_pnl, day)) as net_pnl "
        "from tradehouse.rpt_equity_curve group by account_id, strategy"
    )
    whole = {row["account_id"]: Decimal(row["net_pnl"]) for row in ends if row["strategy"] == "*"}
    expected = demo.manifest["totals"]["net_pnl_by_account"]
    assert whole == {account: Decimal(value) for account, value in expected.items()}
    by_strategy: dict[str, Decimal] = {}
    for row in ends:
        if row["strategy"] != "*":
            so_far = by_strategy.get(row["strategy"], Decimal())
            by_strategy[row["strategy"]] = so_far + Decimal(row["net_pnl"])
    by_manifest = demo.manifest["totals"]["net_pnl_by_strategy"]
    assert by_strategy == {name: Decimal(by_manifest[name]) for name in by_strategy}
    assert all(Decimal(by_manifest[name]) == 0 for name in set(by_manifest) - set(by_strategy))


@pytest.mark.parametrize(("strategy", "window"), [("*", "all"), ("martingale", "30")])
def test_every_metric_is_explained_by_its_rows(demo: Demo, strategy: str, window: str) -> None:
    rows = demo.installation.check(
        "tradehouse", "explain", "all", "--account", "acc-0001",
        "--strategy", strategy, "--window", window, "--json",
    ).rows  # fmt: skip
    assert len(rows) > 50 and all(row["agrees"] for row in rows)
    assert sum(row["value"] is not None for row in rows) > 45
    net_pnl = next(row for row in rows if row["metric"] == "net_pnl")
    assert sum(Decimal(trade["net_pnl"]) for trade in net_pnl["rows"]) == Decimal(net_pnl["value"])


# -- the parameterised views -----------------------------------------------------------------------


def last_days(demo: Demo, days: int) -> list[dict[str, Any]]:
    """Trades of the last days of every account, by the facts."""
    return demo.installation.query(
        "select account_id, strategy, agent_id, base_currency, trade_date, outcome, "
        "toString(net_pnl) as net_pnl from tradehouse.fct_trades as t "
        "join tradehouse.dim_account as a using account_id "
        "join (select account_id, max(day) as as_of from tradehouse.rpt_equity_curve "
        f"group by account_id) as e using account_id where trade_date > as_of - {days}"
    )


def test_documented_calls_of_views_answer(demo: Demo) -> None:
    manifest = json.loads((demo.installation.target / "manifest.json").read_text(encoding="utf-8"))
    calls = {
        node["name"]: (node["config"]["meta"]["example"], list(node["columns"]))
        for node in manifest["nodes"].values()
        if node["config"].get("meta", {}).get("example")
    }
    assert len(calls) >= 6
    for name, (call, columns) in calls.items():
        rows = demo.installation.query(call)
        assert rows, name
        assert list(rows[0]) == columns, name


def test_trading_history_equals_the_facts(demo: Demo) -> None:
    rows = demo.installation.query(
        "select day, strategy, trades, wins, toString(net_pnl) as net_pnl "
        "from tradehouse.rpt_trading_history(account_id = 'acc-0002', days = 10)"
    )
    expected: dict[tuple[str, str], list[Any]] = {}
    for trade in last_days(demo, 10):
        if trade["account_id"] == "acc-0002":
            day = expected.setdefault((trade["trade_date"], trade["strategy"]), [0, 0, Decimal()])
            day[0] += 1
            day[1] += trade["outcome"] == "win"
            day[2] += Decimal(trade["net_pnl"])
    assert expected
    assert {
        (row["day"], row["strategy"]): [row["trades"], row["wins"], Decimal(row["net_pnl"])]
        for row in rows
    } == expected
    # another account's name is a value, never SQL
    hostile = "x' or 1 = 1 --".replace("'", "''")
    assert not demo.installation.query(
        f"select * from tradehouse.rpt_trading_history(account_id = '{hostile}', days = 10)"
    )


@pytest.mark.parametrize(
    ("view", "trader"), [("rpt_best_strategies", "strategy"), ("rpt_best_agents", "agent_id")]
)
def test_the_best_are_ranked_by_the_facts(demo: Demo, view: str, trader: str) -> None:
    rows = demo.installation.query(
        f"select base_currency, {trader}, trades, toString(net_pnl) as net_pnl, rank_by_net_pnl "
        f"from tradehouse.{view}(days = 15)"
    )
    sums: dict[tuple[str, str], list[Any]] = {}
    for trade in last_days(demo, 15):
        if trade[trader]:
            own = sums.setdefault((trade["base_currency"], trade[trader]), [0, Decimal()])
            own[0] += 1
            own[1] += Decimal(trade["net_pnl"])
    assert sums
    found = {(row["base_currency"], row[trader]): row for row in rows}
    assert found.keys() == sums.keys()
    for (currency, _), row in found.items():
        count, profit = sums[currency, row[trader]]
        assert (row["trades"], Decimal(row["net_pnl"])) == (count, profit)
        better = [own for (other, _), (_, own) in sums.items() if other == currency]
        assert row["rank_by_net_pnl"] == 1 + sum(own > profit for own in better)


def test_win_rate_over_time_equals_the_facts(demo: Demo) -> None:
    rows = demo.installation.query(
        "select strategy, day, trades, wins, losses, win_rate_all "
        "from tradehouse.rpt_win_rate_over_time(account_id = 'acc-0001', days = 5)"
    )
    trades = [trade for trade in last_days(demo, 9999) if trade["account_id"] == "acc-0001"]
    assert len(rows) == len({(trade["strategy"], trade["trade_date"]) for trade in trades})
    for row in rows:
        last = date.fromisoformat(row["day"])
        outcomes = [
            trade["outcome"]
            for trade in trades
            if trade["strategy"] == row["strategy"]
            and 0 <= (last - date.fromisoformat(trade["trade_date"])).days < 5
        ]
        assert row["trades"] == len(outcomes)
        assert (row["wins"], row["losses"]) == (outcomes.count("win"), outcomes.count("loss"))
        assert row["win_rate_all"] == pytest.approx(row["wins"] / row["trades"])


def test_prices_by_hour_equal_the_rollup(demo: Demo) -> None:
    hours = demo.installation.query(
        "select symbol_id, venue, currency, toUnixTimestamp(hour_start) as at, "
        "toFloat64(first_price) as first, toFloat64(last_price) as last "
        "from tradehouse.agg_prices_hourly"
    )
    symbol = min(row["symbol_id"] for row in hours if row["symbol_id"].startswith("cs2:"))
    own = {(row["venue"], row["at"]): row for row in hours if row["symbol_id"] == symbol}
    last = max(at for _, at in own)
    name = symbol.replace("'", "''")
    trend = demo.installation.query(
        "select venue, toUnixTimestamp(hour_start) as at, change_rel "
        f"from tradehouse.rpt_price_trend(symbol_id = '{name}', days = 3)"
    )
    within = {key: row for key, row in own.items() if last - key[1] < 3 * 86_400}
    assert {(row["venue"], row["at"]) for row in trend} == within.keys()
    for row in trend:
        hour = own[row["venue"], row["at"]]
        assert row["change_rel"] == pytest.approx(hour["last"] / hour["first"] - 1, abs=1e-12)

    returns: dict[tuple[str, int], list[float]] = {}
    for (venue, at), row in within.items():
        if before := own.get((venue, at - 3600)):
            moves = returns.setdefault((venue, at // 3600 % 24), [])
            moves.append(row["last"] / before["last"] - 1)
    volatility = demo.installation.query(
        f"select * from tradehouse.rpt_hourly_volatility(symbol_id = '{name}', days = 3)"
    )
    assert {(row["venue"], row["hour"]) for row in volatility} == returns.keys()
    for row in volatility:
        moves = returns[row["venue"], row["hour"]]
        assert row["returns"] == len(moves)
        expected = pytest.approx(stdev(moves), rel=1e-9) if len(moves) > 1 else None
        assert row["volatility"] == expected


def test_a_second_demo_lands_nothing_and_changes_nothing(demo: Demo) -> None:
    before, batches = demo.installation.contents(), demo.installation.batches()
    again = demo.installation.run("python", "-m", "python_loaders.demo", demo.sample)
    assert again.code == 0, again.err
    lines = [line for line in again.out.splitlines() if line.endswith(" rows landed")]
    assert len(lines) == len(demo.manifest["files"])
    assert all(
        "landed before as batch" in line and line.endswith("; 0 rows landed") for line in lines
    )
    assert demo.installation.batches() == batches
    assert demo.installation.contents() == before
    test_dbt_passes_without_a_warning(demo)


def test_the_unit_tests_of_the_models_pass(demo: Demo) -> None:
    demo.installation.check("dbt", "test", "--quiet", "--select", "test_type:unit")


# -- the docs site in a real browser: a reader finds fct_trades, its meaning and its lineage -----


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    return found


@pytest.fixture(scope="module")
def pages(browser: str, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The document of the model's page and that of its lineage, as rendered."""
    folder = tmp_path_factory.mktemp("site")
    site = (demo.installation.target / "static_index.html").read_text(encoding="utf-8")
    assert site.count("</body>") >= 1
    head, body_end, tail = site.rpartition("</body>")
    probed = folder / "probed.html"
    probed.write_text(head + PROBE + body_end + tail, encoding="utf-8")
    site_path = demo.installation.target / "static_index.html"
    return (
        render(browser, site_path.as_uri() + PAGE, folder / "profile"),
        render(browser, probed.as_uri() + LINEAGE, folder / "profile"),
    )


def described(demo: Demo) -> dict[str, Any]:
    manifest = json.loads((demo.installation.target / "manifest.json").read_text(encoding="utf-8"))
    return dict(manifest["nodes"]["model.tradehouse.fct_trades"])


@pytest.mark.browser
def test_the_page_shows_the_model_its_description_and_columns(
    pages: tuple[str, str], demo: Demo
) -> None:
    page, model = model_page(pages[0]), described(demo)
    title = page.index(f" fct_trades {model['config']['materialized']} ")
    description = page.index(" ".join(model["description"].split()))
    assert title < description
    for name, column in model["columns"].items():
        shown = f" {name} {column['data_type']} {' '.join(column['description'].split())} "
        assert shown in page[description:], name


@pytest.mark.browser
def test_the_page_names_what_the_model_depends_on_and_what_uses_it(
    pages: tuple[str, str], demo: Demo
) -> None:
    page = model_page(pages[0])
    referenced_by, _, rest = page.rpartition(" Referenced By ")[2].partition(" Depends On ")
    depends_on = rest.partition(" Code ")[0]
    for parent in described(demo)["depends_on"]["nodes"]:
        assert parent.rsplit(".", 1)[1] in depends_on.split()
    assert "int_trading__measure_trades" in depends_on.split()
    assert "agg_trades_daily" in referenced_by.split()


@pytest.mark.browser
def test_the_lineage_is_drawn(pages: tuple[str, str]) -> None:
    found = re.search(r'data-lineage="([^"]*)"', pages[1])
    assert found, "no graph was drawn"
    graph = json.loads(html.unescape(found[1]))
    edges = [tuple(edge) for edge in graph["edges"]]
    model = "model.tradehouse.fct_trades"
    assert model in graph["nodes"]
    assert ("model.tradehouse.int_trading__measure_trades", model) in edges
    assert (model, "model.tradehouse.agg_trades_daily") in edges
