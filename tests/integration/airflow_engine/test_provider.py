"""Airflow finds the provider by itself, and asking for it imports nothing of Airflow."""

from __future__ import annotations

import subprocess
import sys

from tests.integration.airflow_engine.runs import Dags


def test_airflow_lists_the_provider_beside_its_own(dags: Dags):
    listed = dags.command("providers", "list", "--output", "plain")

    assert any(line.startswith("orchestra-cache ") for line in listed.splitlines())


def test_the_decorator_is_there_without_an_import_of_ours(dags: Dags):
    program = (
        "try: from airflow.sdk import task\n"
        "except ImportError: from airflow.decorators import task\n"
        "print(task.cached.__module__, task.cached.__name__)"
    )

    printed = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert printed.splitlines()[-1] == "orchestra_cache.airflow.decorators cached_task"


def test_the_module_that_airflow_asks_imports_no_module_of_airflow():
    program = (
        "import sys, orchestra_cache.airflow.provider as asked\n"
        "asked.get_provider_info()\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'airflow'])"
    )

    printed = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert printed.strip() == "[]"
