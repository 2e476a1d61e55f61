"""Where each Airflow keeps what the DAGs here need."""

try:
    from airflow.sdk import Asset, AssetAlias, Metadata, dag, get_current_context, task
except ImportError:
    from airflow.datasets import Dataset as Asset
    from airflow.datasets import DatasetAlias as AssetAlias
    from airflow.datasets.metadata import Metadata
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context

__all__ = ["Asset", "AssetAlias", "Metadata", "dag", "get_current_context", "task"]
