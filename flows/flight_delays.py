"""The flight-delay pipeline in Prefect; `dags/flight_delays.py` is the same in Airflow.

    python flows/flight_delays.py --cache ~/.cache/flights --data data --plot flight_delays.png

A second run computes nothing. Change a function, or a row of the data, and only what depends on it
runs again. Where the cache lies is a setting, so that the code says `CACHE` and no path:
ORCHESTRA_CACHE_CACHES__FLIGHTS__URL, or `[caches.flights]` in `orchestra-cache.toml`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from prefect import flow, task

from flights import steps
from flights.source import copy_data
from orchestra_cache.datasets import File
from orchestra_cache.prefect import FingerprintPolicy

CACHE = "flights"

# Results by the step's code, everything that code reaches, and the arguments.
computed = FingerprintPolicy(CACHE)
# And by the content of the file, because that is not in the arguments: they hold its path.
read_from_file = FingerprintPolicy(CACHE, reads=[File("{source}")])

load_flights = task(steps.load_flights, cache_policy=read_from_file)
load_weather = task(steps.load_weather, cache_policy=read_from_file)
clean = task(steps.clean, cache_policy=computed)
join = task(steps.join, cache_policy=computed)
features = task(steps.features, cache_policy=computed)
train = task(steps.train, cache_policy=computed)
evaluate = task(steps.evaluate, cache_policy=computed)
plot = task(steps.plot, cache_policy=computed)


@flow(name="flight-delays")
def flight_delays(*, data: str, plot_to: str) -> dict[str, float]:
    """Learn which flights arrive late, from `flights.csv` and `weather.csv` in folder `data`."""
    flights = load_flights(f"{data}/flights.csv")
    weather = load_weather(f"{data}/weather.csv")
    known = features(join(clean(flights), weather))
    model = train(known)
    Path(plot_to).write_bytes(plot(model, known))
    return evaluate(model, known)


def main() -> None:
    parser = argparse.ArgumentParser(description="Learn which flights arrive late.")
    parser.add_argument("--cache", help="path or URL; without it, as the settings say")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the two tables")
    parser.add_argument("--plot", default="flight_delays.png", help="where the picture goes")
    arguments = parser.parse_args()
    if arguments.cache:
        os.environ["ORCHESTRA_CACHE_CACHES__FLIGHTS__URL"] = arguments.cache
    if not (arguments.data / "flights.csv").exists():
        copy_data(arguments.data)
    scores = flight_delays(data=str(arguments.data), plot_to=arguments.plot)
    print("\n".join(f"{name:>18}  {score:.6g}" for name, score in scores.items()))


if __name__ == "__main__":
    main()
