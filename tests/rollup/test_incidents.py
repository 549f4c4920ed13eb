"""The nightly audit writes down what differs, and repairs nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from portfolios.rollup import audit, drain, note_incidents
from portfolios.tasks import audit as nightly
from ppm.core.models import Component, RollupIncident, Snapshot
from tests.factories import make_cost, make_portfolio, make_project, make_user
from tests.sessions import sessions

pytestmark = pytest.mark.django_db

TODAY = date(2026, 1, 20)
NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)


@pytest.fixture
def project() -> Component:
    """Return a project of a computed tree."""
    project = make_project(make_portfolio(status_date=TODAY))
    make_cost(project, 500, TODAY)
    drain(now=NOW)
    return project


def test_where_all_is_well_there_is_no_incident(project: Component) -> None:
    assert note_incidents(now=NOW) == 0


def test_a_difference_is_written_down_and_not_repaired(project: Component) -> None:
    Snapshot.objects.filter(component=project).update(spent=Decimal(1))
    assert note_incidents(now=NOW) == 1
    incident = RollupIncident.objects.get()
    assert incident.component_id == project.pk
    assert incident.differences == {"spent": ["1.0000", "500.0000"]}
    assert incident.as_of == TODAY
    assert Snapshot.objects.get(component=project).spent == 1
    assert audit(now=NOW) == (2, [project.pk])


def test_an_incident_is_noted_once_until_it_is_settled(project: Component) -> None:
    Snapshot.objects.filter(component=project).update(spent=Decimal(1))
    nightly()
    note_incidents(now=NOW)
    assert note_incidents(now=NOW) == 0
    RollupIncident.objects.update(settled_at=NOW, settled_by=make_user())
    assert note_incidents(now=NOW) == 1


@pytest.mark.django_db(transaction=True)
def test_two_audits_at_once_note_an_incident_once(project: Component) -> None:
    Snapshot.objects.filter(component=project).update(spent=Decimal(1))
    with sessions(1) as [other]:
        assert other.do(note_incidents, now=NOW) == 1
        assert note_incidents(now=NOW) is None
        other.commit()
    assert note_incidents(now=NOW) == 0
    assert RollupIncident.objects.count() == 1


def test_a_waiting_change_is_no_incident(project: Component) -> None:
    make_cost(project, 7, TODAY)
    assert note_incidents(now=NOW) == 0


def test_a_missing_snapshot_is_an_incident(project: Component) -> None:
    Snapshot.objects.filter(component=project).delete()
    note_incidents(now=NOW)
    assert RollupIncident.objects.get().differences["spent"] == ["", "500.0000"]
