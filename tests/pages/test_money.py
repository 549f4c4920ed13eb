"""The money of a component in pages: sums that add up, costs booked, reversed and downloaded."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import Component, CostEntry, CostKind, Estimate, Role, Snapshot, State
from projects.models import Project
from tests.factories import (
    START,
    give_role,
    make_baseline,
    make_cost,
    make_estimate,
    make_portfolio,
    make_program,
    make_project,
    make_task,
    make_user,
)
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

LATER = AS_OF + timedelta(days=1)
COST = {"date": "2026-02-10", "amount": "99.50", "kind": "actual", "expense": "capex"}
ESTIMATE = {"date": "2026-02-13", "estimate_to_complete": "750", "forecast_finish": "2026-04-01"}
COMMITMENT = CostKind.COMMITMENT


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


def test_owner_member_and_outsider(
    organisation: Organisation, owner: Client, member: Client, outsider: Client
) -> None:
    entry = CostEntry.objects.get(component=organisation.late)
    for address in (
        "/components/LATE/cost-entries/new/",
        "/components/LATE/estimates/new/",
        f"/cost-entries/{entry.pk}/reverse/",
    ):
        assert owner.get(address).status_code == 200
        for client, status in ((member, 403), (outsider, 404)):
            statuses = [client.get(address).status_code, client.post(address).status_code]
            assert statuses == [status, status]
        assert Client().get(address)["Location"] == f"/login/?next={address}"
    download = "/components/LATE/costs.csv"
    assert [c.get(download).status_code for c in (owner, member, outsider)] == [200, 200, 404]
    assert outsider.get(download).content == outsider.get("/components/NO/costs.csv").content
    assert owner.post(download).status_code == 405
    assert CostEntry.objects.count() == 2


def test_buttons_are_for_those_who_may(owner: Client, member: Client) -> None:
    for text in ("Book a cost", "New estimate"):
        assert text in opened(owner, "/projects/LATE/money/").links
        assert text not in opened(member, "/projects/LATE/money/").links
    assert "Reverse" not in opened(member, "/projects/LATE/money/").text


def whole_level(organisation: Organisation) -> None:
    """Put components of all states on each level, and money on each."""
    program, portfolio = organisation.program, organisation.portfolio
    number = 1
    for parent in (program, portfolio):
        for state in State:
            if state in (State.ACTIVE, State.ARCHIVED):
                continue
            project = make_project(parent, state=state, budget=100 * number)
            make_task(project, budget=10 * number)
            make_baseline(project)
            make_cost(project, number, START)
            make_cost(project, 2 * number, START, kind=COMMITMENT)
            number += 1
    for state in (State.EXECUTING, State.CLOSED, State.IDEA):
        nested = make_program(portfolio, state=state)
        make_cost(nested, 31, START)
        make_cost(nested, 3, START, kind=COMMITMENT)
        make_estimate(nested, 13, START)


@pytest.mark.parametrize(
    ("estimates", "costs"), [([], []), ([], [70]), ([40], []), ([40], [70, 5]), ([0], [-20])]
)
def test_every_column_adds_up_to_the_total(
    estimates: list[int], costs: list[int], organisation: Organisation, owner: Client
) -> None:
    whole_level(organisation)
    for component in (organisation.program, organisation.portfolio):
        for amount in costs:
            make_cost(component, amount, START)
            make_cost(component, amount + 1, START, kind=COMMITMENT)
        for amount in estimates:
            make_estimate(component, amount, START)
        make_cost(component, 1000, LATER)
        make_estimate(component, 1000, LATER)
    organisation.roll_up()
    for address in ("/portfolios/HOME/money/", "/programs/PAY/money/"):
        page = opened(owner, address)
        *own, total = page.rows("Money by component", "tfoot")
        assert len(own) == bool(estimates or costs)
        rows = [*page.rows("Money by component"), *own]
        for column in range(1, 10):
            parts = [value for row in rows for value in row.values[column]]
            assert total.values[column] == [sum(parts)][: len(parts)], (address, column)


@pytest.mark.parametrize("state", [State.ARCHIVED, State.ACTIVE])
def test_a_level_that_is_over_costs_what_it_has_cost(
    state: State, organisation: Organisation, owner: Client
) -> None:
    level = make_portfolio(organisation.portfolio, "LEVEL", state=state)
    make_project(level)
    make_cost(level, 70, START)
    make_estimate(level, 40, START)
    organisation.roll_up()
    [own, total] = opened(owner, "/portfolios/LEVEL/money/").rows("Money by component", "tfoot")
    assert own.values[8] == total.values[8] == [70 if state == State.ARCHIVED else 110]


@pytest.mark.parametrize("state", [State.IDEA, State.PROPOSAL, State.REJECTED])
def test_a_level_that_has_not_begun_adds_nothing(
    state: State, organisation: Organisation, owner: Client
) -> None:
    level = make_program(organisation.portfolio, "LEVEL", state=state)
    make_cost(make_project(level), 5, START)
    make_cost(level, 70, START)
    organisation.roll_up()
    [total] = opened(owner, "/programs/LEVEL/money/").rows("Money by component", "tfoot")
    assert total.values[4] == [5]


def test_costs_of_a_project_add_up_to_its_snapshot(
    organisation: Organisation, owner: Client
) -> None:
    late = organisation.late
    for number, category in enumerate(["Labour", "Labour", "Travel", ""], start=1):
        make_cost(late, 10 * number, START, category=category)
        make_cost(late, 7 * number, START, kind=COMMITMENT, category=category)
    make_cost(late, -10, START, category="Travel")
    make_cost(late, 1000, LATER, category="Later")
    make_estimate(late, 600, AS_OF)
    organisation.roll_up()
    stored = Snapshot.objects.get(component=late)
    page = opened(owner, "/projects/LATE/money/")
    by_category = {row.cells[0]: row.values[1:] for row in page.rows("Costs by category")}
    assert by_category == {
        "Without a category": [[Decimal("1940.5")], [28]],
        "Labour": [[30], [21]],
        "Travel": [[20], [21]],
    }
    [total] = page.rows("Costs by category", "tfoot")
    assert total.values[1:] == [[stored.spent], [stored.committed]] == [[Decimal("1990.5")], [70]]
    lines = {row.cells[0]: row.values[1] for row in page.rows("Budget and forecast")}
    assert lines["Spent"] == [stored.spent]
    assert lines["Spent"][0] + lines["Still to be spent"][0] == lines["Forecast cost"][0]
    assert lines["Forecast cost"] == [stored.eac]
    assert "1 entry of a later day does not count yet" in page.text


def test_costs_of_a_later_day_are_shown_when_asked_for(
    organisation: Organisation, owner: Client
) -> None:
    make_cost(organisation.late, 5, LATER, description="from the future")
    page = opened(owner, "/projects/LATE/money/")
    assert "from the future" not in page.text
    asked = opened(owner, f"/projects/LATE/money/{page.links['show']}")
    assert [row.cells[0] for row in asked.rows("Costs")] == ["14 Feb 2026 does not count yet"]
    assert "Costs by category" not in asked.tables


def test_costs_are_narrowed(organisation: Organisation, owner: Client) -> None:
    fine = organisation.fine
    make_cost(fine, 1, START, category="Labour", description="Design")
    make_cost(fine, 2, START, kind=COMMITMENT, expense="capex", description="Design server")
    make_cost(fine, 3, START + timedelta(days=1), category="Travel")

    def amounts(query: str) -> list[str]:
        page = opened(owner, f"/projects/FINE/money/?{query}")
        return [row.cells[2] for row in page.rows("Costs")] if "Costs" in page.tables else []

    assert amounts("kind=commitment") == ["2.00"]
    assert amounts("expense=capex") == ["2.00"]
    assert amounts("category=Labour") == ["1.00"]
    assert amounts("search=design") == ["2.00", "1.00"]
    assert amounts("date__gte=2026-01-06&date__lte=2026-01-06") == ["3.00"]
    assert amounts("category=Nothing") == []
    wrong = opened(owner, "/projects/FINE/money/?date__gte=soon")
    assert "Date on or after: Enter a valid date." in wrong.text
    assert "No cost is like that." in wrong.text


def test_many_costs_come_in_pages_beside_the_components(
    organisation: Organisation, owner: Client
) -> None:
    for number in range(51):
        make_cost(organisation.program, number + 1, START)
    page = opened(owner, "/programs/PAY/money/")
    assert "50 of 51 entries" in page.text
    second = opened(owner, f"/programs/PAY/money/{page.links['Next'].split('#')[0]}")
    assert len(second.rows("Costs")) == 1
    assert second.rows("Money by component")


def test_a_cost_is_booked(organisation: Organisation, owner: Client) -> None:
    task = organisation.late.tasks.get(name="Migration")
    values = {**COST, "task": task.pk, "category": "Licences", "description": "Two seats"}
    answer = owner.post("/components/LATE/cost-entries/new/", values)
    assert answer["Location"] == "/projects/LATE/money/"
    booked = CostEntry.objects.get(category="Licences")
    assert (booked.amount, booked.expense, booked.task) == (Decimal("99.5"), "capex", task)
    assert (booked.recorded_by, booked.component_id) == (organisation.owner, organisation.late.pk)
    assert booked.request_id is not None
    assert "was added." in opened(owner, "/projects/LATE/money/").text


def test_only_tasks_of_the_project_are_offered(organisation: Organisation, owner: Client) -> None:
    form = owner.get("/components/LATE/cost-entries/new/").content
    assert b"Migration" in form
    assert b"Forms</option>" not in form
    assert b'name="task"' not in owner.get("/components/PAY/cost-entries/new/").content
    foreign = organisation.fine.tasks.get().pk
    answer = owner.post("/components/LATE/cost-entries/new/", {**COST, "task": foreign})
    assert "Select a valid choice." in Page(answer.content).text


@pytest.mark.parametrize(
    ("address", "values", "sentence"),
    [
        ("cost-entries", {"amount": "0"}, "A cost entry needs an amount other than zero."),
        ("cost-entries", {"amount": ""}, "This field is required."),
        ("cost-entries", {"kind": "gift"}, "Select a valid choice."),
        ("cost-entries", {"date": "2060-01-01"}, "must lie between 1980-01-01 and 2059-12-31"),
        ("estimates", {"estimate_to_complete": "-1"}, "cannot be negative"),
        ("estimates", {"forecast_finish": "tomorrow"}, "Enter a valid date."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    address: str, values: dict[str, str], sentence: str, owner: Client
) -> None:
    before = [CostEntry.objects.count(), Estimate.objects.count()]
    sound = COST if address == "cost-entries" else ESTIMATE
    answer = owner.post(f"/components/LATE/{address}/new/", {**sound, **values})
    assert sentence in Page(answer.content).text
    assert [CostEntry.objects.count(), Estimate.objects.count()] == before


def test_an_estimate_is_recorded(organisation: Organisation, owner: Client) -> None:
    answer = owner.post("/components/LATE/estimates/new/", {**ESTIMATE, "note": "Agreed"})
    assert answer["Location"] == "/projects/LATE/money/"
    row = opened(owner, "/projects/LATE/money/").rows("Estimates")[0]
    assert row.cells == ["13 Feb 2026", "750.00", "1 Apr 2026", "Agreed", "owner"]


def test_a_wrong_entry_is_reversed_once(organisation: Organisation, owner: Client) -> None:
    entry = CostEntry.objects.get(component=organisation.late)
    address = f"/cost-entries/{entry.pk}/reverse/"
    page = opened(owner, address)
    assert "1,900.50 is booked against it" in page.text
    assert owner.post(address, {"date": "2026-02-13"})["Location"] == "/projects/LATE/money/"
    opposite = CostEntry.objects.exclude(pk=entry.pk).get(component=organisation.late)
    assert (opposite.amount, opposite.task, opposite.kind) == (
        -entry.amount,
        entry.task,
        entry.kind,
    )
    assert opposite.description == f"Reverses entry {entry.pk} of 2026-02-13:"
    assert opposite.recorded_by == organisation.owner
    organisation.roll_up()
    assert Snapshot.objects.get(component=organisation.late).spent == 0
    again = owner.post(address, {"date": "2026-02-13"})
    assert "This entry was reversed already." in Page(again.content).text
    assert CostEntry.objects.filter(component=organisation.late).count() == 2


def test_a_reversal_names_as_much_as_there_is_room_for(
    organisation: Organisation, owner: Client
) -> None:
    entry = make_cost(organisation.late, -3, description="x" * 250, category="Labour")
    owner.post(f"/cost-entries/{entry.pk}/reverse/", {"date": "2026-01-05"})
    opposite = CostEntry.objects.get(amount=3)
    assert len(opposite.description) == 250
    assert opposite.category == "Labour"


def test_the_download_has_what_is_shown_and_no_formula(
    organisation: Organisation, owner: Client
) -> None:
    project: Project = organisation.fine
    texts = ["=1+1", "+1", "-1", "@SUM", "\tTab", "\rReturn", "\nLine", "Fine, thanks", "'quoted'"]
    author = make_user(first_name="=HYPERLINK(1)")
    for day, text in enumerate(texts):
        date = START + timedelta(days=day)
        make_cost(project, -5, date, category=text, description=text, recorded_by=author)
    make_cost(project, 7, LATER)
    answer = owner.get("/components/FINE/costs.csv?amount__lte=0")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="costs-FINE.csv"'
    head, *rows = list(csv.reader(io.StringIO(answer.content.decode(), newline="")))
    assert head[:3] == ["Date", "Kind", "Amount"]
    for row, text in zip(rows, reversed(texts), strict=True):
        safe = text if text in ("Fine, thanks", "'quoted'") else f"'{text}"
        assert row[2:4] == ["-5.0000", "EUR"]
        assert row[5] == row[7] == safe
        assert row[8] == "'=HYPERLINK(1)"


def test_a_download_by_a_filter_that_cannot_be_read_is_refused(owner: Client) -> None:
    assert owner.get("/components/FINE/costs.csv?date__gte=soon").status_code == 400


def test_an_empty_search_filters_nothing(organisation: Organisation, owner: Client) -> None:
    make_cost(organisation.late, 5, LATER)
    page = opened(owner, "/projects/LATE/money/?search=&date__gte=&date__lte=&category=")
    assert "1 entry of a later day does not count yet" in page.text
    assert "Clear" not in page.links
    unclear = opened(owner, "/projects/LATE/money/?kind=")
    assert "Clear" in unclear.links
    assert "No cost is booked here" not in unclear.text


def test_the_link_to_the_download_keeps_the_filters(owner: Client) -> None:
    page = opened(owner, "/projects/LATE/money/?kind=actual")
    assert page.links["Download as CSV"] == "/components/LATE/costs.csv?kind=actual"


def fill(component: Component, number: int) -> None:
    """Book costs and estimates, each by somebody else."""
    for n in range(number):
        make_cost(component, 1, AS_OF, category=str(n), recorded_by=make_user())
        make_estimate(component, 1, AS_OF, recorded_by=make_user())


@pytest.mark.parametrize("number", [1, 4])
@pytest.mark.parametrize(
    ("address", "queries"),
    # the page, sums, costs, estimates; a level also: components and their figures, its own sums
    [
        ("/projects/LATE/money/", 16),
        ("/programs/PAY/money/", 23),
        ("/components/LATE/costs.csv", 8),
    ],
)
def test_the_number_of_queries_does_not_grow(
    address: str,
    queries: int,
    number: int,
    organisation: Organisation,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for component in (organisation.program, organisation.late):
        fill(component, number)
        for _ in range(number):
            make_project(organisation.program)
    accountant = make_user()
    give_role(accountant, organisation.portfolio, Role.FINANCE)
    client = signed_in(accountant)
    with django_assert_num_queries(queries):
        client.get(address)
