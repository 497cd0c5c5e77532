"""ISO 8601 dates, and the calendar periods that they are in; a date counts as it is written, in any time zone."""

from __future__ import annotations

import re
from datetime import date

_DATE = (
    r"(?P<year>[0-9]{4})(?:"
    r"(?P<dash>-?)(?:(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})|W(?P<week>[0-9]{2})(?P=dash)(?P<weekday>[1-7]))"
    r"|-(?P<ordinal>[0-9]{3}))"
)
_MINUTES = r":?[0-5][0-9](?::?(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?"
_TIME = rf"(?:(?:[01][0-9]|2[0-3])(?:{_MINUTES})?|24:?00(?::?00(?:[.,]0+)?)?)"
_ZONE = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?"
_ISO = re.compile(f"{_DATE}(?:[Tt ]{_TIME}{_ZONE})?")


def period_of(text: str, unit: str) -> str:
    """Return the period that a date or a date-time is in, such as `2013-01` for the unit `month`.

    Weeks are those of ISO 8601, and so is their year: 2021-01-03 is in `2020-W53`.

    Raises:
        ValueError: Where the text is no date of ISO 8601, or not a whole one.
    """
    found = _ISO.fullmatch(text)
    day = _day(found) if found else None
    if day is None:
        raise ValueError("is not a date of ISO 8601, such as 2013-01-31 or 2013-01-31T10:00:00Z")
    if unit == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    quarter = f"{day.year:04}-Q{(day.month + 2) // 3}"
    return {"day": day.isoformat(), "month": day.isoformat()[:7], "quarter": quarter, "year": f"{day.year:04}"}[unit]


def _day(found: re.Match[str]) -> date | None:
    year = int(found["year"])
    try:
        if found["week"]:
            return date.fromisocalendar(year, int(found["week"]), int(found["weekday"]))
        if found["ordinal"]:
            # Not the first of January plus days, which has no end in a year.
            days = int(found["ordinal"])
            day = date.fromordinal(date(year, 1, 1).toordinal() + days - 1)
            return day if days and day.year == year else None
        return date(year, int(found["month"]), int(found["day"]))
    except (ValueError, OverflowError):
        return None
