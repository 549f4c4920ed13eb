"""Rows that refer to what the user may not see: its ids appear nowhere and are not found."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.models import Model
from rest_framework.test import APIClient

from portfolios.models import ObjectiveContribution
from ppm.api import router
from ppm.core.models import Component, Decision, Move, Restatement, Role, Snapshot
from ppm.core.pagination import Cursor
from ppm.core.parameters import orderings
from programs.models import Benefit, BenefitLink, Program
from projects.models import Dependency, Project, Task
from tests.api.conftest import client_of
from tests.factories import (
    START,
    give_role,
    make_benefit,
    make_contribution,
    make_decision,
    make_dependency,
    make_link,
    make_objective,
    make_portfolio,
    make_program,
    make_project,
    make_restatement,
    make_task,
    make_user,
)

NAMING = {"pull": "project", "drivers": "component"}
"""The reasons of a snapshot that name components, and how."""
CANARY = 987_654_000
"""The ids of all that is hidden begin with its first six digits."""


@dataclass(frozen=True)
class Part:
    """A program that somebody manages, below a portfolio and beside a project that are hidden.

    In another tree he manages a portfolio, with an objective that a hidden benefit carries.
    """

    hidden_portfolio: Component
    hidden_project: Project
    hidden_task: Task
    program: Program
    project: Project
    link: BenefitLink
    dependency: Dependency
    contribution: ObjectiveContribution
    decision: Decision
    move: Move
    restatement: Restatement
    manager: APIClient


def consequence_of(component: Component, benefit: Benefit) -> dict[str, Any]:
    """Tell what somebody who saw more was told."""
    return {
        "as_of": START.isoformat(),
        "currency": "EUR",
        "figures": [{"component": component.pk, "before": None, "after": None}],
        "benefits": [{"benefit": benefit.pk, "before": "5", "after": "0", "is_broken": True}],
        "avoided": "1",
        "lost": "5",
        "termination_cost": "0",
        "balance": "-4",
    }


@pytest.fixture
def part(db: None) -> Part:
    """Store it."""
    portfolio = make_portfolio(make_portfolio(id=CANARY), id=CANARY + 1)
    elsewhere = make_project(portfolio, id=CANARY + 2)
    awaited = make_task(elsewhere, id=CANARY + 3)
    program = make_program(portfolio)
    project = make_project(program)
    named = {"share": "1.000000", "health": "red"}
    reasons = {key: [{name: elsewhere.pk, **named}] for key, name in NAMING.items()}
    Snapshot.objects.create(component=program, as_of=START, reasons=reasons)
    user, own = make_user(), make_portfolio()
    for component, role in ((program, Role.PROGRAM_MANAGER), (own, Role.PORTFOLIO_MANAGER)):
        give_role(user, component, role)
    benefit = make_benefit(portfolio, id=CANARY + 4)
    make_link(benefit, project)
    return Part(
        hidden_portfolio=portfolio,
        hidden_project=elsewhere,
        hidden_task=awaited,
        program=program,
        project=project,
        link=make_link(make_benefit(program), elsewhere),
        dependency=make_dependency(awaited, make_task(project)),
        contribution=make_contribution(make_objective(own), benefit),
        decision=make_decision(project, consequence=consequence_of(portfolio, benefit)),
        move=Move.objects.create(component=project, before=portfolio, after=program, date=START),
        restatement=make_restatement(program, reasons=reasons),
        manager=client_of(user),
    )


def addresses(client: APIClient) -> Iterator[str]:
    """List the address of every list, and of every row that the user sees."""
    for name, _, _ in router.registry:
        yield f"/api/v1/{name}/"
        for row in client.get(f"/api/v1/{name}/").json()["results"]:
            yield f"/api/v1/{name}/{row['id']}/"


def test_no_answer_holds_a_hidden_id(part: Part) -> None:
    tried = list(addresses(part.manager))
    for address in tried:
        answer = part.manager.get(address)
        assert answer.status_code == 200
        assert str(CANARY)[:6] not in answer.content.decode(), address
    rows = (part.program, part.project, part.link, part.dependency, part.contribution)
    for row in (*rows, part.decision, part.move, part.restatement):
        assert any(address.endswith(f"/{row.pk}/") for address in tried)
    for view in ("removal/?after=on_hold", "comparison/?first=2026-01-01"):
        answer = part.manager.get(f"/api/v1/components/{part.project.pk}/{view}")
        assert answer.status_code == 200
        assert str(CANARY)[:6] not in answer.content.decode()


def test_no_cursor_holds_a_hidden_id(part: Part) -> None:
    met = set()
    for name, viewset, _ in router.registry:
        serializer: Any = viewset.serializer_class  # type: ignore[attr-defined]
        query = {"limit": "1", "ordering": ",".join(orderings(serializer.Meta.model))}
        answer = part.manager.get(f"/api/v1/{name}/", query).json()
        for cursor in parse_qs(urlsplit(answer["next"] or "").query).get("cursor", []):
            assert str(CANARY)[:6] not in urlsafe_b64decode(cursor).decode(), name
            met.add(name)
    assert "components" in met


def test_hidden_references_are_null_and_a_path_begins_where_one_sees(part: Part) -> None:
    def shown(name: str, pk: int) -> dict[str, object]:
        answer: dict[str, object] = part.manager.get(f"/api/v1/{name}/{pk}/").json()
        return answer

    assert shown("benefit-links", part.link.pk)["project"] is None
    assert shown("dependencies", part.dependency.pk)["predecessor"] is None
    assert shown("moves", part.move.pk)["before"] is None
    for name in ("components", "programs"):
        program = shown(name, part.program.pk)
        assert (program["parent"], program["path"]) == (None, [part.program.pk])
    project = shown("projects", part.project.pk)
    assert project["parent"] == part.program.pk
    assert project["path"] == [part.program.pk, part.project.pk]


def test_visible_references_are_shown(part: Part) -> None:
    administrator = client_of(make_user(superuser=True))
    query = {"project": str(part.hidden_project.pk)}
    [link] = administrator.get("/api/v1/benefit-links/", query).json()["results"]
    [dependency] = administrator.get("/api/v1/dependencies/").json()["results"]
    program = administrator.get(f"/api/v1/programs/{part.program.pk}/").json()
    assert link["project"] == part.hidden_project.pk
    assert dependency["predecessor"] == part.hidden_task.pk
    assert program["parent"] == part.hidden_portfolio.pk
    assert program["path"] == part.program.path


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("benefit-links", "project"),
        ("dependencies", "predecessor"),
        ("objective-contributions", "benefit"),
        ("programs", "parent"),
    ],
)
class TestReference:
    """A reference to something hidden."""

    ROWS = {
        "benefit-links": "link",
        "dependencies": "dependency",
        "objective-contributions": "contribution",
        "programs": "program",
    }

    def test_it_cannot_be_searched_for(self, name: str, reference: str, part: Part) -> None:
        query = {reference: str(self.row(name, part).serializable_value(reference))}
        assert part.manager.get(f"/api/v1/{name}/", query).json()["results"] == []
        administrator = client_of(make_user(superuser=True))
        assert len(administrator.get(f"/api/v1/{name}/", query).json()["results"]) == 1

    def test_what_was_read_can_be_written_back(
        self, name: str, reference: str, part: Part
    ) -> None:
        row = self.row(name, part)
        before = row.serializable_value(reference)
        address = f"/api/v1/{name}/{row.pk}/"
        written = part.manager.put(address, part.manager.get(address).json())
        assert written.status_code == 200, written.json()
        assert written.json()[reference] is None
        row.refresh_from_db()
        assert row.serializable_value(reference) == before

    def test_it_cannot_be_guessed(self, name: str, reference: str, part: Part) -> None:
        row = self.row(name, part)
        address = f"/api/v1/{name}/{row.pk}/"
        hidden, missing = row.serializable_value(reference), CANARY + 9
        answers = [part.manager.patch(address, {reference: pk}) for pk in (hidden, missing)]
        assert [answer.status_code for answer in answers] == [400, 400]
        details = [answer.json()["detail"] for answer in answers]
        assert details[0].replace(str(hidden), "") == details[1].replace(str(missing), "")

    def row(self, name: str, part: Part) -> Model:
        """Return the stored row that refers to something hidden."""
        row: Model = getattr(part, self.ROWS[name])
        return row


def test_a_reference_that_is_changed_is_shown(part: Part) -> None:
    address = f"/api/v1/benefit-links/{part.link.pk}/"
    changed = part.manager.patch(address, {"project": part.project.pk})
    assert changed.json()["project"] == part.project.pk
    refused = part.manager.patch(address, {"project": None})
    assert refused.status_code == 400


@pytest.mark.parametrize("pk", [CANARY, CANARY + 9])
def test_a_place_beside_a_hidden_path_is_no_cursor(pk: int, part: Part) -> None:
    cursor = Cursor(["path", "id"], [str(pk), str(pk)], False).encode()
    query = {"ordering": "path", "cursor": cursor}
    assert part.manager.get("/api/v1/components/", query).status_code == 400
