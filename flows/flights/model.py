"""Which model predicts late arrivals, and which days it learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import pandas
    from sklearn.ensemble import HistGradientBoostingClassifier

LABEL = "late"
DAY = "day_of_year"
HELD_OUT_EVERY_DAYS = 5
ROUNDS = 300
LEARNING_RATE = 0.1
SEED = 2013


def split_days(features: pandas.DataFrame) -> tuple[pandas.DataFrame, pandas.DataFrame]:
    """Separate flights to learn from and flights held out.

    Whole days are held out, because flights of one day share their weather and their queues.
    """
    held_out = features[DAY] % HELD_OUT_EVERY_DAYS == 0
    return features[~held_out], features[held_out]


def trained_model(flights: pandas.DataFrame) -> HistGradientBoostingClassifier:
    """Learn to tell late arrivals from everything else that is known."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        learning_rate=LEARNING_RATE,
        early_stopping=False,
        random_state=SEED,
    )
    # The model would also record how many threads trained it.
    with _one_thread():
        return model.fit(_known(flights), flights[LABEL])


def late_probability(
    model: HistGradientBoostingClassifier, *, flights: pandas.DataFrame
) -> pandas.Series:
    """Predict the probability, between 0 and 1, that each flight arrives late."""
    import pandas

    with _one_thread():
        probability = model.predict_proba(_known(flights))[:, 1]
    return pandas.Series(probability, index=flights.index)


def _one_thread() -> AbstractContextManager[object]:
    """Keep OpenMP from sharing work out.

    Its threads spin while they wait: beside one busy process on two cores, two of them took 21 s
    to train, and one takes 7 s.
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="openmp")
    return limits


def _known(flights: pandas.DataFrame) -> pandas.DataFrame:
    return flights.drop(columns=[LABEL, DAY])
