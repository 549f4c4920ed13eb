"""Status reports in pages: overrides that count at once, those that wait, and their rulings."""

from datetime import timedelta

import pytest
from django.test import Client

from ppm.core.models import (
    Component,
    Health,
    Outcome,
    OverrideRuling,
    Role,
    Snapshot,
    State,
    StatusReport,
    User,
)
from tests.factories import give_role, make_report, make_ruling, make_user
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

WHY = "The vendor has been replaced and the new plan is agreed."
LAST = AS_OF + timedelta(days=10)
OVERRIDE = {
    "date": str(AS_OF),
    "health": "green",
    "narrative": "The new vendor delivers next week.",
    "override_reason": WHY,
    "valid_until": str(LAST),
}
NEW = "/components/LATE/status-reports/new/"


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


def health_of(component: Component) -> str:
    """Read the health that counts."""
    return str(Snapshot.objects.get(component=component).health)


@pytest.fixture
def manager(organisation: Organisation) -> User:
    """Return somebody who reports on the projects but decides nothing."""
    user = make_user("manager")
    give_role(user, organisation.program, Role.PROJECT_MANAGER)
    return user


@pytest.fixture
def report(organisation: Organisation, manager: User) -> StatusReport:
    """Return an override that waits."""
    return make_report(
        organisation.late,
        "green",
        AS_OF,
        override_reason=WHY,
        valid_until=LAST,
        recorded_by=manager,
    )


def test_owner_member_and_outsider(
    report: StatusReport, owner: Client, member: Client, outsider: Client
) -> None:
    for address in (NEW, f"/status-reports/{report.pk}/override-rulings/new/"):
        assert owner.get(address).status_code == 200
        for client, status in ((member, 403), (outsider, 404)):
            statuses = [client.get(address).status_code, client.post(address).status_code]
            assert statuses == [status, status]
        assert Client().get(address)["Location"] == f"/login/?next={address}"
    assert StatusReport.objects.count() == 1
    assert not OverrideRuling.objects.exists()


def test_a_report_without_override_stands_beside_the_figures(
    organisation: Organisation, manager: User
) -> None:
    client = signed_in(manager)
    form = opened(client, NEW)
    assert "It is off track by computation. A worse rating can override that at once" in form.text
    values = {"date": str(AS_OF), "health": "amber", "narrative": "Catching up."}
    assert client.post(NEW, values)["Location"] == "/projects/LATE/"
    organisation.roll_up()
    assert health_of(organisation.late) == Health.RED
    page = opened(client, "/projects/LATE/")
    assert "What the manager says At risk 13 Feb 2026 , manager Catching up." in page.text
    assert "override" not in page.text
    assert StatusReport.objects.get().recorded_by == manager


def test_a_better_rating_waits_until_somebody_else_approves_it(
    organisation: Organisation, manager: User, owner: Client
) -> None:
    client = signed_in(manager)
    client.post(NEW, OVERRIDE)
    assert "The override waits until somebody else" in opened(client, "/projects/LATE/").text
    organisation.roll_up()
    assert health_of(organisation.late) == Health.RED
    told = opened(client, "/projects/LATE/").text
    assert "An override to On track until 23 Feb 2026 waits for approval" in told
    history = opened(client, "/projects/LATE/history/")
    assert "Waits for approval." in history.text
    assert "Approve or refuse…" not in history.links
    address = opened(owner, "/projects/LATE/history/").links["Approve or refuse…"]
    assert f"manager rates it on track until 23 Feb 2026: “{WHY}”" in opened(owner, address).text
    answer = owner.post(address, {"outcome": "approved", "reason": "Seen the contract."})
    assert answer["Location"] == "/projects/LATE/history/"
    organisation.roll_up()
    assert health_of(organisation.late) == Health.GREEN
    assert "Approved by owner on 13 Feb 2026 : “Seen the contract.”" in (
        opened(client, "/projects/LATE/history/").text
    )
    assert "It overrides the computed health until 23 Feb 2026 ." in (
        opened(client, "/projects/LATE/").text
    )
    ruling = OverrideRuling.objects.get()
    assert (ruling.date, ruling.recorded_by) == (AS_OF, organisation.owner)


def test_a_refused_override_counts_for_nothing(
    organisation: Organisation, report: StatusReport, owner: Client
) -> None:
    address = f"/status-reports/{report.pk}/override-rulings/new/"
    owner.post(address, {"outcome": "rejected", "reason": "No contract yet."})
    organisation.roll_up()
    assert health_of(organisation.late) == Health.RED
    told = opened(owner, "/projects/LATE/").text
    assert "Its override to On track was refused by owner: “No contract yet.”" in told
    again = owner.post(address, {"outcome": "approved"})
    assert "This override was ruled on already." in Page(again.content).text
    assert OverrideRuling.objects.get().outcome == Outcome.REJECTED


