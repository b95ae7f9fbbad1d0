"""The catalogue of metrics says what the columns of the reports say, and of all of them."""

from __future__ import annotations

import csv

import yaml

from tests.python.conftest import PROJECT

REPORTS = ("rpt_performance", "rpt_metric_reconciliation")
NO_METRICS = {
    "account_id", "strategy", "window", "first_day", "as_of", "n_days", "undefined_metrics",
    "explanation",
}  # fmt: skip


def test_every_metric_is_described_by_the_catalogue() -> None:
    with (PROJECT / "seeds" / "metric_catalogue.csv").open(encoding="utf-8") as stream:
        catalogue = {
            row["metric"]: f"{row['formula']}. {row['convention']}".strip()
            for row in csv.DictReader(stream)
        }
    path = PROJECT / "models" / "reports" / "trading" / "_performance__models.yml"
    models = {model["name"]: model for model in yaml.safe_load(path.read_text())["models"]}
    described: set[str] = set()
    for report in REPORTS:
        for column in models[report]["columns"]:
            if column["name"] not in NO_METRICS:
                assert column["description"] == catalogue[column["name"]]
                described.add(column["name"])
    assert described == set(catalogue)
