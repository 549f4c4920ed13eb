"""From text to values: exactly, or not at all."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.importing.values import (
    UnreadableError,
    plus_days,
    read_boolean,
    read_date,
    read_line,
    read_number,
    read_whole_number,
    times,
)

FORMATS = ["%d/%m/%Y", "%m/%d/%Y", "%d %b %Y"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("15.297", "15297000"),
        ("1.2e-05", "12"),
        ("0.000001", "1"),
        ("-3", "-3000000"),
        (".5", "500000"),
    ],
)
def test_millions_become_units_exactly(text: str, amount: str) -> None:
    assert times(read_number(text, ()), Decimal(1_000_000)) == Decimal(amount)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12
    )
)
def test_any_amount_in_millions_is_exact(amount: Decimal) -> None:
    units = times(read_number(str(amount), ()), Decimal(1_000_000))

    assert units == int(amount.scaleb(6))


@pytest.mark.parametrize(
    "text",
    ["abc", "1,000", "1.000,50", "1_000", "NaN", "Infinity", "1e", "--1", "12 €", "1e99", "٣"],
)
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_number(text, ())


def test_a_decimal_comma_is_told_from_what_is_no_number_at_all() -> None:
    for text in ("1,5", "-1.000,50", "1,000", ",5"):
        with pytest.raises(UnreadableError, match="write a decimal point and no commas"):
            read_number(text, ())
    for text in ("abc", "a,b", ",", "12 €"):
        with pytest.raises(UnreadableError, match=r"is not a number$"):
            read_number(text, ())


def test_dates_are_read_by_the_format_that_fits() -> None:
    assert read_date("2012-08-31", ()) == date(2012, 8, 31)
    assert read_date("31/08/2012", FORMATS) == date(2012, 8, 31)
    assert read_date("08/31/2012", FORMATS) == date(2012, 8, 31)
    assert read_date("07/07/2012", FORMATS) == date(2012, 7, 7)
    assert read_date("3 Feb 2012", FORMATS) == date(2012, 2, 3)


def test_a_date_that_could_be_two_is_refused() -> None:
    with pytest.raises(UnreadableError, match="“04/05/2012” could be 2012-04-05 or 2012-05-04"):
        read_date("04/05/2012", FORMATS)


@pytest.mark.parametrize("text", ["2012-02-30", "20120831", "2012-W35-5", "31.08.2012", "soon"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_date(text, FORMATS)


def test_days_are_added_within_the_calendar() -> None:
    assert plus_days(date(2011, 10, 1), 365) == date(2012, 9, 30)
    with pytest.raises(UnreadableError):
        plus_days(date(2011, 10, 1), 10**7)


def test_whole_numbers_yes_and_no_and_lines() -> None:
    assert (read_whole_number("12", ()), read_whole_number("9.0", ())) == (12, 9)
    with pytest.raises(UnreadableError):
        read_whole_number("1.5", ())
    assert (read_boolean("Yes", ()), read_boolean("0", ())) == (True, False)
    with pytest.raises(UnreadableError):
        read_boolean("perhaps", ())
    assert read_line(" a \n  b ", ()) == "a b"
