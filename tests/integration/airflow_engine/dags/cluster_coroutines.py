"""A coroutine that pushes to XCom itself, awaiting that and not."""

from engine import dag, get_current_context, task
from marking import mark


@task.cached(cache="lake", context=())
async def counting(orders):
    ti = get_current_context()["ti"]
    mark("counting", orders)
    ti.xcom_push("first", orders)
    await ti.axcom_push("late", {"orders": orders})
    return orders


@task
def counted(_, ti=None):
    mark("pushed", *(ti.xcom_pull(task_ids="counting", key=key) for key in ("first", "late")))


@dag(schedule=None)
def coroutines():
    counted(counting(3))


coroutines()
