"""Estimators count by parameters and what they learnt, not by what they were asked."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import BallTree, KDTree, KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical

X = np.random.default_rng(0).normal(size=(40, 4))
Y = (X[:, 0] > 0).astype(int)

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "linear": LinearRegression,
    "logistic": lambda: LogisticRegression(C=2),
    "gradient descent": lambda: SGDClassifier(random_state=0),
    "forest": lambda: RandomForestClassifier(3, random_state=np.random.RandomState(0)),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=2, random_state=0),
    "boosting by histogram": lambda: HistGradientBoostingClassifier(max_iter=2, random_state=0),
    "vectors": lambda: SVC(kernel="linear"),
    "neighbours": lambda: KNeighborsClassifier(3, algorithm="kd_tree"),
    "neighbours in balls": lambda: KNeighborsClassifier(3, algorithm="ball_tree"),
    "network": lambda: MLPClassifier(4, max_iter=3, random_state=0),
    "process": lambda: GaussianProcessRegressor(RBF(), optimizer=None),
    "voting": lambda: VotingClassifier([("a", SVC()), ("b", LogisticRegression())]),
    "pipeline": lambda: make_pipeline(
        FunctionTransformer(np.log1p),
        ColumnTransformer([("a", StandardScaler(), [0, 1])]),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ),
}


def fitted(name: str) -> Any:
    return ESTIMATORS[name]().fit(np.abs(X), Y)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_is_the_same_after_a_copy_a_clone_and_another_fit(name: str) -> None:
    plain, trained = ESTIMATORS[name](), fitted(name)

    copies = [copy.deepcopy(trained), pickle.loads(pickle.dumps(trained)), fitted(name)]

    assert {fingerprint(other) for other in copies} == {fingerprint(trained)}
    assert fingerprint(clone(plain)) == fingerprint(plain) != fingerprint(trained)
    assert all(identical(other, trained) for other in copies)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(ESTIMATORS.keys() - {"pipeline"}))
def test_to_be_asked_does_not_show(name: str) -> None:
    trained = fitted(name)
    before = fingerprint(trained)

    trained.predict(X)

    assert fingerprint(trained) == before


def test_estimators_of_all_kinds_differ() -> None:
    values = [*(make() for make in ESTIMATORS.values()), LogisticRegression(), SVC(), SVC(C=2)]

    assert len({fingerprint(value) for value in values}) == len(values)


def test_the_state_of_random_numbers_counts() -> None:
    states = [None, 0, 1, np.random.RandomState(0), np.random.RandomState(1)]

    assert len({fingerprint(RandomForestClassifier(random_state=one)) for one in states}) == 5


@pytest.mark.parametrize("kind", [KDTree, BallTree])
def test_a_search_tree_counts_by_its_points_and_not_by_questions(kind: Any) -> None:
    asked, other = kind(X), kind(X + 1)
    asked.query(X[:3])

    assert fingerprint(asked) == fingerprint(kind(X)) != fingerprint(other)
    assert fingerprint(kind(X, leaf_size=2)) != fingerprint(kind(X))
    assert fingerprint(kind(X, metric="manhattan")) != fingerprint(kind(X))
    assert identical(asked, kind(X))


def test_losses_that_are_compiled_count_by_what_they_are_made_of() -> None:
    from sklearn.linear_model import _sgd_fast as losses

    values = [losses.Hinge(1.0), losses.Hinge(2.0), losses.SquaredHinge(1.0)]

    assert len({fingerprint(value) for value in values}) == 3
    assert fingerprint(losses.Hinge(1.0)) == fingerprint(values[0])


def test_a_data_set_is_the_same_after_a_pickle() -> None:
    iris = load_iris()

    assert fingerprint(pickle.loads(pickle.dumps(iris))) == fingerprint(iris)
    assert identical(pickle.loads(pickle.dumps(iris)), iris)


def test_an_isotonic_regression_learns() -> None:
    one, other = (IsotonicRegression().fit(X[:, 0], target) for target in (Y, 1 - Y))

    assert fingerprint(one) == fingerprint(pickle.loads(pickle.dumps(one))) != fingerprint(other)


def test_how_long_a_search_took_counts_as_the_rest_of_its_results_does() -> None:
    searched = GridSearchCV(SVC(), {"C": [1, 2]}, cv=2).fit(X, Y)

    assert fingerprint(pickle.loads(pickle.dumps(searched))) == fingerprint(searched)
    assert "mean_fit_time" in searched.cv_results_
