"""Whose code is followed: the user's own, that of an editable install, and what is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., str]

HELPER = "def helper(n):\n    return n + 1\n"
LOOK = """
import json, site, sys
from pathlib import Path
site.addsitedir(sys.argv[1])
from {module} import helper
from orchestra_cache.fingerprints.code.trace import trace
def task(n): return helper(n)
found = trace([task], first_party=sys.argv[2].split())
labels = [one.label for one in found.definitions]
print(json.dumps([found.digest.hex, found.packages, labels]))
"""


def installed(site: Path, name: str, version: str, files: dict[str, str]) -> Path:
    """Write what an installer writes of a distribution: its files, its version, their list."""
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    listed = [f"{folder}/METADATA", f"{folder}/RECORD"]
    texts = {**files, listed[0]: f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}
    texts[listed[1]] = "".join(f"{path},,\n" for path in (*files, *listed))
    for path, text in texts.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    return site


@pytest.fixture
def look(run_python: Run) -> Callable[..., tuple[str, dict[str, str], list[str]]]:
    def look(site: Path, first_party: str = "", module: str = "acme") -> Any:
        return json.loads(run_python(LOOK.format(module=module), str(site), first_party))

    return look


def test_an_installed_distribution_counts_by_its_version(look: Any, tmp_path: Path) -> None:
    sites = [tmp_path / name / "site-packages" for name in ("one", "edited", "newer")]
    installed(sites[0], "acme-tools", "1.0", {"acme/__init__.py": HELPER})
    installed(sites[1], "acme-tools", "1.0", {"acme/__init__.py": HELPER.replace("1", "2")})
    installed(sites[2], "acme-tools", "1.1", {"acme/__init__.py": HELPER})

    one, edited, newer = map(look, sites)

    assert one == edited
    assert (one[1], newer[1]) == ({"acme-tools": "1.0"}, {"acme-tools": "1.1"})


def test_an_installed_distribution_that_is_named_is_followed(look: Any, tmp_path: Path) -> None:
    sites = [tmp_path / name / "site-packages" for name in ("one", "edited")]
    for site, text in zip(sites, (HELPER, HELPER.replace("1", "2")), strict=True):
        installed(site, "acme-tools", "1.0", {"acme/__init__.py": text})

    one, edited = (look(site, "acme") for site in sites)

    assert one[0] != edited[0]
    assert one[1] == {}
    assert "acme.helper" in one[2]


def test_an_editable_install_is_followed(look: Any, tmp_path: Path) -> None:
    found = []
    for name, text in (("one", HELPER), ("edited", HELPER.replace("1", "2"))):
        checkout = tmp_path / name / "checkout" / "src"
        (checkout / "acme").mkdir(parents=True)
        (checkout / "acme" / "__init__.py").write_text(text)
        link = {"__editable__.acme.pth": f"{checkout}\n"}
        found.append(look(installed(tmp_path / name / "site-packages", "acme-tools", "1.0", link)))

    assert found[0][0] != found[1][0]
    assert found[0][1] == {}
    assert "acme.helper" in found[0][2]


def test_what_was_copied_among_the_installed_is_followed(look: Any, tmp_path: Path) -> None:
    found = []
    for name, text in (("one", HELPER), ("edited", HELPER.replace("1", "2"))):
        site = tmp_path / name / "site-packages"
        site.mkdir(parents=True)
        (site / "acme.py").write_text(text)
        found.append(look(site))

    assert found[0][0] != found[1][0]
    assert found[0][1] == {}


def test_parts_of_a_namespace_are_told_apart(look: Any, tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    installed(site, "acme-aaa", "3.0", {"acme/aaa/__init__.py": ""})
    offers = "from acme.core.deep import helper"
    core = {"acme/core/__init__.py": offers, "acme/core/deep.py": HELPER}
    installed(site, "acme-core", "1.0", core)
    installed(site, "acme-zzz", "4.0", {"acme/zzz.py": HELPER})
    own = tmp_path / "own" / "src"
    (own / "acme" / "own").mkdir(parents=True)
    (own / "acme" / "own" / "__init__.py").write_text(HELPER)
    (site / "own.pth").write_text(f"{own}\n")

    found = {part: look(site, module=f"acme.{part}") for part in ("core", "zzz", "own")}

    assert {part: packages for part, (_, packages, _) in found.items()} == {
        "core": {"acme-core": "1.0"},
        "zzz": {"acme-zzz": "4.0"},
        "own": {},
    }
    assert "acme.own.helper" in found["own"][2]
    assert "acme.core.deep.helper" in look(site, "acme.core", "acme.core")[2]


def test_a_file_of_ones_own_with_the_name_of_a_standard_module_is_followed(
    look: Any, tmp_path: Path
) -> None:
    found = []
    for name, text in (("one", HELPER), ("edited", HELPER.replace("1", "2"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "colorsys.py").write_text(text)
        (tmp_path / name / "first.pth").write_text(
            f"import sys; sys.path.insert(0, {str(tmp_path / name)!r})\n"
        )
        found.append(look(tmp_path / name, module="colorsys"))

    assert found[0][0] != found[1][0]
