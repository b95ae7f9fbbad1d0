"""Questions of dashboards and bots to a million trades, beside DuckDB and PostgreSQL."""

from __future__ import annotations

from benchmarks.measure import Line, Run, compare_milliseconds, interleaved, late, markdown
from benchmarks.question_jobs import QUESTIONS
from benchmarks.warehouses import Say, fresh_warehouse, sample_rows

ROUNDS = 5
CALLS = 100
LIMIT = 1.0
PEERS = {"duckdb": "DuckDB, sorted", "postgres": "PostgreSQL, clustered and indexed"}


def questions_table(quick: bool, say: Say) -> str:
    """Measure, and the Markdown table of it."""
    trades = 100_000 if quick else 1_000_000
    (file,) = sample_rows([(0, trades)], say, keys=trades, days=365)
    with fresh_warehouse() as house:
        house("land", file, trades)
        house("prepare")
        house("build", words=["--select", "+rpt_equity_curve"])
        house("export_answers", rows=trades)

        def one_round() -> dict[str, Run]:
            return {
                f"{engine} {question}": house("ask", words=[engine, question, str(CALLS)])
                for question in QUESTIONS
                for engine in ("ours", *PEERS)
            }

        runs = interleaved(ROUNDS, one_round, say)
    lines: list[Line] = []
    for name, question in QUESTIONS.items():
        ours = runs[f"ours {name}"]
        for peer, title in PEERS.items():
            theirs = runs[f"{peer} {name}"]
            limit = LIMIT if question.is_aggregate else None
            lines += [
                compare_milliseconds(f"{question.title}, p50", ours, title, theirs, limit),
                compare_milliseconds(
                    f"{question.title}, p95", late(ours), title, late(theirs), limit
                ),
            ]
    notes = [
        f"{trades:,} trades of a year; {CALLS} calls in a process, accounts and days at random, "
        "the rows fetched; milliseconds, p50 and p95 of a process, medians over the rounds",
        "the peers hold what the marts say, in typed columns; PostgreSQL has an index for each",
    ]
    title = "Questions" + (" (quick)" if quick else "")
    return markdown(title, ROUNDS, lines, notes)
