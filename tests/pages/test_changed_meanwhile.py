"""Two people change one row by its form: neither overwrites the other without knowing it."""

from typing import Any

import pytest
from django.test import Client

from ppm.core.models import Risk
from projects.models import Project
from tests.factories import make_risk
from tests.pages.conftest import Organisation
from tests.pages.reading import Page


def shown_in(client: Client, address: str) -> dict[str, Any]:
    """Return what a form sends when nothing is changed: its fields, and what they showed."""
    form = client.get(address).context["form"]
    sent = {}
    for bound in form:
        value = bound.value()
        sent[bound.html_name] = sent[bound.html_initial_name] = "" if value is None else value
    return sent


@pytest.fixture
def risk(organisation: Organisation) -> Risk:
    """Return a risk that two people look at."""
    return make_risk(organisation.late, title="High water")


def test_the_same_field_is_not_overwritten_unseen(risk: Risk, owner: Client) -> None:
    address = f"/risks/{risk.pk}/edit/"
    mine = {**shown_in(owner, address), "title": "Flood"}
    theirs = {**shown_in(owner, address), "title": "Low water"}
    assert owner.post(address, theirs).status_code == 302
    refused = owner.post(address, mine)
    said = Page(refused.content).text
    assert refused.status_code == 200
    assert "Meanwhile somebody has made it “Low water”. Nothing was saved" in said
    risk.refresh_from_db()
    assert risk.title == "Low water"


def test_whoever_has_seen_the_other_value_may_overwrite_it(risk: Risk, owner: Client) -> None:
    address = f"/risks/{risk.pk}/edit/"
    mine = {**shown_in(owner, address), "title": "Flood"}
    Risk.objects.filter(pk=risk.pk).update(title="Low water")
    refused = owner.post(address, mine)
    again = {bound.html_name: bound.value() or "" for bound in refused.context["form"]} | {
        "initial-title": refused.context["form"].data["initial-title"]
    }
    assert again["title"] == "Flood"
    assert owner.post(address, again).status_code == 302
    risk.refresh_from_db()
    assert risk.title == "Flood"


def test_another_field_stays_as_somebody_else_has_made_it(risk: Risk, owner: Client) -> None:
    address = f"/risks/{risk.pk}/edit/"
    mine = {**shown_in(owner, address), "title": "Flood"}
    Risk.objects.filter(pk=risk.pk).update(description="In autumn")
    assert owner.post(address, mine).status_code == 302
    risk.refresh_from_db()
    assert (risk.title, risk.description) == ("Flood", "In autumn")


def test_who_makes_it_what_it_has_become_overwrites_nothing(risk: Risk, owner: Client) -> None:
    address = f"/risks/{risk.pk}/edit/"
    mine = {**shown_in(owner, address), "title": "Low water"}
    Risk.objects.filter(pk=risk.pk).update(title="Low water")
    assert owner.post(address, mine).status_code == 302


@pytest.mark.parametrize(
    ("column", "value", "mine", "words"),
    [
        ("name", "Ledger", "Accounts", "“Ledger”"),
        ("budget", "5000.5", "7000", "“5000.5”"),
        ("start_date", None, "2026-03-01", "empty"),
        ("nature", "operation", "activity", "“Operation”"),
        ("manager", None, None, "empty"),
    ],
)
def test_the_other_value_is_told_as_the_form_would_show_it(
    organisation: Organisation, owner: Client, column: str, value: Any, mine: Any, words: str
) -> None:
    late = organisation.late
    Project.objects.filter(pk=late.pk).update(start_date="2026-01-05", manager=organisation.member)
    address = f"/components/{late.code}/edit/"
    sent = {**shown_in(owner, address), column: mine or organisation.owner.pk}
    Project.objects.filter(pk=late.pk).update(**{column: value})
    said = Page(owner.post(address, sent).content).text
    assert f"Meanwhile somebody has made it {words}." in said
