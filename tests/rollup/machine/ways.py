"""Two ways to write the same: over the API, as people do, and row by row, which takes a tenth."""

from __future__ import annotations

from typing import Any, Protocol

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from portfolios.models import Portfolio
from ppm.core.models import Component, CostEntry, Estimate, User
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program
from projects.baselining import take_baselines
from projects.models import Baseline, Progress, Project, Task
from tests.api.conftest import client_of

MODELS: dict[str, type[models.Model]] = {
    "portfolios": Portfolio,
    "programs": Program,
    "projects": Project,
    "tasks": Task,
    "progress": Progress,
    "costs": CostEntry,
    "estimates": Estimate,
    "benefits": Benefit,
    "benefit-links": BenefitLink,
    "benefit-plans": BenefitPlan,
    "benefit-measurements": BenefitMeasurement,
}


class Way(Protocol):
    """How rows are written; resources have the names of the API."""

    def add(self, resource: str, said: dict[str, Any]) -> int | None:
        """Add a row; return its id, or None where it is refused."""

    def change(self, resource: str, pk: int, said: dict[str, Any]) -> bool:
        """Change a row; tell whether that was allowed."""

    def remove(self, resource: str, pk: int) -> bool:
        """Delete a row; tell whether that was allowed."""


class ByApi:
    """Requests."""

    def __init__(self, user: User) -> None:
        """Take who asks."""
        self.client = client_of(user)

    def add(self, resource: str, said: dict[str, Any]) -> int | None:
        """Post."""
        answer = self.client.post(f"/api/v1/{resource}/", said, format="json")
        return int(answer.json()["id"]) if _is_done(answer) else None

    def change(self, resource: str, pk: int, said: dict[str, Any]) -> bool:
        """Patch."""
        return _is_done(self.client.patch(f"/api/v1/{resource}/{pk}/", said, format="json"))

    def remove(self, resource: str, pk: int) -> bool:
        """Delete."""
        return _is_done(self.client.delete(f"/api/v1/{resource}/{pk}/"))


def _is_done(answer: Any) -> bool:
    """Tell whether a request was granted; anything but a refusal of what it says is a defect."""
    assert answer.status_code in (200, 201, 204, 400, 409), answer.content
    return bool(answer.status_code < 400)


class ByRows:
    """The models, and the database's own constraints."""

    def add(self, resource: str, said: dict[str, Any]) -> int | None:
        """Insert."""
        if resource == "baselines":
            taken = take_baselines([said["project"]])
            return (
                Baseline.objects.get(project=said["project"], is_current=True).pk
                if taken
                else None
            )
        model = MODELS[resource]
        try:
            with transaction.atomic():
                return int(model._default_manager.create(**_columns(model, said)).pk)
        except IntegrityError:
            return None

    def change(self, resource: str, pk: int, said: dict[str, Any]) -> bool:
        """Update, or move."""
        try:
            with transaction.atomic():
                if "parent" in said:
                    parent = said["parent"] and Component.objects.get(pk=said["parent"])
                    Component.objects.get(pk=pk).move_to(parent)
                else:
                    MODELS[resource]._default_manager.filter(pk=pk).update(**said)
        except IntegrityError:
            return False
        return True

    def remove(self, resource: str, pk: int) -> bool:
        """Delete."""
        try:
            MODELS[resource]._default_manager.get(pk=pk).delete()
        except ProtectedError:
            return False
        return True


def _columns(model: type[models.Model], said: dict[str, Any]) -> dict[str, Any]:
    """Name references by the columns that hold their ids."""
    columns = {field.name: field.attname for field in model._meta.concrete_fields}
    return {columns[name]: value for name, value in said.items()}
