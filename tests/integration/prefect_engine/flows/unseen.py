"""Functions that read what Prefect knows of a run, in every way there is, and some that do not."""

import importlib
from functools import partial

import prefect
import prefect.runtime as surroundings
from prefect import get_client, get_run_logger, runtime
from prefect.artifacts import create_markdown_artifact
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.context import FlowRunContext, TaskRunContext, get_run_context
from prefect.deployments import run_deployment
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.transactions import get_transaction
from prefect.variables import Variable


class Service(Block):
    """A block of the user's own."""

    url: str = ""

    @classmethod
    def current(cls):
        return cls.load("current")


class Reader:
    def name(self):
        return flow_run.name


def helper():
    return Reader().name()


def a_module():
    return runtime.flow_run.id


def a_module_by_the_package():
    return prefect.runtime.flow_run.id


def a_module_by_another_name():
    return surroundings.deployment.parameters["day"]


def a_part_of_it():
    return flow_run.name.upper()


def a_part_by_its_name():
    return getattr(runtime, "task_run")  # noqa: B009


def a_part_imported_within():
    from prefect.runtime import task_run as run

    return run.name


def a_value_imported_within():
    from prefect.runtime.flow_run import parameters

    return parameters


def a_module_imported_by_its_name():
    return importlib.import_module("prefect.runtime").flow_run


def a_helper():
    return helper()


def a_context():
    return get_run_context().flow_run.name


def a_context_by_the_package():
    return prefect.context.get_run_context()


def a_flow_context():
    return FlowRunContext.get().flow_run.name


def a_task_context():
    return TaskRunContext.get().task_run.name


def a_variable():
    return Variable.get("rate")


def a_subscripted_variable():
    return Variable[str].get("rate", default="1")


async def an_awaited_variable():
    return await Variable.aget("rate")


def a_variable_imported_within():
    from prefect.variables import Variable as Setting

    return Setting.get("rate")


def a_secret():
    return Secret.load("api").get()


async def an_awaited_secret():
    return (await Secret.aload("api")).get()


def a_block_of_any_kind():
    return Block.load("secret/api")


def a_block_of_ones_own():
    return Service.load("orders").url


def a_block_by_its_own_method():
    return Service.current().url


a_partial = partial(Variable.get, "rate")


def a_table(kind):
    return {"secret": Secret.load}[kind]("api")


def a_kind_handed_on():
    return _load(Secret, "api")


def _load(kind, name):
    return kind.load(name)


def a_client():
    with get_client(sync_client=True) as client:
        return client.read_flows()


def another_deployment():
    return run_deployment("etl/nightly").state


def a_transaction():
    return get_transaction().get("path")


def nothing(rows):
    logger = get_run_logger()
    logger.info("rows: %s", rows)
    emit_event("rows.counted", {"prefect.resource.id": "rows"})
    create_markdown_artifact("# Rows")
    return rows


def a_block_made(secret: Secret):
    return Secret(value="shh") if isinstance(secret, Secret) else None


def a_version():
    return prefect.__version__


def what_is_imported_only():
    from prefect import runtime  # noqa: F401
