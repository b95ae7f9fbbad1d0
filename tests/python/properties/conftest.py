"""A warehouse for the properties of the trading marts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from python_loaders.migrations import migrate
from tests.python.conftest import PROFILE, PROJECT
from tests.python.marts import DOWNSTREAM, Marts
from tests.python.properties.trial import AS_OF, TRADING, VIEW


@pytest.fixture(scope="session")
def trading(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    """The trading marts and all that they rest on, over no rows."""
    profiles = tmp_path_factory.mktemp("properties")
    text = PROFILE.format(path=warehouse_path, schema=profiles.name)
    (profiles / "profiles.yml").write_text(text, encoding="utf-8")
    marts = Marts(PROJECT, profiles, tmp_path_factory.mktemp("files"))
    migrate(marts.warehouse, marts.feeds)
    marts.parse()
    marts.dbt("seed")
    marts.dbt("snapshot")
    marts.dbt("run", "--select", *(f"+{name}" for name in (*TRADING, *DOWNSTREAM, VIEW, *AS_OF)))
    yield marts
    for suffix in ("", "_staging", "_raw"):
        marts.command(f"drop database if exists {{marts}}{suffix} sync")
    marts.disconnect()
