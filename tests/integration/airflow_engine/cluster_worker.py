"""Airflow's command line, where what DAGs import is there before a worker forks for each task."""

from __future__ import annotations

from airflow.__main__ import main

try:
    from airflow.sdk import task
except ImportError:
    from airflow.decorators import task

if __name__ == "__main__":
    # To know this one, Airflow looks through all of its providers.
    assert task.cached
    main()
