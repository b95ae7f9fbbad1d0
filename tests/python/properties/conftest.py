"""A warehouse for the properties of the trading marts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.python.marts import Marts, fresh_marts
from tests.python.properties.trial import AS_OF, DOWNSTREAM, TRADING, VIEW


@pytest.fixture(scope="session")
def trading(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    """The trading marts and all that they rest on, over no rows."""
    with fresh_marts(warehouse_path, tmp_path_factory) as marts:
        upstream = (f"+{name}" for name in (*TRADING, *DOWNSTREAM, VIEW, *AS_OF))
        marts.dbt("seed")
        marts.dbt("snapshot")
        marts.dbt("run", "--select", *upstream)
        yield marts
