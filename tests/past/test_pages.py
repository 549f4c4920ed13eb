"""Pages about a past day show what was known then, lead on about that day, and change nothing."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from portfolios.models import Portfolio
from portfolios.restating import restate
from portfolios.rollup import drain
from ppm.core.models import MonthClose, Role, State
from ppm.core.time_travel import LEFT
from programs.models import Benefit, BenefitCategory, Program
from programs.outlook import placed
from projects.models import Project
from tests.factories import (
    give_role,
    make_benefit,
    make_cost,
    make_decision,
    make_envelope,
    make_measurement,
    make_portfolio,
    make_program,
    make_project,
    make_risk,
    make_user,
)
from tests.pages.reading import Page

MARCH, APRIL, MAY = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)
NOW = datetime(2026, 5, 31, 9, tzinfo=UTC)

EARLIER = datetime(2026, 3, 31, 9, tzinfo=UTC)
LATER = datetime(2031, 1, 1, tzinfo=UTC)
"""After anything that these tests compute."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """Make a tree that was brought to March, April and May.

    In April its project moved from the first program to the second, and had spent 50 more.
    """
    root = make_portfolio(code="ROOT", name="Networks", status_date=MARCH)
    first, second = make_program(root, code="PG1"), make_program(root, code="PG2")
    project = make_project(first, code="P")
    make_cost(project, amount=100, date=MARCH)
    drain(now=NOW)
    turn_to(APRIL)
    project.move_to(second)
    make_cost(project, amount=50, date=APRIL)
    drain(now=NOW)
    turn_to(MAY)
    return project


@pytest.fixture
def reader(project: Project, client: Client) -> Client:
    user = make_user()
    give_role(user, Portfolio.objects.get(), Role.PORTFOLIO_MANAGER)
    client.force_login(user)
    return client


def turn_to(day: date) -> None:
    Portfolio.objects.update(status_date=day)
    drain(now=NOW)


def shown(client: Client, address: str) -> str:
    """Open a page, and return its text with single spaces."""
    response = client.get(address)
    assert response.status_code == 200, address
    return Page(response.content).text


def test_asking_for_a_day_leads_to_its_address(reader: Client) -> None:
    response = reader.get("/portfolios/ROOT/?as_of=2026-03-31&sort=name")
    assert response["Location"] == "/on/2026-03-31/portfolios/ROOT/?sort=name"


def test_another_day_and_back_to_today(reader: Client) -> None:
    response = reader.get("/on/2026-03-31/portfolios/ROOT/?as_of=2026-04-30")
    assert response["Location"] == "/on/2026-04-30/portfolios/ROOT/"
    response = reader.get("/on/2026-03-31/portfolios/ROOT/?as_of=")
    assert response["Location"] == "/portfolios/ROOT/"


@pytest.mark.parametrize("address", ["/on/x//evil.example/", "/on/2026-03-31//evil.example/"])
def test_no_address_leads_away_from_the_site(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "address", ["/?as_of=31.3.2026", "/on/2026-02-30/", "/on/yesterday/", "/on/0001-01-15/"]
)
def test_what_is_no_date_is_refused(reader: Client, address: str) -> None:
    response = reader.get(address)
    assert response.status_code == 400


def test_figures_are_those_of_the_day(reader: Client) -> None:
    assert "As known on 31 Mar 2026" in shown(reader, "/on/2026-03-31/portfolios/ROOT/money/")
    spent = [
        Page(reader.get(f"{on}/portfolios/ROOT/money/").content).text.count("150.00")
        for on in ("/on/2026-03-31", "/on/2026-04-30", "")
    ]
    assert spent[0] == 0
    assert spent[1] > 0
    assert spent[2] > 0


def test_every_link_leads_on_about_the_same_day(reader: Client) -> None:
    for tab in ("", "components/", "money/", "benefits/", "objectives/", "risks/", "history/"):
        page = Page(reader.get(f"/on/2026-03-31/portfolios/ROOT/{tab}").content)
        links = page.links.values()
        # An export is asked for today; what it tells is of the day that its query names.
        paths = [link for link in links if link.startswith("/") and "/exports/" not in link]
        assert paths
        assert {link for link in paths if not link.startswith("/on/2026-03-31/")} == set()


def test_components_stand_where_they_stood(reader: Client) -> None:
    assert homes_of_the_project(reader, MARCH) == ["PG1"]
    assert homes_of_the_project(reader, APRIL) == ["PG2"]


def homes_of_the_project(reader: Client, day: date) -> list[str]:
    """Tell which programs list the project among their components."""
    return [
        program
        for program in ("PG1", "PG2")
        if f"/on/{day}/projects/P/" in _links(reader, f"/on/{day}/programs/{program}/components/")
    ]


def _links(client: Client, address: str) -> list[str]:
    return list(Page(client.get(address).content).links.values())


def test_home_unfolds_the_tree_of_the_day(reader: Client) -> None:
    ids = ",".join(str(c.pk) for c in (*Portfolio.objects.all(), *Program.objects.all()))
    tree = _codes(reader, f"/on/2026-03-31/?open={ids}")
    assert [code for code in tree if code in ("PG1", "PG2", "P")] in (
        ["PG1", "P", "PG2"],
        ["PG2", "PG1", "P"],
    )


def test_what_was_not_there_yet_is_not_shown(reader: Client) -> None:
    make_project(Portfolio.objects.get(), code="NEW", name="Brand new")
    drain(now=NOW)
    assert "Brand new" in shown(reader, "/portfolios/ROOT/components/")
    assert "Brand new" not in shown(reader, "/on/2026-03-31/portfolios/ROOT/components/")
    assert "Brand new" not in shown(reader, "/on/2026-03-31/projects/")


def test_a_fact_recorded_later_is_not_shown(reader: Client, project: Project) -> None:
    make_cost(project, amount=7777, date=MARCH, recorded_at=LATER)
    make_risk(project, title="Late news", date=MARCH, recorded_at=LATER)
    drain(now=NOW)
    for tab, late in (("money", "7,777.00"), ("risks", "Late news")):
        assert late in shown(reader, f"/projects/P/{tab}/")
        assert late not in shown(reader, f"/on/2026-03-31/projects/P/{tab}/")


def test_a_measurement_recorded_later_is_not_shown(reader: Client) -> None:
    root = Portfolio.objects.get()
    benefits = [make_benefit(root, 50_000), make_benefit(root, 900, **IN_LITRES)]
    for benefit in benefits:
        make_measurement(benefit, 333, date=MARCH, recorded_at=EARLIER)
        make_measurement(benefit, 444, date=date(2026, 3, 30), recorded_at=LATER)
    drain(now=NOW)
    assert 333 + 444 in amounts(reader, "/portfolios/ROOT/benefits/")
    then = amounts(reader, "/on/2026-03-31/portfolios/ROOT/benefits/")
    assert 333 in then
    assert then.isdisjoint({444, 333 + 444})
    everything = make_user(superuser=True)
    for day, realised in ((None, 333 + 444), (MARCH, 333)):
        found = placed(Benefit.objects.all(), user=everything, now=NOW, as_of=day)
        assert [one.outlook.realised for one in found] == [realised, realised]


IN_LITRES: dict[str, Any] = {"category": BenefitCategory.QUANTIFIED, "unit": "litres"}


def amounts(client: Client, address: str) -> set[Decimal]:
    """List the exact amounts in the tables of a page."""
    tables = Page(client.get(address).content).tables.values()
    return {value for rows in tables for row in rows for cell in row.values for value in cell}


def test_an_envelope_of_the_past_holds_what_was_booked_then(
    reader: Client, project: Project
) -> None:
    make_envelope(Portfolio.objects.get(), 5000, MARCH, MAY)
    make_cost(project, amount=7777, date=MARCH, recorded_at=LATER)
    drain(now=NOW)
    assert Decimal(7777 + 150) in amounts(reader, "/portfolios/ROOT/objectives/")
    assert Decimal(100) in amounts(reader, "/on/2026-03-31/portfolios/ROOT/objectives/")


def test_no_filter_and_no_download_brings_a_later_fact_in(
    reader: Client, project: Project
) -> None:
    make_cost(project, amount=7777, date=MARCH, recorded_at=LATER)
    asked = "/on/2026-03-31/projects/P/money/?date__lte=2026-03-31"
    assert "7,777" not in shown(reader, asked)
    assert b"7777" in reader.get("/components/P/costs.csv").content
    assert b"7777" not in reader.get("/on/2026-03-31/components/P/costs.csv").content


def test_a_decision_recorded_later_changes_no_state_of_before(
    reader: Client, project: Project
) -> None:
    make_decision(project, State.ON_HOLD, before=State.EXECUTING, date=MARCH, recorded_at=LATER)
    assert "Executing" in shown(reader, "/on/2026-04-15/projects/P/")


def test_home_shows_the_trees_of_the_day(reader: Client, client: Client) -> None:
    """What has left its tree since stands in it once; what has joined one stood by itself."""
    client.force_login(make_user(superuser=True))
    alone = make_portfolio(code="ALONE", status_date=MARCH)
    make_cost(alone, amount=1, date=MARCH)
    drain(now=NOW)
    turn_to(APRIL)
    Program.objects.get(code="PG1").move_to(None)
    alone.move_to(Portfolio.objects.get(code="ROOT"))
    drain(now=NOW)
    assert tops(client, "/on/2026-03-31/") == {"ROOT", "ALONE"}
    assert tops(client, "/") == {"ROOT", "PG1"}


def tops(client: Client, address: str) -> set[str]:
    """Name the components that home shows folded."""
    return set(_codes(client, f"{address}?open=")) & {"ROOT", "ALONE", "PG1", "PG2", "P"}


def _codes(client: Client, address: str) -> list[str]:
    """List the last parts of the addresses to which a page leads."""
    return [link.rstrip("/").rpartition("/")[2] for link in _links(client, address)]


def test_a_register_of_the_past_leaves_out_what_came_later(
    reader: Client, project: Project
) -> None:
    make_risk(project, title="Early news", date=MARCH, recorded_at=EARLIER)
    make_risk(project, title="Late news", date=MARCH, recorded_at=LATER)
    register = shown(reader, "/on/2026-03-31/risks/")
    assert "Early news" in register
    assert "Late news" not in register
    assert "Late news" in shown(reader, "/risks/")


def test_a_state_is_that_of_the_day(reader: Client, project: Project) -> None:
    make_decision(project, State.ON_HOLD, before=State.EXECUTING, date=APRIL, recorded_at=EARLIER)
    Project.objects.update(state=State.ON_HOLD)
    assert "Executing" in shown(reader, "/on/2026-03-31/projects/P/")
    assert "On hold" in shown(reader, "/on/2026-04-30/projects/P/")


def test_nothing_can_be_changed_in_the_past(reader: Client) -> None:
    assert "Edit" in shown(reader, "/projects/P/")
    for tab in ("", "tasks/", "money/", "benefits/", "risks/", "history/"):
        page = Page(reader.get(f"/on/2026-03-31/projects/P/{tab}").content)
        changing = ("/new/", "/edit/", "/delete/", "/move/", "/state/", "/entry/")
        offered = [link for link in page.links.values() if link.endswith(changing)]
        assert offered == []
        assert "Edit" not in page.text


def test_a_page_that_only_knows_the_present_says_so_once(reader: Client) -> None:
    response = reader.get("/on/2026-03-31/decisions/")
    assert response["Location"] == "/decisions/"
    assert LEFT in shown(reader, "/decisions/")
    assert LEFT not in shown(reader, "/decisions/")


def test_another_day_keeps_what_the_address_asks_for(reader: Client) -> None:
    asked = {"first": "2026-02-28", "second": "2026-03-31", "figure": "spent"}
    form = hidden(reader, "/on/2026-04-30/portfolios/ROOT/comparison/", asked)
    assert form == asked
    response = reader.get(
        "/on/2026-04-30/portfolios/ROOT/comparison/", {**form, "as_of": str(MARCH)}
    )
    assert response["Location"] == (
        "/on/2026-03-31/portfolios/ROOT/comparison/?first=2026-02-28&second=2026-03-31&figure=spent"
    )


def hidden(client: Client, address: str, query: dict[str, str]) -> dict[str, str]:
    """Read what the form of the past keeps; the way back to today keeps it too."""
    content = client.get(address, query).content
    back = urlsplit(Page(content).links["Back to today"]).query
    assert dict(parse_qsl(back, keep_blank_values=True)) == {**query, "as_of": ""}
    form = content.decode().partition('class="as-of"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_one_can_log_out_of_the_past(reader: Client) -> None:
    assert reader.post("/on/2026-03-31/logout/")["Location"] == "/login/"


def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_day(client: Client) -> None:
    response = client.get("/on/2026-03-31/portfolios/ROOT/")
    assert response["Location"].endswith("?next=/on/2026-03-31/portfolios/ROOT/")


def test_an_outsider_sees_the_past_as_little_as_the_present(
    project: Project, client: Client
) -> None:
    client.force_login(make_user())
    assert client.get("/on/2026-03-31/portfolios/ROOT/").status_code == 404
    assert client.get("/on/2026-03-31/portfolios/NONE/").status_code == 404


def test_a_day_that_has_not_come_shows_the_present(reader: Client) -> None:
    page = shown(reader, "/on/2030-01-01/portfolios/ROOT/")
    assert "31 May 2026" in page


def test_history_tells_where_it_stood(reader: Client) -> None:
    page = shown(reader, "/projects/P/history/")
    assert "30 Apr 2026 : from" in page
    assert "Figures of earlier dates stay there" in page
    assert "Figures of earlier dates stay there" not in shown(
        reader, "/on/2026-03-31/projects/P/history/"
    )


def test_history_tells_what_was_restated(reader: Client, project: Project) -> None:
    make_cost(project, amount=20, date=MARCH)
    drain(now=NOW)
    restate(Portfolio.objects.get(), as_of=APRIL, now=NOW, reason="An invoice came late.")
    page = shown(reader, "/projects/P/history/")
    assert "30 Apr 2026 : An invoice came late." in page
    assert "actual cost 150.00" in page
    assert "An invoice came late." in shown(reader, "/on/2026-04-30/projects/P/")


def test_a_past_page_says_when_its_month_was_closed(reader: Client) -> None:
    MonthClose.objects.create(root=Portfolio.objects.get(), month_end=APRIL)
    assert "final: April 2026 was closed" in shown(reader, "/on/2026-03-31/projects/P/")
    assert "final:" not in shown(reader, "/projects/P/")