def test_a_worse_rating_counts_at_once(organisation: Organisation, manager: User) -> None:
    client = signed_in(manager)
    Snapshot.objects.filter(component=organisation.fine).update(
        health="green", computed_health="green"
    )
    values = {**OVERRIDE, "health": "red"}
    client.post("/components/FINE/status-reports/new/", values)
    page = opened(client, "/projects/FINE/")
    assert "It overrides the computed health at once." in page.text
    assert "It overrides the computed health until 23 Feb 2026 ." in page.text
    assert "waits" not in page.text
    history = opened(client, "/projects/FINE/history/")
    assert "Approve or refuse…" not in history.links


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [(1, 10, "14 Feb 2026 to 23 Feb 2026"), (-9, -1, "4 Feb 2026 to 12 Feb 2026")],
)
def test_an_override_of_other_days_does_not_count_at_once(
    organisation: Organisation, manager: User, first: int, last: int, days: str
) -> None:
    Snapshot.objects.filter(component=organisation.fine).update(
        health="green", computed_health="green"
    )
    start, end = AS_OF + timedelta(days=first), AS_OF + timedelta(days=last)
    values = {**OVERRIDE, "health": "red", "date": str(start), "valid_until": str(end)}
    client = signed_in(manager)
    client.post("/components/FINE/status-reports/new/", values)
    text = opened(client, "/projects/FINE/").text
    assert f"The override runs from {days} only." in text
    assert "at once" not in text


def test_nobody_approves_an_override_of_ones_own(
    organisation: Organisation, owner: Client
) -> None:
    owner.post(NEW, OVERRIDE)
    report = StatusReport.objects.get()
    assert "Approve or refuse…" not in opened(owner, "/projects/LATE/history/").links
    address = f"/status-reports/{report.pk}/override-rulings/new/"
    answer = owner.post(address, {"outcome": "approved"})
    assert "An override is approved by somebody else." in Page(answer.content).text
    assert not OverrideRuling.objects.exists()


def test_what_overrides_nothing_is_not_ruled_on(organisation: Organisation, owner: Client) -> None:
    report = make_report(organisation.late, recorded_by=organisation.member)
    address = f"/status-reports/{report.pk}/override-rulings/new/"
    answer = owner.post(address, {"outcome": "approved"})
    assert "This report overrides nothing: there is nothing to approve." in (
        Page(answer.content).text
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"override_reason": "Too short."}, "a reason of at least 30 characters and a last day"),
        ({"valid_until": ""}, "a reason of at least 30 characters and a last day"),
        ({"health": ""}, "An override needs a health"),
        ({"valid_until": "2026-03-21"}, "An override holds for 35 days at most."),
        ({"valid_until": "2026-02-12"}, "An override holds for 35 days at most."),
        ({"health": "on_hold"}, "Select a valid choice."),
        ({"date": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    values: dict[str, str], sentence: str, organisation: Organisation, owner: Client
) -> None:
    answer = owner.post(NEW, {**OVERRIDE, **values})
    assert sentence in Page(answer.content).text
    assert not StatusReport.objects.exists()


def test_an_override_of_work_that_rests_counts_for_nothing(
    organisation: Organisation, owner: Client
) -> None:
    Component.objects.filter(pk=organisation.late.pk).update(state=State.ON_HOLD)
    organisation.roll_up()
    assert "no rating overrides anything" in opened(owner, NEW).text
    owner.post(NEW, OVERRIDE)
    page = opened(owner, "/projects/LATE/")
    assert "It overrides nothing while the work is not under way." in page.text
    assert "waits" not in opened(owner, "/projects/LATE/").text


def test_only_the_newest_override_runs(
    organisation: Organisation, report: StatusReport, owner: Client
) -> None:
    newer = make_report(
        organisation.late,
        "amber",
        AS_OF,
        override_reason=WHY,
        valid_until=LAST,
        recorded_by=organisation.member,
    )
    history = opened(owner, "/projects/LATE/history/")
    assert history.text.count("Waits for approval.") == 1
    assert (
        history.links["Approve or refuse…"] == f"/status-reports/{newer.pk}/override-rulings/new/"
    )
    make_ruling(newer, recorded_by=organisation.owner, outcome=Outcome.REJECTED)
    assert "waits" not in opened(owner, "/projects/LATE/").text
