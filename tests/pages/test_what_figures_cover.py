"""Figures, forecasts and colours say what they are about, and what they are not about."""

from datetime import timedelta

import pytest
from django.test import Client

from ppm.core.models import State
from tests.factories import (
    FINISH,
    START,
    make_baseline,
    make_cost,
    make_progress,
    make_project,
    make_task,
)
from tests.pages.conftest import AS_OF, Organisation
from tests.pages.reading import Page


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


def note(page: Page, after: str) -> str:
    """Return what stands below a figure's name, up to some hundred characters."""
    return page.text[page.text.index(f"{after} ") :][: len(after) + 120]


def test_figures_beside_each_other_say_what_they_cover(
    owner: Client, organisation: Organisation
) -> None:
    """The portfolio itself has cost, and a project without tasks: neither is measured work."""
    single = make_project(organisation.portfolio, start_date=START, finish_date=FINISH, budget=700)
    make_baseline(single)
    make_cost(single, 300, AS_OF)
    make_cost(organisation.portfolio, 50, AS_OF)
    organisation.roll_up()
    page = opened(owner, "/portfolios/HOME/")
    assert "5,150.50 4,800.50 of it for measured work" in note(page, "Actual cost")
    assert " earned for 4,800.50 spent" in note(page, "CPI")
    assert "without 50.00 of own cost" in page.text
    late = opened(owner, "/projects/LATE/").text
    assert "of it for measured work" not in late
    assert "of own cost" not in late


def test_a_forecast_of_a_part_of_the_budget_says_so(
    owner: Client, organisation: Organisation
) -> None:
    closed = make_project(
        organisation.program,
        code="OVER",
        state=State.CLOSED,
        start_date=START,
        finish_date=FINISH,
        budget=50_000,
    )
    make_baseline(closed)
    organisation.roll_up()
    part = "where both are known; at least 50.0 k has no forecast"
    for address in ("/programs/PAY/", "/portfolios/HOME/"):
        page = opened(owner, address)
        assert part in note(page, "Forecast cost")
        page = opened(owner, f"{address}components/")
        *_, total = page.rows("Components", "tfoot")
        assert total.cells[4].endswith(" at least 50.0 k has no forecast")
    text = opened(owner, "/projects/OVER/").text
    assert "it is closed and no cost was recorded" in text
    assert "there is neither a budget nor an estimate" not in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.CLOSED, "Closed work is not rated."),
        (State.ON_HOLD, "Work on hold is not rated."),
        (State.AUTHORIZED, "Work that has not started is not rated."),
        (State.PROPOSAL, "Work that has not started is not rated."),
        (State.TERMINATED, "Work that was given up is not rated."),
    ],
)
def test_work_that_is_not_under_way_is_not_rated(
    owner: Client, organisation: Organisation, state: State, sentence: str
) -> None:
    make_project(organisation.program, code="OTHER-1", state=state)
    organisation.roll_up()
    text = opened(owner, "/projects/OTHER-1/").text
    assert f"Why {sentence} Figures" in text


def test_silence_is_not_called_old_facts(owner: Client, organisation: Organisation) -> None:
    started = AS_OF - timedelta(days=273)
    silent = make_project(
        organisation.program, code="SILENT", start_date=started, finish_date=FINISH
    )
    task = make_task(silent, start_date=started)
    make_baseline(silent)
    organisation.roll_up()
    sentence = "Nothing was reported since the start, 273 days ago."
    assert sentence in opened(owner, "/projects/SILENT/").text
    make_progress(task, 10, started + timedelta(days=1))
    organisation.roll_up()
    text = opened(owner, "/projects/SILENT/").text
    assert sentence not in text
    assert "The facts are too old to rate. What they said last:" in text


def test_the_api_page_is_light_whatever_the_system_asks_for(owner: Client) -> None:
    assert b'<html lang="en" data-theme="light">' in owner.get("/api/docs/").content
    assert b"data-theme" not in owner.get("/").content
