"""The docs site in a real browser: a reader finds fct_trades, its meaning and its lineage."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.python.e2e.conftest import Demo

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGE = "#!/model/model.tradehouse.fct_trades"
# the lineage of the model itself with one step to both sides, as the site's own button opens it
LINEAGE = f"{PAGE}?g_v=1&g_i=1%2Bfct_trades%2B1"
RENDER_MS = 20_000
TIMEOUT_S = 120

# The lineage is drawn on a canvas, which has no text: this reads the graph that was drawn.
PROBE = """<script>
setInterval(function () {
    var drawn = Array.from(document.querySelectorAll('div')).find(div => div._cyreg);
    if (!drawn) return;
    var graph = drawn._cyreg.cy;
    document.documentElement.dataset.lineage = JSON.stringify({
        nodes: graph.nodes().filter(n => n.visible()).map(n => n.id()),
        edges: graph.edges().filter(e => e.visible()).map(e => [e.source().id(), e.target().id()]),
    });
}, 100);
</script>"""

pytestmark = pytest.mark.browser


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


def render(browser: str, address: str, profile: Path) -> str:
    """Open an address and return the document once its scripts have run."""
    answer = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            f"--user-data-dir={profile}",
            f"--virtual-time-budget={RENDER_MS}",
            "--dump-dom",
            address,
        ],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    return answer.stdout


def model_page(document: str) -> str:
    """The text of the shown model's page, without the hidden search results that name all."""
    start = document.index('ng-show="!search.is_focused" ui-view')
    end = document.index('ng-show="search.is_focused"', start)
    shown = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", document[start:end])
    text = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    return re.sub(r"\s+", " ", text)


def described(demo: Demo) -> dict[str, Any]:
    manifest = json.loads((demo.installation.target / "manifest.json").read_text(encoding="utf-8"))
    return dict(manifest["nodes"]["model.tradehouse.fct_trades"])


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


def test_the_lineage_is_drawn(pages: tuple[str, str]) -> None:
    found = re.search(r'data-lineage="([^"]*)"', pages[1])
    assert found, "no graph was drawn"
    graph = json.loads(html.unescape(found[1]))
    edges = [tuple(edge) for edge in graph["edges"]]
    model = "model.tradehouse.fct_trades"
    assert model in graph["nodes"]
    assert ("model.tradehouse.int_trading__measure_trades", model) in edges
    assert (model, "model.tradehouse.agg_trades_daily") in edges
