"""How good the model is, in numbers and in a picture."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

INK = "#1b3a57"
OBSERVED = "#a9b9c9"
PREDICTED = "#d9662b"
SIZE_INCHES = (11.0, 5.0)
DOTS_PER_INCH = 150
PROBABILITY_BINS = 10
FEWEST_FLIGHTS_IN_HOUR = 50


def scores(late: pandas.Series, *, probability: pandas.Series) -> dict[str, float]:
    """Compare what happened with what was predicted; a Brier score of 0 is perfect."""
    from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

    return {
        "flights": len(late),
        "late_share": float(late.mean()),
        "roc_auc": float(roc_auc_score(late, probability)),
        "average_precision": float(average_precision_score(late, probability)),
        "brier_score": float(brier_score_loss(late, probability)),
    }


def drawn_report(flights: pandas.DataFrame, *, probability: pandas.Series) -> bytes:
    """Draw the same PNG bytes for the same predictions."""
    figure = _titled_figure(flights=len(flights))
    by_hour, by_probability = figure.subplots(1, 2)
    table = flights[["departure_minute", "late"]].assign(probability=probability)
    _draw_hours(by_hour, table=table)
    _draw_calibration(by_probability, table=table)
    buffer = BytesIO()
    # Unless emptied, this field holds the version of matplotlib.
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return buffer.getvalue()


def _titled_figure(*, flights: int) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_INCHES)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
    title = "How well late arrivals out of New York are foreseen at the gate"
    figure.suptitle(title, fontsize=14, fontweight="bold", color=INK)
    subtitle = f"{flights:,} flights of 2013, on days the model did not learn from; "
    subtitle += "late is more than 15 minutes after schedule"
    figure.supxlabel(subtitle, fontsize=9, color=INK)
    return figure


def _draw_hours(axes: Axes, *, table: pandas.DataFrame) -> None:
    from matplotlib.ticker import MultipleLocator, StrMethodFormatter

    grouped = table.groupby(table["departure_minute"] // 60)
    means = grouped.mean()[grouped.size() >= FEWEST_FLIGHTS_IN_HOUR]
    middle = means.index + 0.5
    axes.bar(middle, means["late"], width=0.86, color=OBSERVED, label="observed")
    axes.plot(middle, means["probability"], "o-", color=PREDICTED, label="mean prediction")
    axes.xaxis.set_major_locator(MultipleLocator(3))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:02.0f}:00"))
    axes.set_title("By time of day", loc="left", color=INK)
    axes.set_xlabel("scheduled hour of departure (local time)")
    axes.set_ylabel("late flights (%)")
    _finish(axes)


def _draw_calibration(axes: Axes, *, table: pandas.DataFrame) -> None:
    interval = (table["probability"] * PROBABILITY_BINS).astype("int64")
    grouped = table.groupby(interval.clip(upper=PROBABILITY_BINS - 1).rename("interval"))
    means, share = grouped.mean(), grouped.size() / len(table)
    middle = (share.index + 0.5) / PROBABILITY_BINS
    axes.bar(middle, share, width=0.086, color=OBSERVED, label="share of all flights")
    axes.plot([0, 1], [0, 1], "--", color=INK, linewidth=1, label="perfect calibration")
    axes.plot(means["probability"], means["late"], "o-", color=PREDICTED, label="late flights")
    axes.xaxis.set_major_formatter(_percent())
    axes.set_title("By predicted probability", loc="left", color=INK)
    axes.set_xlabel("predicted probability of arriving late (%)")
    axes.set_ylabel("flights (%)")
    _finish(axes)


def _finish(axes: Axes) -> None:
    axes.yaxis.set_major_formatter(_percent())
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False, loc="upper left")


def _percent() -> PercentFormatter:
    from matplotlib.ticker import PercentFormatter

    return PercentFormatter(1.0, decimals=0, symbol=None)
