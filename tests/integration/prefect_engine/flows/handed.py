"""A process to which a task and a TaskRef were sent, as a worker is."""

import cloudpickle
from prefect import flow


@flow
def read(task, refs):
    """What the Refs stand for, or the error's name, where nothing but the task says how."""
    kept = cloudpickle.loads(task)
    return [(kept.name, outcome(ref)) for ref in cloudpickle.loads(refs)]


def outcome(ref):
    try:
        return ref.load()
    except Exception as error:
        return type(error).__name__
