"""The docs site in a headless browser: open a page, read what it shows."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

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
