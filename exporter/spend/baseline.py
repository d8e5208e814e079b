"""What a series of daily amounts usually is: a level, the shape of its week, and how far a day strays.

Exponential smoothing with a weekday factor, errors in proportion to the level. Of a few smoothing weights the one
that errs least on the series itself is taken; an odd day moves the level no further than a few usual errors. Source:
Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing (2008), the local level model.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import sqrt
from statistics import fmean, median
from typing import NamedTuple

_WEEK = 7
_WEIGHTS = (0.05, 0.1, 0.2)
_PRIOR_ERROR = 0.5
"""How far a day strays before anything is known, as a share of the level; counts as much as _PRIOR_DAYS days."""
_PRIOR_DAYS = 4
_PRIOR_WEEKS = 1
_ODD_ERRORS = 3.0
_ODD_AMOUNTS = 3.0
_FORGET = 0.1
_SMALLEST_SCALE = 0.2
_SMALLEST_USUAL = 0.05


class Baseline(NamedTuple):
    """What is usual now, in US dollars a day.

    Attributes:
        weekday_ratio: what each day of the week is to an average day, Monday first.
        weight_ratio: how much of a day's error stays in the level.
        bias_usd: the mean error; holds what odd days bring, which do not move the level.
        stray_usd: the standard deviation of the error.
        usual_error_usd: how far a day strays when nothing is odd.
        days: how many days this was learnt from.
    """

    level_usd: float
    weekday_ratio: tuple[float, ...]
    weight_ratio: float
    bias_usd: float
    stray_usd: float
    usual_error_usd: float
    days: int

    def usual_usd(self, day: date) -> float:
        """What that day comes to when nothing is odd."""
        return self.level_usd * self.weekday_ratio[day.weekday()]

    def spike_score(self, day: date, amount_usd: float) -> float:
        """How far an amount stands above the usual, in usual errors of a day; negative below it."""
        return (amount_usd - self.usual_usd(day)) / self.usual_error_usd


def baseline(amounts_usd: Sequence[float], first: date) -> Baseline | None:
    """Learn from whole days in a row, the oldest on `first`; None where nothing was spent on any."""
    if not any(amounts_usd):
        return None
    week = _week(amounts_usd, first)
    ratios = [week[(first.weekday() + at) % _WEEK] for at in range(len(amounts_usd))]
    fits = (_fit(amounts_usd, ratios, weight) for weight in _WEIGHTS)
    return min(fits, key=lambda fit: fit.stray_usd)._replace(weekday_ratio=week)


def _week(amounts_usd: Sequence[float], first: date) -> tuple[float, ...]:
    """Each weekday's share of an average day, drawn to 1 while few weeks are known; odd days are cut."""
    most_usd = _ODD_AMOUNTS * (median(amounts_usd) or fmean(amounts_usd))
    cut = [min(amount, most_usd) for amount in amounts_usd]
    mean_usd = fmean(cut)
    ratios: list[float] = []
    for weekday in range(_WEEK):
        same = cut[(weekday - first.weekday()) % _WEEK :: _WEEK]
        ratios.append((sum(same) / mean_usd + _PRIOR_WEEKS) / (len(same) + _PRIOR_WEEKS))
    return tuple(ratio / fmean(ratios) for ratio in ratios)


def _fit(amounts_usd: Sequence[float], ratios: Sequence[float], weight: float) -> Baseline:
    """Walk along the days, each told from those before it; errors are kept as shares of the level of their day."""
    smallest_usd = _SMALLEST_SCALE * fmean(amounts_usd)
    level_usd = median(amounts_usd[:_WEEK]) or fmean(amounts_usd)
    usual = _PRIOR_ERROR
    errors: list[float] = []
    for amount_usd, ratio in zip(amounts_usd, ratios, strict=True):
        scale_usd = max(level_usd, smallest_usd)
        error = (amount_usd - level_usd * ratio) / scale_usd
        errors.append(error)
        cut = max(-_ODD_ERRORS * usual, min(_ODD_ERRORS * usual, error))
        level_usd = max(0.0, level_usd + weight * ratio * cut * scale_usd)
        usual += _FORGET * (abs(cut) - usual)
    scale_usd = max(level_usd, smallest_usd)
    bias = fmean(errors)
    squares = sum((error - bias) ** 2 for error in errors) + _PRIOR_DAYS * _PRIOR_ERROR**2
    stray = sqrt(squares / (len(errors) + _PRIOR_DAYS - 1))
    # No series is so even that a hundredth of its level is odd.
    usual_error_usd = max(usual, _SMALLEST_USUAL) * scale_usd
    return Baseline(level_usd, (), weight, bias * scale_usd, stray * scale_usd, usual_error_usd, len(errors))
