"""The only place that asks which Airflow this is, and that touches what is private to it.

In two modules, because Airflow imports the XCom backend while it is still being imported itself.
"""
