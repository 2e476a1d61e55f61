"""Where each Airflow keeps what the DAGs here need."""

try:
    from airflow.sdk import Asset, dag, get_current_context, task
except ImportError:
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context

__all__ = ["Asset", "dag", "get_current_context", "task"]
