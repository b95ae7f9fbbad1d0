"""Continuous sync as a process: it stops when asked, comes back by itself, and tells no secret."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.python.postgres.conftest import MAPPING, App
from tests.python.postgres.running import SECRET, Processes


def wait_until(condition: object, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_it_lands_comes_back_after_a_lost_connection_and_stops_when_asked(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = Processes.make(tmp_path, app.postgres.socket, app.database)
    app.sql("insert into app.trades (id) select generate_series(1, 3)")
    log = tmp_path / "log"
    running = processes.start("sync", "postgres", "--every", "0.2", log=log)
    try:
        wait_until(lambda: "3 of 3 rows landed" in log.read_text(encoding="utf-8"))
        command_line = Path(f"/proc/{running.pid}/cmdline").read_bytes().decode()
        activity = str(app.sql("select application_name, query, usename from pg_stat_activity"))
        assert "tradehouse app" in activity
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
        app.sql(cut, "tradehouse app")
        app.sql("insert into app.trades (id) values (4)")
        wait_until(lambda: "1 of 1 rows landed" in log.read_text(encoding="utf-8"))
    finally:
        running.send_signal(signal.SIGTERM)
        code = running.wait(30)
    assert code == 0
    said = log.read_text(encoding="utf-8")
    assert "pass failed, tries again" in said and "Traceback" not in said

    # a role that is refused, and a server that is not there
    services = tmp_path / "services"
    good = services.read_text(encoding="utf-8")
    app.map(MAPPING.replace("tables:", "connection: {service: tradehouse_app}\ntables:", 1))
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    answers = []
    for old, new in (("user=postgres", "user=nobody"), (app.postgres.socket, "/nowhere")):
        services.write_text(good.replace(old, new), encoding="utf-8")
        answers.append(app.run("sync", "postgres", "--source", "app", "--log-format", "json"))
    assert [answer.code for answer in answers] == [4, 4]
    assert all("cannot be reached" in answer.err for answer in answers)

    written = b"".join(
        file.read_bytes() for file in (tmp_path / "warehouse").rglob("*") if file.is_file()
    )
    for text in (said, command_line, activity, str(answers)):
        assert SECRET not in text
    assert SECRET.encode() not in written and len(written) > 1000
