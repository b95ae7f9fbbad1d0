"""The demo as `make demo` runs it: its numbers equal the sample's manifest, its docs site opens."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Mapping
from decimal import Decimal
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
    live = {feed["feed"]: feed["rows"] for feed in feeds if feed["rows"]}
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
