"""Figures as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from ppm.core.measures import MEASURES, Basis, as_percent
from ppm.core.models import Component, Health, HealthPolicy, Snapshot
from ppm.core.templatetags import figures
from ppm.core.templatetags.figures import DASH, short_amount

PARTLY = "where both are known; at least 1.25 m has no forecast"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("74123456789", "74.12 bn"),
        ("1000000000", "1.00 bn"),
        ("999999999.99", "1,000.00 m"),
        ("12345678", "12.35 m"),
        ("18249.99", "18.2 k"),
        ("9999.994", "9,999.99"),
        ("0.005", "0.01"),
        ("-0.004", "0.00"),
        ("-2500000", "−2.50 m"),
    ],
)
def test_amounts_are_short(amount: str, text: str) -> None:
    assert short_amount(Decimal(amount)) == text


@given(st.decimals(-(10**14), 10**14, places=4))
def test_a_short_amount_is_within_half_of_its_last_digit(amount: Decimal) -> None:
    number, _, unit = short_amount(amount).partition(" ")
    scale = {"": 1, "k": 1000, "m": 10**6, "bn": 10**9}[unit]
    step = Decimal(1).scaleb(-len(number.partition(".")[2])) * scale
    plain = number.replace(",", "").replace("−", "-")
    assert abs(Decimal(plain) * scale - amount) <= step / 2


def test_the_full_amount_is_in_the_title() -> None:
    html = figures.money(Decimal("12345678.9000"), "EUR")
    assert html == '<data value="12345678.9000" title="EUR 12,345,678.90">12.35 m</data>'


def test_a_missing_figure_says_why_and_is_escaped() -> None:
    html = figures.money(None, "EUR", "<nothing>")
    assert f">{DASH}<" in html
    assert "<nothing>" not in html
    assert html.count("&lt;nothing&gt;") == 2


def test_an_undefined_ratio_tells_the_reason_of_the_roll_up() -> None:
    snapshot = Snapshot(reasons={"roi": "NO_BENEFITS"})
    assert "no benefit with a forecast in money counts here" in figures.rate(snapshot, "roi")
    assert "not computed yet" in figures.index(None, "cpi")
    assert figures.gap(Snapshot(ev_costed=3, ac=2), "cpi") == ""


def test_ratios_come_from_the_sums() -> None:
    snapshot = Snapshot(ev_costed=Decimal(90), ac=Decimal(100), eac=100, benefit_forecast=125)
    assert ">0.90<" in figures.index(snapshot, "cpi")
    assert ">25.0 %<" in figures.rate(snapshot, "roi")


def test_variance_is_said_in_words() -> None:
    assert figures.variance(Snapshot(vac=Decimal(-5))).endswith("5.00</data> over budget")
    assert figures.variance(Snapshot(vac=Decimal(5))).endswith("5.00</data> under budget")
    assert figures.variance(Snapshot(vac=Decimal(0))) == "on budget"


@pytest.mark.parametrize(
    ("bac", "held", "eac", "vac", "words"),
    [
        (1_900_000, None, 650_000, 0, PARTLY),
        (900_000, 1_000_000, 700_000, -50_000, PARTLY),
        (1000, None, 1200, -200, ""),
        (1000, None, 1500, -200, "where both are known; at least 300.00 of it has no budget"),
        (1000, None, None, None, ""),
        (None, None, 1000, None, ""),
    ],
)
def test_a_forecast_of_a_part_names_the_part(
    bac: int | None, held: int | None, eac: int | None, vac: int | None, words: str
) -> None:
    amounts = {"bac": bac, "held": held, "eac": eac, "vac": vac}
    known = {name: Decimal(n) for name, n in amounts.items() if n is not None}
    assert figures.coverage(Snapshot(**known)) == words
    assert figures.uncovered(None) == ""


def test_huge_amounts_are_shown() -> None:
    huge = Decimal("123456789012345678901234567890.12345678")
    assert figures.amount(huge) == "123,456,789,012,345,678,901,234,567,890.12"
    assert "bn" in figures.money(huge)
    assert figures.percent(huge).startswith("12,345,678,901,234,567,890,")
    basis = Basis(Snapshot(bac=Decimal(10**14)), HealthPolicy(), "EUR")
    remedy = MEASURES["change_share"].remedy(basis, Decimal(10**18), Decimal("0.1"))
    assert remedy.startswith("Reduce the changes by EUR 9")
    assert as_percent(Decimal(10**30)).startswith("100,000,000,")


def test_dates_are_short_and_machine_readable() -> None:
    assert figures.day(date(2012, 8, 3)) == '<time datetime="2012-08-03">3 Aug 2012</time>'
    assert "no date" in figures.day(None)


@pytest.mark.parametrize(
    ("days", "words"), [(95, "95 days late"), (1, "1 day late"), (-21, "21 days early")]
)
def test_days_are_late_or_early(days: int, words: str) -> None:
    assert figures.lateness(days) == words


def test_moments_are_told_by_their_distance() -> None:
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        assert ">just now<" in figures.ago(now)
        html = figures.ago(now - timedelta(hours=2, minutes=5))
    assert 'title="5 Jan 2026 09:55 UTC">2\xa0hours ago<' in html


@given(st.lists(st.integers(0, 500), min_size=7, max_size=7))
def test_the_bar_is_as_wide_as_its_counts(counts: list[int]) -> None:
    fields = {f"count_{health}": n for health, n in zip(Health, counts, strict=True)}
    parts = figures.segments(Snapshot(**fields))
    assert sum(part.count for part in parts) == sum(counts)
    assert all(part.count for part in parts)
    if parts:
        assert parts[-1].start + parts[-1].width == pytest.approx(100, abs=0.01)


def test_the_answer_is_one_sentence() -> None:
    assert figures.answer(Snapshot(count_done=4)) == "No project is in delivery"
    assert figures.answer(Snapshot(count_green=1200)) == (
        "All 1,200 projects in delivery are on track"
    )
    assert figures.answer(Snapshot(count_red=1)) == (
        '<a href="/projects/?health=red">1 of 1 project in delivery off track</a>, '
        "0 at risk, 0 not rated"
    )


def test_the_words_of_the_bar_name_what_calls_for_attention() -> None:
    parts = figures.segments(Snapshot(count_red=2, count_unknown=1, count_green=7))
    assert figures.concerns(parts, Component(pk=7)) == (
        '<a href="/projects/?below=7&amp;health=red">2 off track</a>, '
        '<a href="/projects/?below=7&amp;health=unknown">1 not rated</a> of 10'
    )
    assert figures.concerns(figures.segments(Snapshot(count_done=3))) == "none of 3 off track"
