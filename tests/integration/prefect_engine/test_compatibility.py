"""What `orchestra_cache.prefect._compat` takes for granted of Prefect is so."""

from __future__ import annotations

from tests.integration.prefect_engine.runs import Flows


def test_the_result_store_of_the_context_is_the_one_that_the_transaction_uses(flows: Flows):
    run = flows.run("engine.called")

    assert run.value == [("Completed", ("AttemptStore", True))]
