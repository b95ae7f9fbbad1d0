"""Metrics of ``rpt_performance`` computed from trades and days in plain Python.

Nothing here is shared with the SQL: `tradehouse explain` compares the two. Formulas are those of
the seed ``metric_catalogue``. None is an undefined metric.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from itertools import groupby
from statistics import fmean, median, stdev
from typing import Any

Value = Decimal | float | int | date | None


@dataclass(frozen=True)
class Trade:
    """A closed trade: money in the base currency of the account, holding time in seconds."""

    trade_id: str
    net_pnl: Decimal
    fees: Decimal
    funding: Decimal
    notional: Decimal
    r_multiple: float | None
    holding_s: float


@dataclass(frozen=True)
class Day:
    """A day of an equity curve; equity is at its end, None without capital."""

    day: date
    net_pnl: Decimal
    equity: Decimal | None


@dataclass(frozen=True)
class Inputs:
    """What a metric rests on, in order: trades as they closed, days by the calendar.

    Attributes:
        daily_risk_free: risk-free rate of a day.
        daily_acceptable: minimum acceptable return of a day.
    """

    trades: list[Trade]
    days: list[Day]
    periods_per_year: int
    daily_risk_free: float
    daily_acceptable: float

    @property
    def wins(self) -> list[Trade]:
        return [trade for trade in self.trades if trade.net_pnl > 0]

    @property
    def losses(self) -> list[Trade]:
        return [trade for trade in self.trades if trade.net_pnl < 0]

    @property
    def r(self) -> list[float]:
        return [trade.r_multiple for trade in self.trades if trade.r_multiple is not None]

    @property
    def returns(self) -> list[float] | None:
        """Net PnL over the equity before it and the flows of the day; None where one has none."""
        returns = []
        for day in self.days:
            if day.equity is None or day.equity <= day.net_pnl:
                return None
            returns.append(float(day.net_pnl) / float(day.equity - day.net_pnl))
        return returns

    @property
    def falls(self) -> list[Decimal]:
        """Peak of the profit since the first day, at least 0, less the profit; one a day."""
        falls, profit, peak = [], Decimal(), Decimal()
        for day in self.days:
            profit += day.net_pnl
            peak = max(peak, profit)
            falls.append(peak - profit)
        return falls

    @property
    def relative_falls(self) -> list[float] | None:
        """The falls over the peak of the equity; None where a peak is not above 0."""
        falls = []
        for day, fall in zip(self.days, self.falls, strict=True):
            if day.equity is None or day.equity + fall <= 0:
                return None
            falls.append(float(fall) / float(day.equity + fall))
        return falls


def recompute(metric: str, inputs: Inputs) -> Value:
    """The metric of these trades and days.

    Raises:
        KeyError: no metric of this name.
    """
    # sums of money must not be rounded
    with localcontext(Context(prec=80)):
        return _METRICS[metric](inputs)


def metrics() -> list[str]:
    """The names that ``recompute`` knows."""
    return list(_METRICS)


def _ratio(numerator: Any, denominator: Any) -> float | None:
    if numerator is None or not denominator:
        return None
    return float(numerator) / float(denominator)


def _money(values: list[Decimal]) -> Decimal:
    return sum(values, Decimal())


def _mean(values: list[float]) -> float | None:
    return fmean(values) if values else None


def _deviation(values: list[float]) -> float | None:
    if len(values) < 2:
        return None
    return stdev(values) if max(values) > min(values) else 0.0


def _payoff(i: Inputs) -> float | None:
    wins, losses = i.wins, i.losses
    if not wins or not losses:
        return None
    return _ratio(_profit(wins) / len(wins), -_profit(losses) / len(losses))


def _profit(trades: list[Trade]) -> Decimal:
    return _money([trade.net_pnl for trade in trades])


def _kelly(i: Inputs) -> float | None:
    payoff = _payoff(i)
    if payoff is None:
        return None
    share = len(i.wins) / (len(i.wins) + len(i.losses))
    return share - (1 - share) / payoff


def _quality(i: Inputs, most: float = math.inf) -> float | None:
    deviation = _deviation(i.r)
    if not deviation:
        return None
    return math.sqrt(min(len(i.r), most)) * fmean(i.r) / deviation


def _streak(i: Inputs, wanted: Callable[[Decimal], bool]) -> int:
    runs = groupby(i.trades, key=lambda trade: wanted(trade.net_pnl))
    return max((len(list(run)) for hit, run in runs if hit), default=0)


def _holding(trades: list[Trade]) -> float | None:
    return _mean([trade.holding_s for trade in trades])


def _total_return(i: Inputs) -> float | None:
    returns = i.returns
    if returns is None or min(returns) < -1:
        return None
    return math.prod(1 + value for value in returns) - 1


def _cagr(i: Inputs) -> float | None:
    total, years = _total_return(i), len(i.days) / i.periods_per_year
    # what grows beyond it is no metric, though a double may hold it
    if total is None or (total > 0 and math.log1p(total) / years >= 700):
        return None
    return float((1 + total) ** (1 / years) - 1)


def _of_returns(function: Callable[[list[float], Inputs], float | None]) -> Callable[..., Value]:
    def measured(i: Inputs) -> float | None:
        returns = i.returns
        return None if returns is None else function(returns, i)

    return measured


def _volatility(returns: list[float], i: Inputs) -> float | None:
    deviation = _deviation(returns)
    return None if deviation is None else deviation * math.sqrt(i.periods_per_year)


def _sharpe(returns: list[float], i: Inputs) -> float | None:
    ratio = _ratio(fmean(returns) - i.daily_risk_free, _deviation(returns))
    return None if ratio is None else ratio * math.sqrt(i.periods_per_year)


def _sortino(returns: list[float], i: Inputs) -> float | None:
    squares = [min(value - i.daily_acceptable, 0) ** 2 for value in returns]
    ratio = _ratio(fmean(returns) - i.daily_acceptable, math.sqrt(fmean(squares)))
    return None if ratio is None else ratio * math.sqrt(i.periods_per_year)


def _quantile(values: list[float], level: float) -> float:
    """Linear between the two nearest values."""
    ranked, place = sorted(values), level * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (place - low) * (ranked[high] - ranked[low])


def _tail_mean(returns: list[float], _: Inputs) -> float:
    limit = _quantile(returns, 0.05)
    return fmean(value for value in returns if value <= limit)


def _omega(returns: list[float], _: Inputs) -> float | None:
    gains = math.fsum(max(value, 0) for value in returns)
    return _ratio(gains, -math.fsum(min(value, 0) for value in returns))


def _tail_ratio(returns: list[float], _: Inputs) -> float | None:
    ratio = _ratio(_quantile(returns, 0.95), _quantile(returns, 0.05))
    return None if ratio is None else abs(ratio)


def _scores(returns: list[float]) -> list[float]:
    mean, deviation = fmean(returns), _deviation(returns)
    return [(value - mean) / deviation for value in returns] if deviation else []


def _skew(returns: list[float], _: Inputs) -> float | None:
    n, scores = len(returns), _scores(returns)
    if n < 3 or not scores:
        return None
    return n / ((n - 1) * (n - 2)) * math.fsum(score**3 for score in scores)


def _kurtosis(returns: list[float], _: Inputs) -> float | None:
    n, scores = len(returns), _scores(returns)
    if n < 4 or not scores:
        return None
    fourths = math.fsum(score**4 for score in scores)
    first = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourths
    return first - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


@dataclass(frozen=True)
class _Drawdown:
    peak: date
    trough: date
    recovery: date | None


def _deepest(i: Inputs, falls: Sequence[Any] | None) -> _Drawdown | None:
    """Where the largest of the falls lies; the peak before the first day is the day before it."""
    if falls is None or not max(falls):
        return None
    at = falls.index(max(falls))
    peaks = [number for number, fall in enumerate(i.falls) if not fall]
    before = [number for number in peaks if number < at]
    after = [number for number in peaks if number > at]
    return _Drawdown(
        peak=i.days[before[-1]].day if before else i.days[0].day - timedelta(days=1),
        trough=i.days[at].day,
        recovery=i.days[after[0]].day if after else None,
    )


def _of_drawdown(
    relative: bool, function: Callable[[_Drawdown], Value]
) -> Callable[[Inputs], Value]:
    def measured(i: Inputs) -> Value:
        falls: Sequence[Any] | None = i.relative_falls if relative else i.falls
        drawdown = _deepest(i, falls)
        return None if drawdown is None else function(drawdown)

    return measured


def _max_relative(i: Inputs) -> float | None:
    falls = i.relative_falls
    return None if falls is None else max(falls)


def _ulcer(i: Inputs) -> float | None:
    falls = i.relative_falls
    return None if falls is None else math.sqrt(fmean(fall**2 for fall in falls))


def _recovery_days(drawdown: _Drawdown) -> int | None:
    return (drawdown.recovery - drawdown.peak).days if drawdown.recovery else None


_METRICS: dict[str, Callable[[Inputs], Value]] = {
    "trades": lambda i: len(i.trades),
    "wins": lambda i: len(i.wins),
    "losses": lambda i: len(i.losses),
    "break_evens": lambda i: len(i.trades) - len(i.wins) - len(i.losses),
    "gross_profit": lambda i: _profit(i.wins),
    "gross_loss": lambda i: _profit(i.losses),
    "net_pnl": lambda i: _profit(i.trades),
    "fees": lambda i: _money([trade.fees for trade in i.trades]),
    "funding": lambda i: _money([trade.funding for trade in i.trades]),
    "notional": lambda i: _money([trade.notional for trade in i.trades]),
    "win_rate_all": lambda i: _ratio(len(i.wins), len(i.trades)),
    "win_rate_decided": lambda i: _ratio(len(i.wins), len(i.wins) + len(i.losses)),
    "avg_win": lambda i: _ratio(_profit(i.wins), len(i.wins)),
    "avg_loss": lambda i: _ratio(_profit(i.losses), len(i.losses)),
    "largest_win": lambda i: max((trade.net_pnl for trade in i.wins), default=None),
    "largest_loss": lambda i: min((trade.net_pnl for trade in i.losses), default=None),
    "payoff_ratio": _payoff,
    "profit_factor": lambda i: _ratio(_profit(i.wins), -_profit(i.losses)),
    "expectancy": lambda i: _ratio(_profit(i.trades), len(i.trades)),
    "expectancy_r": lambda i: _mean(i.r),
    "kelly_fraction": _kelly,
    "sqn": _quality,
    "sqn_100": lambda i: _quality(i, 100),
    "max_win_streak": lambda i: _streak(i, lambda pnl: pnl > 0),
    "max_loss_streak": lambda i: _streak(i, lambda pnl: pnl < 0),
    "avg_holding_s": lambda i: _holding(i.trades),
    "median_holding_s": lambda i: (
        median(trade.holding_s for trade in i.trades) if i.trades else None
    ),
    "avg_holding_win_s": lambda i: _holding(i.wins),
    "avg_holding_loss_s": lambda i: _holding(i.losses),
    "total_return": _total_return,
    "cagr": _cagr,
    "volatility": _of_returns(_volatility),
    "sharpe_daily": _of_returns(_sharpe),
    "sortino_daily": _of_returns(_sortino),
    "max_drawdown_rel": _max_relative,
    "max_drawdown_rel_peak": _of_drawdown(True, lambda d: d.peak),
    "max_drawdown_rel_trough": _of_drawdown(True, lambda d: d.trough),
    "max_drawdown_rel_recovery": _of_drawdown(True, lambda d: d.recovery),
    "drawdown_days": _of_drawdown(True, lambda d: (d.trough - d.peak).days),
    "recovery_days": _of_drawdown(True, _recovery_days),
    "max_drawdown_abs": lambda i: max(i.falls),
    "max_drawdown_abs_peak": _of_drawdown(False, lambda d: d.peak),
    "max_drawdown_abs_trough": _of_drawdown(False, lambda d: d.trough),
    "max_drawdown_abs_recovery": _of_drawdown(False, lambda d: d.recovery),
    "ulcer_index": _ulcer,
    "calmar": lambda i: _ratio(_cagr(i), _max_relative(i)),
    "recovery_factor": lambda i: _ratio(_money([day.net_pnl for day in i.days]), max(i.falls)),
    "var_95": _of_returns(lambda returns, _: _quantile(returns, 0.05)),
    "cvar_95": _of_returns(_tail_mean),
    "omega": _of_returns(_omega),
    "tail_ratio": _of_returns(_tail_ratio),
    "skew": _of_returns(_skew),
    "kurtosis": _of_returns(_kurtosis),
}
