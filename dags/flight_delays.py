"""The flight-delay pipeline in Airflow 3 and 2.11; `flows/flight_delays.py` is the same in Prefect.

Both name the same functions, so what one of them computed is a hit in the other. It needs `flows/`
on the PYTHONPATH, and two settings, here as environment variables:

    ORCHESTRA_CACHE_CACHES__FLIGHTS__URL=~/.cache/flights
    AIRFLOW__CORE__XCOM_BACKEND=orchestra_cache.airflow.xcom.CacheXComBackend

With that backend the tables and the model stay in the cache, and XCom holds a short reference to
each: a step that is a hit neither reads its inputs nor imports the libraries they are made with.
"""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from pathlib import Path

try:
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task

from flights import steps
from orchestra_cache.datasets import File

# Results by the step's code, everything that code reaches, and the arguments.
computed = partial(task.cached, cache="flights", multiple_outputs=False)
# And by the content of the file, because that is not in the arguments: they hold its path.
read_from_file = partial(computed, reads=[File("{source}")])

load_flights = read_from_file()(steps.load_flights)
load_weather = read_from_file()(steps.load_weather)
clean = computed()(steps.clean)
join = computed()(steps.join)
features = computed()(steps.features)
train = computed()(steps.train)
evaluate = computed()(steps.evaluate)
plot = computed()(steps.plot)


@task
def save_plot(picture: bytes, *, path: str) -> None:
    """Not cached: it is run for what it does, and not for what it returns."""
    Path(path).write_bytes(picture)


@dag(
    schedule=None,
    start_date=datetime(2013, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    params={"data": "data", "plot_to": "flight_delays.png"},
)
def flight_delays() -> None:
    """Learn which flights arrive late, from `flights.csv` and `weather.csv` in folder `data`."""
    flights = load_flights("{{ params.data }}/flights.csv")
    weather = load_weather("{{ params.data }}/weather.csv")
    known = features(join(clean(flights), weather))
    model = train(known)
    evaluate(model, known)
    save_plot(plot(model, known), path="{{ params.plot_to }}")


pipeline = flight_delays()
