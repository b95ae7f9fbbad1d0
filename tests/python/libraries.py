"""What QuantStats and empyrical say of daily returns, beside the columns that bear their names."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

Oracles = Mapping[str, Callable[..., Any]]

QUANTSTATS = (
    "comp", "cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "ulcer_index",
    "omega", "tail_ratio", "skew", "kurtosis", "value_at_risk", "cvar",
)  # fmt: skip
EMPYRICAL = (
    "cum_returns_final", "annual_return", "annual_volatility", "sharpe_ratio", "sortino_ratio",
    "max_drawdown", "calmar_ratio", "omega_ratio", "tail_ratio", "value_at_risk",
    "conditional_value_at_risk",
)  # fmt: skip


def quantstats() -> Oracles:
    """Functions of returns by the columns of rpt_metric_reconciliation."""
    stats = pytest.importorskip("quantstats").stats
    return {f"quantstats_{name}": getattr(stats, name) for name in QUANTSTATS}


def empyrical() -> Oracles:
    library = pytest.importorskip("empyrical")
    return {f"empyrical_{name}": getattr(library, name) for name in EMPYRICAL}


def differences(returns: pd.Series, row: Mapping[str, Any], oracles: Oracles) -> list[str]:
    """The columns of a row that are not what functions of the returns say, to 1e-9."""
    wrong = []
    for column, oracle in oracles.items():
        try:
            theirs = float(oracle(returns))
        except ZeroDivisionError:
            theirs = math.nan
        if _differs(row[column], theirs):
            wrong.append(f"{column} {row[column]}, theirs {theirs}")
    return wrong


def _differs(ours: float | None, theirs: float) -> bool:
    """NaN is NULL here; an infinity is one."""
    if ours is None or math.isnan(theirs):
        return (ours is None) != math.isnan(theirs)
    if math.isinf(theirs) or math.isinf(ours):
        return ours != theirs
    return abs(ours - theirs) > 1e-9 * abs(theirs) + 1e-12
