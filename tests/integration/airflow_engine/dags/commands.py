"""Commands whose output, and the files they make, are kept."""

import os

from engine import dag, task
from kinds import BashOperator

from orchestra_cache.airflow import CachedBashOperator, cached
from orchestra_cache.datasets import File

WORK = os.environ.get("WORK", "/tmp")
MADE = 'mkdir -p out; echo "[\\"made\\", \\"$DAY\\"]" >> $MARKS; cat in.csv > out/$DAY.csv; '


def length(output):
    return len(output)


@task.cached_bash(cache="lake", env={"MARKS": os.environ.get("MARKS", "")})
def said(word):
    return f'echo \'["said", "{word}"]\' >> $MARKS; echo {word}'


@dag(schedule=None)
def commands():
    CachedBashOperator(
        task_id="made",
        bash_command=MADE + "echo 'made it'",
        env={"DAY": "{{ ds }}", "MARKS": os.environ.get("MARKS", "")},
        cwd=WORK,
        outputs=["out/{{ ds }}.csv"],
        reads=[File(WORK + "/in.csv")],
        cache="lake",
    )
    CachedBashOperator(
        task_id="processed",
        bash_command="echo '[\"processed\"]' >> $MARKS; echo four",
        output_processor=length,
        cache="lake",
    )
    CachedBashOperator(
        task_id="named",
        bash_command='echo "[\\"named\\", \\"$REGION\\"]" >> $MARKS; echo $REGION',
        cache="lake",
    )
    cached(BashOperator, cache="lake")(
        task_id="unseen",
        bash_command="echo '[\"unseen\"]' >> $MARKS; echo $AIRFLOW_CTX_DAG_RUN_ID",
    )
    CachedBashOperator(
        task_id="skipped",
        bash_command="echo '[\"skipped\"]' >> $MARKS; exit 99",
        cache="lake",
    )
    CachedBashOperator(
        task_id="missing",
        bash_command="echo '[\"missing\"]' >> $MARKS",
        cwd=WORK,
        outputs=["nothing.csv"],
        cache="lake",
    )
    said.expand(word=["a", "b", "a"])


@dag(schedule=None)
def patterns():
    CachedBashOperator.partial(
        task_id="part",
        bash_command="echo $PART > parts/$PART.csv",
        cwd=WORK,
        outputs=["parts/*.csv"],
        cache="lake",
    ).expand(env=[{"PART": "1"}, {"PART": "2"}])


commands()
patterns()
