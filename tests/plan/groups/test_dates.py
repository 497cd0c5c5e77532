from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_stage.plan.groups.dates import period_of

if TYPE_CHECKING:
    from datetime import date

UNITS = ("day", "week", "month", "quarter", "year")

DAYS = {
    "2013-01-31": "2013-01-31",
    "20130131": "2013-01-31",
    "2013-W05-4": "2013-01-31",
    "2013W054": "2013-01-31",
    "2013-031": "2013-01-31",
    "2013-01-31T23": "2013-01-31",
    "2013-01-31t23:59": "2013-01-31",
    "2013-01-31 235959": "2013-01-31",
    "2013-01-31T23:59:60.123456789123+14:00": "2013-01-31",
    "2013-01-31T23:59:59,5-0500": "2013-01-31",
    "2013-01-31T00:00:00Z": "2013-01-31",
    "2013-01-31T00:00:00-12": "2013-01-31",
    "2013-01-31T24:00": "2013-01-31",
    "2012-02-29": "2012-02-29",
    "2012-366": "2012-12-31",
    "0001-01-01": "0001-01-01",
    "9999-12-31": "9999-12-31",
}
NO_DATES = (
    *("2013", "2013-01", "2013-1-1", "01/02/2013", "130131", "0000-01-01", "12013-01-01", "2013031", "2013-W05"),
    *("2013-01-31T24:01", "2013-01-31T", "2013-01-31 UTC", " 2013-01-31", "2013-01-31 ", "2013-02-29", "2013-13-01"),
    *("2013-366", "2013-000", "2013-W53-1", "2013-W05-8", "2013-0131", "201301-31", "2013-01-31T25:00"),
    *("2013-01-31T23:60", "2013-01-31T23:59:61", "2013-01-31T23:59:59+24:00", "٢٠١٣-٠١-٣١", "2013-01-31\n", "NA"),
)


@pytest.mark.parametrize("text", DAYS)
def test_a_date_is_the_day_as_it_is_written(text: str) -> None:
    assert period_of(text, "day") == DAYS[text]


@pytest.mark.parametrize("text", NO_DATES)
@pytest.mark.parametrize("unit", UNITS)
def test_anything_else_is_refused(text: str, unit: str) -> None:
    with pytest.raises(ValueError, match="is not a date of ISO 8601"):
        period_of(text, unit)


def test_periods_where_years_meet() -> None:
    assert [period_of("2013-01-31", unit) for unit in UNITS] == ["2013-01-31", "2013-W05", "2013-01", "2013-Q1", "2013"]
    assert period_of("2021-01-03", "week") == "2020-W53"
    assert period_of("2013-W01-1", "week") == "2013-W01"
    assert period_of("2013-W01-1", "month") == "2012-12"
    assert [period_of(f"2013-{month:02}-01", "quarter")[-2:] for month in (1, 3, 4, 6, 7, 9, 10, 12)] == [
        *("Q1", "Q1", "Q2", "Q2", "Q3", "Q3", "Q4", "Q4")
    ]


@given(st.dates(), st.dates(), st.sampled_from(UNITS))
def test_periods_sort_as_their_days_do(one: date, other: date, unit: str) -> None:
    first, last = sorted((one, other))
    assert period_of(first.isoformat(), unit) <= period_of(last.isoformat(), unit)
