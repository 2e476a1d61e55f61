"""What the adapter takes for granted of the engine."""

from marking import seen
from prefect import flow, task
from prefect.context import TaskRunContext
from prefect.transactions import get_transaction

from orchestra_cache.prefect import FingerprintPolicy


@task(cache_policy=FingerprintPolicy("lake", context=()))
def looking_around():
    store = get_transaction().store
    return type(store).__name__, store is TaskRunContext.get().result_store


@flow
def called():
    return [seen(looking_around(return_state=True))]
