"""Which model predicts late arrivals, and which days it learns from."""

import pandas
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

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
    model = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        learning_rate=LEARNING_RATE,
        early_stopping=False,
        random_state=SEED,
    )
    # Threads of OpenMP spin while they wait: beside one busy process on two cores, two of them
    # took 21 s and one takes 7 s. The model would also record how many trained it.
    with threadpool_limits(limits=1, user_api="openmp"):
        return model.fit(_known(flights), flights[LABEL])


def late_probability(
    model: HistGradientBoostingClassifier, *, flights: pandas.DataFrame
) -> pandas.Series:
    """Predict the probability, between 0 and 1, that each flight arrives late."""
    return pandas.Series(model.predict_proba(_known(flights))[:, 1], index=flights.index)


def _known(flights: pandas.DataFrame) -> pandas.DataFrame:
    return flights.drop(columns=[LABEL, DAY])
