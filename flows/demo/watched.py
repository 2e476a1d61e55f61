"""Run the pipeline once, in Prefect or in Airflow, and write down what cache and engine say of it.

Each scene is one such process: `python -m demo.watched Prefect --data … --plot … --events …`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from orchestra_cache import events

Note = Callable[..., None]


def write_note(path: str, **fields: object) -> None:
    """Append one line of JSON to the file `path`."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps({**fields, "at": time.time()}) + "\n")


def write_event(event: events.Event, *, note: Note) -> None:
    """Note what the cache did for one call of a step."""
    told = partial(note, task=event.task, key=event.key)
    match event:
        case events.Hit():
            told(kind="hit", producer=event.producer, seconds=event.saved.total_seconds())
        case events.Miss():
            changes = [change.component for change in event.changes]
            told(kind="miss", reason=event.reason, changes=changes)
        case events.Published():
            told(kind="published", seconds=event.seconds)
        case events.Uncached():
            told(kind="trouble", trouble=f"not cached: {event.reason}")
        case events.Failed():
            told(kind="trouble", trouble=f"could not {event.operation}: {event.error}")


def run_in_prefect(*, data: str, plot: str, note: Note) -> None:
    """Run the flow, and note the state that Prefect gives to each task run."""
    from prefect import Task

    flight_delays = import_module("flight_delays")

    def write_state(task: Task[..., Any], run: object, state: Any) -> None:
        note(kind="state", task=task.name, state=state.name)

    for task in vars(flight_delays).values():
        if isinstance(task, Task):
            task.on_completion(write_state)
    flight_delays.flight_delays(data=data, plot_to=plot)


def run_in_airflow(*, data: str, plot: str, note: Note) -> None:
    """Run the DAG in this process, as `airflow dags test` does.

    Raises:
        RuntimeError: The run did not succeed.
    """
    pipeline = import_module("flight_delays").pipeline
    run = pipeline.test(run_conf={"data": data, "plot_to": plot})
    for instance in run.get_task_instances():
        note(kind="state", task=instance.task_id, state=str(instance.state))
    if run.state != "success":
        raise RuntimeError(f"the DAG run ended as {run.state}")


ENGINES = {"Prefect": run_in_prefect, "Airflow": run_in_airflow}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=sorted(ENGINES))
    for name in ("data", "plot", "events"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    note = partial(write_note, arguments.events)
    events.subscribe(partial(write_event, note=note))
    ENGINES[arguments.engine](data=arguments.data, plot=arguments.plot, note=note)


if __name__ == "__main__":
    main()
