"""What the key of a task says of the Python that it is to run with, and what it leaves out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.airflow.interpreters import Interpreter
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.stores.bounded import quarter_of

PATIENCE, SHORT = timedelta(seconds=60), timedelta(milliseconds=50)

Keys = Callable[..., "dict[str, str]"]


def compute(number):
    import numpy

    return numpy.arange(number)


@pytest.fixture(scope="module")
def operators(home: Path) -> Any:
    from orchestra_cache.airflow import virtualenvs

    return virtualenvs


@pytest.fixture
def recipe_of(operators: Any) -> Callable[..., Recipe]:
    """The recipe of a task with a virtual environment of its own."""

    def recipe(**arguments: Any) -> Recipe:
        operator = operators.CachedPythonVirtualenvOperator(
            task_id="compute", python_callable=compute, op_args=[1], **arguments
        )
        own = Declaration(compute).recipe({"number": 1})
        made: Recipe = operator._orchestra_cache_without_worker(own).extended(
            operator._orchestra_cache_surroundings(None, PATIENCE)
        )
        return made

    return recipe


@pytest.fixture
def made_for_it(recipe_of: Callable[..., Recipe]) -> Keys:
    """Its components."""

    def components(**arguments: Any) -> dict[str, str]:
        return {one.name: one.digest.hex for one in recipe_of(**arguments).components}

    return components


@pytest.mark.parametrize(
    "terms",
    [
        {"requirements": ["numpy==2.1", "pandas==2.2"]},
        {"requirements": "numpy==2.1\npandas==2.2\n"},
        {"requirements": ["pandas==2.2 # tables\n\n# arrays\n  numpy==2.1"]},
    ],
)
def test_requirements_count_whatever_their_order_and_however_they_are_written(
    made_for_it: Keys, terms: dict[str, Any]
):
    usual = made_for_it(requirements=["pandas==2.2", "numpy==2.1"])

    assert made_for_it(**terms) == usual
    assert made_for_it(requirements=["pandas==2.2", "numpy==2.2"]) != usual


@pytest.mark.parametrize(
    ("component", "terms"),
    [
        ("environment:env_vars", {"env_vars": {"REGION": "north"}}),
        ("environment:expect_airflow", {"expect_airflow": False}),
        ("environment:index_urls", {"index_urls": ["https://index.test/simple"]}),
        ("environment:inherit_env", {"inherit_env": False}),
        ("environment:pip_install_options", {"pip_install_options": ["--pre"]}),
        ("environment:python_version", {"python_version": "3.12"}),
        ("environment:serializer", {"serializer": "cloudpickle"}),
        ("environment:string_args", {"string_args": ["a"]}),
        ("environment:system_site_packages", {"system_site_packages": False}),
    ],
)
def test_each_term_of_the_environment_is_a_component(
    made_for_it: Keys, component: str, terms: dict[str, Any]
):
    assert made_for_it(**terms)[component] != made_for_it()[component]


def test_what_does_not_change_a_result_is_no_component(made_for_it: Keys):
    usual = made_for_it(index_urls=["https://me:secret@index.test/simple"])

    assert made_for_it(index_urls=["https://you:other@index.test/simple"]) == usual
    assert (
        made_for_it(
            index_urls=["https://index.test/simple"], venv_cache_path="/venvs", skip_on_exit_code=7
        )
        == usual
    )


@pytest.mark.parametrize(
    "terms",
    [
        lambda who: {"pip_install_options": [f"--extra-index-url=https://{who}@host/simple"]},
        lambda who: {"pip_install_options": ["--index-url", f"https://{who}@host/simple"]},
        lambda who: {"requirements": [f"git+https://{who}@host/shop@v1", "numpy==2.1"]},
        lambda who: {"requirements": f"shop @ git+https://{who}@host/shop@v1"},
        lambda who: {"requirements": f"--find-links=http://{who}@host/\nnumpy"},
    ],
)
def test_who_asks_for_packages_is_neither_shown_nor_counted(recipe_of: Any, terms: Any):
    recipes = [recipe_of(**terms(who)) for who in ("me:hunter2", "you:p@ss", "hunter2")]

    for recipe in recipes:
        assert not any("hunter2" in one.shown or "host" in one.shown for one in recipe.components)
    assert len({recipe.key for recipe in recipes}) == 1


@pytest.mark.parametrize(
    "terms",
    [
        {"pip_install_options": ["--proxy=me:hunter2@host:3128"]},
        {"requirements": ["git+ssh://hunter2@host/shop@v1"]},
        {"index_urls": ["https://host/hunter2/simple"]},
        {"string_args": ["--token=hunter2"]},
    ],
)
def test_what_may_be_a_secret_is_not_shown_and_counts(recipe_of: Any, terms: Any):
    recipe = recipe_of(**terms)

    assert not any("hunter2" in one.shown for one in recipe.components)
    (name, (word,)) = next(iter(terms.items()))
    assert recipe.key != recipe_of(**{name: [word.replace("hunter2", "other")]}).key


def test_plain_requirements_and_options_are_shown(recipe_of: Any):
    recipe = recipe_of(requirements=["numpy==2.1"], pip_install_options=["--pre"])

    shown = {one.name: one.shown for one in recipe.components}
    assert shown["environment:requirements"] == "['numpy==2.1']"
    assert shown["environment:pip_install_options"] == "['--pre']"


def test_a_file_of_constraints_counts_by_its_content(made_for_it: Keys, tmp_path: Path):
    file = tmp_path / "constraints.txt"
    terms = {"requirements": ["numpy"], "pip_install_options": [f"--constraint={file}"]}
    file.write_text("numpy==2.1\n")
    before = made_for_it(**terms)

    file.write_text("numpy==2.2\n")

    assert made_for_it(**terms) != before


@pytest.mark.parametrize("line", ["-e ./shop", "shop @ file:///srv/shop", "--editable=shop"])
def test_code_that_is_installed_from_a_folder_has_no_key(made_for_it: Keys, line: str):
    with pytest.raises(DatasetError, match="installs code that no key sees"):
        made_for_it(requirements=[line])


def test_the_worker_counts_only_as_far_as_the_task_runs_with_it(made_for_it: Keys):
    with_both, alone = made_for_it(), made_for_it(system_site_packages=False)
    newer = made_for_it(system_site_packages=False, python_version="3.12")

    assert {"package:numpy", "python"} <= set(with_both)
    assert "python" in alone
    assert not any(name.startswith(("package:", "seen:")) for name in alone)
    assert "python" not in newer


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    for name, direct in (("Pinned_Package", {}), ("shop", {"dir_info": {"editable": True}})):
        told = site / f"{name}-1.0.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        if direct:
            (told / "direct_url.json").write_text(json.dumps({"url": "file:///shop", **direct}))
    return folder


def asked(other: Path) -> Interpreter:
    return Interpreter.asked(str(other / "bin" / "python"), {}, inherit=False, budget=PATIENCE)


def test_another_python_says_its_version_and_what_is_installed(other: Path):
    shown = {one.name: one.shown for one in asked(other).components({"pinned-package"})}

    version = ".".join(map(str, sys.version_info[:3]))
    assert shown == {"python": f"cpython {version}", "package:pinned-package": "1.0"}


def test_packages_there_may_be_left_out_and_not_invented(other: Path):
    found = asked(other)

    assert [one.name for one in found.components("none")] == ["python"]
    with pytest.raises(ConfigurationError, match="`numpy`, which is not installed"):
        list(found.components({"numpy"}))


def test_a_package_in_editable_mode_has_no_version(other: Path):
    with pytest.raises(ConfigurationError, match="`shop` is installed in editable mode"):
        list(asked(other).components("reached"))


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/true", "/bin/false"])
def test_what_is_no_python_has_no_key(program: str):
    with pytest.raises(DatasetError, match="does not say what is installed for it"):
        Interpreter.asked(program, {}, inherit=True, budget=PATIENCE)


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A Python that answers only when it is told to."""
    os.mkfifo(tmp_path / "pipe")
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nread word < {tmp_path}/pipe\n")
    program.chmod(0o755)
    return program


def test_one_that_takes_longer_than_a_store_may_has_no_key(slow: Path):
    with pytest.raises(DatasetError, match=r"does not say what is installed .*0\.05 s") as raised:
        Interpreter.asked(str(slow), {}, inherit=True, budget=SHORT)
    assert "budget=" in raised.value.hint


def test_nor_may_it_take_more_than_the_share_of_the_tasks_time(slow: Path):
    with quarter_of(0.2), pytest.raises(DatasetError, match=r"no answer within 0\.05 s"):
        Interpreter.asked(str(slow), {}, inherit=True, budget=PATIENCE)


def test_an_external_python_counts_instead_of_the_worker(operators: Any, other: Path):
    operator = operators.CachedExternalPythonOperator(
        task_id="compute",
        python=str(other / "bin" / "python"),
        python_callable=compute,
        packages={"pinned_package"},
    )
    own = Recipe("compute", Declaration(compute).recipe({"number": 1}).components)

    recipe = operator._orchestra_cache_without_worker(own).extended(
        operator._orchestra_cache_surroundings(None, PATIENCE)
    )

    names = [one.name for one in recipe.components if one.kind in ("package", "python", "seen")]
    assert names == ["python", "package:pinned-package"]
