"""Risks, issues and changes are made with their first assessment, changed, assessed, deleted."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from ppm.core.models import (
    Change,
    ChangeAssessment,
    Issue,
    IssueAssessment,
    Risk,
    RiskAssessment,
    Role,
)
from tests.factories import give_role, make_change, make_issue, make_risk, make_user
from tests.pages.conftest import AS_OF, Organisation, signed_in
from tests.pages.reading import Page

RISK = {
    "title": "The vendor withdraws at last",
    "response": "mitigate",
    "probability": "12.5",
    "impact": "400000",
    "likelihood": "2",
    "severity": "5",
    "date": "2026-02-13",
}
ISSUE = {
    "title": "No test data",
    "severity": "critical",
    "due_date": "2026-03-01",
    "date": "2026-02-13",
}
CHANGE = {
    "title": "Add mobile sign-in",
    "status": "submitted",
    "cost_effect": "-50.5",
    "days_effect": "3",
    "drops_requirement": "on",
    "date": "2026-02-13",
}
MAKE: dict[str, Callable[..., Any]] = {
    "risk": make_risk,
    "issue": make_issue,
    "change": make_change,
}
NEW = {
    "/components/LATE/risks/new/": RISK,
    "/components/LATE/issues/new/": ISSUE,
    "/components/LATE/changes/new/": CHANGE,
}


def told(client: Client, address: str, values: dict[str, Any]) -> str:
    """Fill a form in that is refused; return what the page says."""
    response = client.post(address, values)
    assert response.status_code == 200
    return Page(response.content).text


@pytest.mark.parametrize("kind", ["risk", "issue", "change"])
def test_owner_member_and_outsider(
    kind: str, organisation: Organisation, owner: Client, member: Client, outsider: Client
) -> None:
    entry = MAKE[kind](organisation.late)
    for address in (
        f"/components/LATE/{kind}s/new/",
        f"/{kind}s/{entry.pk}/edit/",
        f"/{kind}s/{entry.pk}/delete/",
        f"/{kind}s/{entry.pk}/{kind}-assessments/new/",
    ):
        assert owner.get(address).status_code == 200
        for client, status in ((member, 403), (outsider, 404)):
            statuses = [client.get(address).status_code, client.post(address).status_code]
            assert statuses == [status, status]
        assert Client().get(address)["Location"] == f"/login/?next={address}"
    assert not type(entry).objects.get(pk=entry.pk).title.startswith("Changed")


def test_contributors_keep_the_register(organisation: Organisation) -> None:
    contributor = make_user()
    give_role(contributor, organisation.late, Role.CONTRIBUTOR)
    client = signed_in(contributor)
    assert client.post("/components/LATE/issues/new/", ISSUE).status_code == 302
    assert IssueAssessment.objects.filter(issue__title=ISSUE["title"]).exists()
    assert client.post("/components/LATE/risks/new/", RISK).status_code == 302


def test_whoever_sees_no_amounts_leaves_them_as_they_were_said(organisation: Organisation) -> None:
    contributor = make_user()
    give_role(contributor, organisation.late, Role.CONTRIBUTOR)
    client = signed_in(contributor)
    page = client.get("/components/LATE/risks/new/").content.decode()
    assert 'name="impact"' not in page
    assert "The first assessment needs somebody who sees amounts here." in page
    client.post("/components/LATE/risks/new/", RISK)
    new = Risk.objects.get(title=RISK["title"])
    first = {**RISK, "is_open": "on"}
    page = client.post(f"/risks/{new.pk}/risk-assessments/new/", first).content.decode()
    assert "The first assessment needs somebody who sees amounts here." in page
    assert not new.assessments.exists()
    known = Risk.objects.exclude(pk=new.pk).get(component=organisation.late)
    answer = client.post(f"/risks/{known.pk}/risk-assessments/new/", {**first, "impact": "1"})
    assert answer.status_code == 302
    newest = known.newest_assessment()
    assert (newest.probability, newest.impact) == (Decimal("0.125"), 1000)
    assert "1000" not in client.get(answer["Location"]).content.decode()


def test_a_risk_comes_with_its_first_assessment(organisation: Organisation, owner: Client) -> None:
    answer = owner.post("/components/LATE/risks/new/", {**RISK, "owner": organisation.member.pk})
    risk = Risk.objects.get(title=RISK["title"])
    assert answer["Location"] == f"/risks/{risk.pk}/"
    assert (risk.component_id, risk.response) == (organisation.late.pk, "mitigate")
    assert risk.owner == organisation.member
    [first] = risk.assessments.all()
    assert (first.probability, first.impact, first.is_open) == (Decimal("0.125"), 400_000, True)
    assert (first.likelihood, first.severity, first.date) == (2, 5, AS_OF)
    assert first.recorded_by == organisation.owner
    assert first.request_id is not None
    page = Page(owner.get(f"/risks/{risk.pk}/").content)
    assert "Risk “The vendor withdraws at last” was added." in page.text
    assert "Unlikely, severe" in page.text


def test_an_issue_and_a_change_come_with_theirs(organisation: Organisation, owner: Client) -> None:
    owner.post("/components/HOME/issues/new/", ISSUE)
    issue = IssueAssessment.objects.get(issue__title="No test data")
    assert (issue.severity, str(issue.due_date), issue.is_open) == ("critical", "2026-03-01", True)
    assert issue.issue.component_id == organisation.portfolio.pk
    owner.post("/components/PAY/changes/new/", CHANGE)
    change = ChangeAssessment.objects.get(change__title="Add mobile sign-in")
    assert (change.cost_effect, change.days_effect) == (Decimal("-50.5"), 3)
    assert (change.status, change.drops_requirement) == ("submitted", True)


@pytest.mark.parametrize(
    ("address", "values", "sentence"),
    [
        ("risks", {"title": ""}, "This field is required."),
        ("risks", {"probability": ""}, "This field is required."),
        ("risks", {"probability": "101"}, "Write a number from 0 to 100."),
        ("risks", {"likelihood": "6"}, "Select a valid choice."),
        ("risks", {"date": "1979-12-31"}, "must lie between 1980-01-01 and 2059-12-31"),
        ("risks", {"impact": "1" * 16}, "Ensure that there are no more than"),
        ("issues", {"severity": ""}, "This field is required."),
        ("issues", {"due_date": "2060-01-01"}, "must lie between 1980-01-01 and 2059-12-31"),
        ("changes", {"status": "done"}, "Select a valid choice."),
        ("changes", {"days_effect": "9" * 12}, "Ensure this value is less than"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    address: str, values: dict[str, str], sentence: str, owner: Client
) -> None:
    before = [model.objects.count() for model in (Risk, Issue, Change, RiskAssessment)]
    address = f"/components/LATE/{address}/new/"
    text = told(owner, address, {**NEW[address], **values})
    assert sentence in text
    assert "Nothing was saved yet" in text
    assert [model.objects.count() for model in (Risk, Issue, Change, RiskAssessment)] == before


def test_people_whom_one_does_not_see_cannot_own_anything(
    organisation: Organisation, owner: Client
) -> None:
    stranger = {**RISK, "owner": organisation.outsider.pk}
    assert "Select a valid choice." in told(owner, "/components/LATE/risks/new/", stranger)


def test_a_risk_is_changed_without_being_assessed(owner: Client) -> None:
    risk = Risk.objects.get()
    page = owner.get(f"/risks/{risk.pk}/edit/")
    assert b"probability" not in page.content
    answer = owner.post(f"/risks/{risk.pk}/edit/", {"title": "Changed", "response": "accept"})
    assert answer["Location"] == f"/risks/{risk.pk}/"
    risk.refresh_from_db()
    assert (risk.title, risk.response, risk.assessments.count()) == ("Changed", "accept", 1)


def test_an_assessment_starts_from_the_newest_and_closes(
    organisation: Organisation, owner: Client
) -> None:
    risk = Risk.objects.get()
    address = f"/risks/{risk.pk}/risk-assessments/new/"
    form = owner.get(address)
    assert "Assess “The vendor withdraws”" in Page(form.content).text
    for written in (b'value="40"', b'value="1000"', b'value="2026-02-13"', b"checked"):
        assert written in form.content
    values = {"probability": "0", "impact": "0", "date": "2026-02-13"}
    assert owner.post(address, values)["Location"] == f"/risks/{risk.pk}/"
    newest = risk.assessment
    assert (newest.is_open, newest.likelihood, newest.recorded_by) == (
        False,
        None,
        organisation.owner,
    )
    assert "Closed" in Page(owner.get(f"/risks/{risk.pk}/").content).text


def test_an_issue_and_a_change_are_assessed_again(
    organisation: Organisation, owner: Client
) -> None:
    issue, change = Issue.objects.get(), make_change(organisation.late)
    owner.post(
        f"/issues/{issue.pk}/issue-assessments/new/",
        {"severity": "minor", "date": "2026-02-13"},
    )
    assert (issue.assessment.severity, issue.assessment.is_open) == ("minor", False)
    owner.post(
        f"/changes/{change.pk}/change-assessments/new/",
        {"status": "implemented", "cost_effect": "5", "days_effect": "0", "date": "2026-02-13"},
    )
    assert (change.assessment.status, change.assessment.cost_effect) == ("implemented", 5)
    assert "No open change" in Page(owner.get("/projects/LATE/risks/").content).text


def test_what_was_assessed_stays(organisation: Organisation, owner: Client) -> None:
    risk = Risk.objects.get()
    page = Page(owner.post(f"/risks/{risk.pk}/delete/").content)
    assert "It cannot be deleted: it still has risk assessments." in page.text
    never = Risk.objects.create(component=organisation.late, title="Never assessed")
    answer = owner.post(f"/risks/{never.pk}/delete/")
    assert answer["Location"] == "/projects/LATE/risks/"
    assert list(Risk.objects.all()) == [risk]


def test_an_assessment_of_a_later_day_waits(owner: Client) -> None:
    risk = Risk.objects.get()
    later = str(AS_OF + timedelta(days=1))
    values = {"probability": "0", "impact": "0", "date": later}
    owner.post(f"/risks/{risk.pk}/risk-assessments/new/", values)
    page = Page(owner.get(f"/risks/{risk.pk}/").content)
    assert "14 Feb 2026 does not count yet" in page.text
    assert "Replace the ledger Open" in page.text
