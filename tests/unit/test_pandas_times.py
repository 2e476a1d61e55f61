"""Zones and frequencies of pandas: a named zone is one, whichever library reads its rules."""

from __future__ import annotations

import datetime
import zoneinfo
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dateutil import tz
from pandas.tseries import offsets

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
HOUR = datetime.timedelta(hours=1)
HOLIDAYS = [np.datetime64("2026-02-05")]


class Anywhere(datetime.tzinfo):
    """A zone that does not show in its text what it is."""

    def __init__(self, hours: int) -> None:
        self.hours = hours

    def utcoffset(self, moment: datetime.datetime | None) -> datetime.timedelta:
        return datetime.timedelta(hours=self.hours)

    def dst(self, moment: datetime.datetime | None) -> datetime.timedelta:
        return datetime.timedelta()

    def tzname(self, moment: datetime.datetime | None) -> str:
        return str(self)

    def __str__(self) -> str:
        return "anywhere"


def moment(zone: Any, hour: int = 1) -> pd.Timestamp:
    return pd.Timestamp(f"2026-10-25 0{hour}:30", tz="UTC").tz_convert(zone).as_unit("ns")


def day(zone: Any) -> pd.DatetimeIndex:
    return pd.DatetimeIndex([moment("UTC")]).tz_convert(zone).as_unit("ns")


MAKERS: dict[str, Any] = {
    "instant": moment,
    "the hour before": lambda zone: moment(zone, 0),
    "index": day,
    "column": lambda zone: pd.Series(day(zone)),
    "frame": lambda zone: pd.DataFrame({"a": day(zone)}),
    "dtype": lambda zone: day(zone).dtype,
    "objects": lambda zone: pd.Series([moment(zone)], dtype=object),
    "interval": lambda zone: pd.Interval(moment(zone, 0), moment(zone)),
    "categories": lambda zone: pd.Categorical(day(zone)),
    "levels": lambda zone: pd.MultiIndex.from_product([day(zone), [1]]),
}
ZONES: list[Any] = [
    BERLIN, "America/New_York", "UTC", "+01:00", datetime.timezone(HOUR, "X"),
    datetime.timezone(2 * HOUR, "X"), tz.tzoffset("X", 3600), tz.tzoffset("X", 7200), Anywhere(1),
    Anywhere(2), tz.gettz("Europe/Berlin"), None,
]  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
def test_a_named_zone_is_one_whichever_library_reads_it(name: str) -> None:
    pytz = pytest.importorskip("pytz")
    make = MAKERS[name]

    for zone in ("Europe/Berlin", "Etc/GMT+5", "EST", "UTC"):
        assert fingerprint(make(pytz.timezone(zone))) == fingerprint(make(zoneinfo.ZoneInfo(zone)))


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "dtype"])
def test_zones_that_differ_show(name: str) -> None:
    digests = [fingerprint(MAKERS[name](zone)) for zone in ZONES]

    assert len(set(digests)) == len(ZONES)


def test_the_dtypes_of_zones_that_differ_show() -> None:
    dtypes = [day(zone).dtype for zone in ZONES[:-1]]

    assert len({fingerprint(dtype) for dtype in dtypes}) == len(dtypes)
    assert fingerprint(day(BERLIN).as_unit("s").dtype) != fingerprint(day(BERLIN).dtype)


def test_plain_times_go_by_the_zone_they_have() -> None:
    zone = pytest.importorskip("pytz").timezone("Europe/Berlin")

    winter, summer = (
        datetime.datetime(2026, month, 1, tzinfo=BERLIN).astimezone(zone) for month in (1, 7)
    )
    wrong = summer.replace(tzinfo=winter.tzinfo)

    assert fingerprint(wrong) != fingerprint(summer)
    assert fingerprint(summer) != fingerprint(summer.replace(tzinfo=BERLIN))


def test_fixed_offsets_of_pytz_have_no_name_and_so_are_others() -> None:
    fixed = pytest.importorskip("pytz").FixedOffset

    digests = [fingerprint(moment(zone)) for zone in (fixed(60), fixed(120), "+01:00")]

    assert len(set(digests)) == 3
    assert fingerprint(day(fixed(60))) != fingerprint(day("+01:00"))


def test_a_zone_without_a_name_is_refused() -> None:
    found = next(path for path in zoneinfo.TZPATH if Path(path, "Europe/Berlin").exists())
    with Path(found, "Europe/Berlin").open("rb") as file:
        zone = zoneinfo.ZoneInfo.from_file(file)

    for make in (moment, day):
        with pytest.raises(FingerprintError, match="no name"):
            fingerprint(make(zone))


FREQUENCIES: list[Any] = [
    None, "D", "B", offsets.CustomBusinessDay(), offsets.CustomBusinessDay(holidays=HOLIDAYS),
    offsets.CustomBusinessDay(weekmask="Mon Tue Wed Thu Fri Sat"),
    offsets.CustomBusinessDay(calendar=np.busdaycalendar("1111101")),
]  # fmt: skip


def test_frequencies_that_differ_show() -> None:
    days = pd.date_range("2026-02-02", periods=2)

    indexes = [pd.DatetimeIndex(days.to_numpy(), freq=one) for one in FREQUENCIES]

    assert len({fingerprint(index) for index in indexes}) == len(indexes)
    # Arrays of pandas 3 have no frequency.
    counted = len(indexes) if hasattr(indexes[0].array, "freq") else 1
    assert len({fingerprint(index.array) for index in indexes}) == counted
    assert len({fingerprint(index.freq) for index in indexes}) == len(indexes)


OFFSETS: list[Any] = [
    *FREQUENCIES[3:], offsets.Day(), offsets.Day(2), offsets.Hour(24), offsets.MonthEnd(),
    offsets.MonthEnd(normalize=True), offsets.DateOffset(months=1), offsets.DateOffset(months=2),
    offsets.DateOffset(month=1), offsets.BusinessHour(start="10:00"), offsets.BusinessHour(),
    offsets.Week(weekday=1), offsets.Week(), offsets.QuarterEnd(startingMonth=2),
]  # fmt: skip


def test_offsets_that_differ_have_digests_of_their_own() -> None:
    digests = [fingerprint(offset) for offset in OFFSETS]

    assert len(set(digests)) == len(OFFSETS)
    assert digests == [fingerprint(offset.copy()) for offset in OFFSETS]
