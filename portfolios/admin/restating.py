"""The action that computes a past date of a tree again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.http import HttpRequest
from django.utils import timezone

from portfolios.restating import NotRestatedError, restate
from ppm.core.governance.confirming import ConfirmedAction
from ppm.core.governance.refusing import RefusedWriteError
from ppm.core.governance.rights import rights_of
from ppm.core.locks import lock_trees
from ppm.core.models import Component, Subject

NOT_YOURS = "You may see this, but not restate its figures."
NO_TREE = "It is not the root of a tree: only whole trees are restated."


class RestatementForm(forms.Form):
    """Which date is computed again, and why."""

    as_of = forms.DateField(label="Date", widget=AdminDateWidget)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="It is kept with each earlier answer, and everybody who sees the component "
        "reads it.",
    )


class Restating(ConfirmedAction):
    """Compute a past date of a tree again."""

    name = "restate"
    title = "Restate a past date of selected portfolio"
    button = "Restate"
    form_class = RestatementForm
    allowed_permissions = ("restate",)
    most = 1

    def hold(self, rows: Sequence[Any]) -> None:
        """Take the lock of the tree before any row's."""
        lock_trees([row.pk for row in rows])

    def obstacles(self, model_admin: Any, request: HttpRequest, row: Any) -> list[str]:
        """Ask for a whole tree, and for the right to change its money."""
        found = [] if row.parent_id is None else [NO_TREE]
        may = rights_of(request).may_add(Subject.MONEY, row)
        return found if may else [*found, NOT_YOURS]

    def consequences(self, model_admin: Any, request: HttpRequest, row: Any) -> list[str]:
        """Say what comes of it."""
        return [
            "Its figures of the date, and those of all below it, are computed again by what is "
            "recorded now. What was answered before is kept, and the days around the date keep "
            "their figures."
        ]

    def act(
        self, model_admin: Any, request: HttpRequest, rows: Sequence[Any], said: dict[str, Any]
    ) -> str:
        """Restate the date."""
        [row] = rows
        root, day = Component.objects.visible_to(request.user).get(pk=row.pk), said["as_of"]
        user: Any = request.user
        try:
            changed = restate(root, as_of=day, now=timezone.now(), reason=said["reason"], by=user)
        except NotRestatedError as error:
            raise RefusedWriteError(str(error)) from error
        model_admin.log_change(request, row, f"Restated {day}: {said['reason']}")
        return f"Restated {day}: the figures of {len(changed):,} components differ."
