"""One pipeline in Prefect and in Airflow on one cache, in five scenes: `make demo`."""
