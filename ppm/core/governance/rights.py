"""What the user of a request may change, and which rows may be referred to."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest

from ppm.core.models import (
    CHANGES,
    AnyUser,
    Component,
    Kind,
    Role,
    RoleAssignment,
    ScopedQuerySet,
    Subject,
    User,
)
from ppm.core.people import groups_near, people_near


class Rights:
    """What one user may change; each question is asked of the database once."""

    def __init__(self, user: AnyUser) -> None:
        """Keep the user."""
        self._user = user
        self._judged: dict[tuple[Any, ...], bool] = {}

    @cached_property
    def subjects(self) -> set[Subject]:
        """The subjects that the user may change on some component."""
        if self._user.is_superuser:
            return set(Subject)
        held = RoleAssignment.objects.held_by(self._user)
        roles = held.order_by("role").values_list("role", flat=True).distinct()
        return {subject for role in roles for subject in CHANGES[Role(role)]}

    def may_change(self, row: models.Model) -> bool:
        """Tell whether the user may change the row."""
        key = (type(row), row.pk)
        if key not in self._judged:
            self._judged[key] = is_changeable(row, user=self._user)
        return self._judged[key]

    def may_add(self, subject: Subject | None, owner: models.Model) -> bool:
        """Tell whether the user may change the subject where the row stands."""
        rows = rows_of(type(owner))
        if subject is None or not isinstance(rows, ScopedQuerySet):
            return bool(self._user.is_superuser)
        key = (type(owner), owner.pk, subject)
        if key not in self._judged:
            granted = rows.granting(subject, self._user).filter(pk=owner.pk)
            self._judged[key] = granted.exists()
        return self._judged[key]


def rights_of(request: HttpRequest) -> Rights:
    """Return the rights of the user: what was found out once holds for the request."""
    rights: Rights | None = getattr(request, "rights", None)
    if rights is None:
        rights = request.rights = Rights(request.user)  # type: ignore[attr-defined]
    return rights


def judge_anew(request: HttpRequest) -> None:
    """Forget what was found out: while the request waited for locks, it may have changed."""
    request.rights = Rights(request.user)  # type: ignore[attr-defined]


def rows_of(model: type[models.Model]) -> Any:
    """Return all rows of a model, with the methods of its own queryset."""
    return model._default_manager.all()


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a row: whatever else is sent is not looked up."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def is_changeable(row: models.Model, *, user: AnyUser) -> bool:
    """Tell whether a stored row is one that the user may change."""
    return bool(rows_of(type(row)).changeable_by(user).filter(pk=row.pk).exists())


def subject_of(model: type[models.Model]) -> Subject | None:
    """Tell what one must be allowed to change in order to change rows of the model."""
    kind: Kind | None = getattr(model, "KIND", None)
    if kind:
        return Subject(kind)
    subject: Subject | None = getattr(rows_of(model), "subject", None)
    return subject


def owner_of(model: type[models.Model]) -> str:
    """Name the reference through which a row belongs to its component; empty without one."""
    path: str = getattr(rows_of(model), "component", "")
    return path.partition("__")[0]


def visible_rows(model: type[models.Model], *, user: AnyUser) -> models.QuerySet[Any]:
    """Return the rows the user may see; what belongs to nobody, such as calendars, in full."""
    if model is User:
        return people_near(user)
    if model is Group:
        return groups_near(user)
    rows: Any = rows_of(model)
    visible: models.QuerySet[Any] = rows.visible_to(user) if hasattr(rows, "visible_to") else rows
    return visible


def choices_of(field: models.ForeignKey[Any, Any], *, user: AnyUser) -> models.QuerySet[Any]:
    """Return the rows that may be referred to: what a row belongs to only where one may add."""
    seen: Any = visible_rows(field.related_model, user=user)
    rows = seen.complex_filter(field.get_limit_choices_to())
    if field.model is Component and field.name == "parent":
        return places_for(None, user=user)
    if field.name != owner_of(field.model):
        visible: models.QuerySet[Any] = rows
        return visible
    subject = subject_of(field.model)
    granted: models.QuerySet[Any] = rows.granting(subject, user) if subject else rows.none()
    return granted


def places_for(kind: Kind | None, *, user: AnyUser) -> models.QuerySet[Any]:
    """Return the components below which the user may put one of the kind, or of any."""
    # Whoever may have programs or portfolios somewhere may have projects there too.
    subject = Subject(kind) if kind else Subject.PROJECT
    kinds = [Kind.PORTFOLIO] if kind == Kind.PORTFOLIO else [Kind.PORTFOLIO, Kind.PROGRAM]
    return Component.objects.granting(subject, user).filter(kind__in=kinds)
