"""Actions that are confirmed on a page of their own, then done to all rows or to none.

The page lists each row with what the action would do to it, and what stands in its way. As long
as anything does, nothing can be confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ppm.core.governance.refusing import WRITE_ERRORS, RefusedWriteError, sentence_of
from ppm.core.governance.rights import judge_anew
from ppm.core.signin.recency import require_recent

if TYPE_CHECKING:  # the admin offers the deletion, which is such an action
    from ppm.core.governance.scoped import ScopedAdmin


@dataclass(frozen=True)
class Line:
    """One row on the page: what would happen to it, and what stands in its way."""

    row: models.Model
    name: str
    consequences: Sequence[str]
    obstacles: Sequence[str]


class ConfirmedAction:
    """An action of a list. The admin site calls it with the rows that were chosen."""

    do_not_call_in_templates = True
    name: ClassVar[str]
    title: ClassVar[str]
    """What is done, as a heading and in the list of actions."""
    button: ClassVar[str]
    form_class: ClassVar[type[forms.Form]] = forms.Form
    """What the user must say about it."""
    is_decision: ClassVar[bool] = False
    """Whether it needs somebody who has just signed in."""
    allowed_permissions: ClassVar[tuple[str, ...]] = ("change",)
    most: ClassVar[int] = 100
    """How many rows can be confirmed at once: what nobody can read, nobody confirms."""

    def __init__(self) -> None:
        """Give Django the names that it asks a function for."""
        self.__name__ = self.name
        self.short_description = self.title

    def obstacles(
        self, model_admin: ScopedAdmin[Any], request: HttpRequest, row: Any
    ) -> Sequence[str]:
        """Say what stands in the way of doing it to a row; empty where nothing does."""
        raise NotImplementedError

    def consequences(
        self, model_admin: ScopedAdmin[Any], request: HttpRequest, row: Any
    ) -> Sequence[str]:
        """Say what would happen to a row."""
        raise NotImplementedError

    def hold(self, rows: Sequence[Any]) -> None:
        """Take the locks that come before any row's."""

    def act(
        self,
        model_admin: ScopedAdmin[Any],
        request: HttpRequest,
        rows: Sequence[Any],
        said: dict[str, Any],
    ) -> str:
        """Do it to all rows, and say what was done."""
        raise NotImplementedError

    def __call__(
        self, model_admin: ScopedAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Show the page, or do what was confirmed on it and return to the list."""
        keys = list(queryset.values_list("pk", flat=True)[: self.most + 1])
        if not keys:
            model_admin.message_user(request, "There is nothing to do.", messages.WARNING)
            return None
        if len(keys) > self.most:
            model_admin.message_user(request, f"Choose {self.most} at most.", messages.WARNING)
            return None
        return self.answer(model_admin, request, keys)

    def answer(
        self, model_admin: ScopedAdmin[Any], request: HttpRequest, keys: Sequence[Any]
    ) -> HttpResponse | None:
        """Answer a request about the rows with the keys; None when it is done."""
        if self.is_decision or model_admin.gives_access:
            require_recent(request)
        is_sent = "confirmed" in request.POST
        form = self.form_class(request.POST if is_sent else None)
        refusal = ""
        if is_sent and form.is_valid():
            refusal = self._done(model_admin, request, keys, form.cleaned_data)
            if not refusal:
                return None
        lines = [
            Line(
                row,
                model_admin.described(row),
                self.consequences(model_admin, request, row),
                self.obstacles(model_admin, request, row),
            )
            for row in model_admin.chosen(request, keys)
        ]
        return self._page(model_admin, request, lines, form=form, refusal=refusal)

    def _done(
        self,
        model_admin: ScopedAdmin[Any],
        request: HttpRequest,
        keys: Sequence[Any],
        said: dict[str, Any],
    ) -> str:
        """Do it to all rows or to none; return why not."""
        try:
            with transaction.atomic():
                self.hold(model_admin.chosen(request, keys))
                judge_anew(request)
                rows = model_admin.chosen(request, keys)
                if len(rows) != len(keys):
                    raise RefusedWriteError("Some of this is gone, or you no longer see it.")
                if any(self.obstacles(model_admin, request, row) for row in rows):
                    raise RefusedWriteError("Nothing was done: see what stands in the way.")
                message = self.act(model_admin, request, rows, said)
                connection.check_constraints()
        except WRITE_ERRORS as error:
            sentence = sentence_of(error)
            if sentence is None:
                raise
            return sentence
        model_admin.message_user(request, message, messages.SUCCESS)
        return ""

    def _page(
        self,
        model_admin: ScopedAdmin[Any],
        request: HttpRequest,
        lines: Sequence[Line],
        *,
        form: forms.Form,
        refusal: str,
    ) -> TemplateResponse:
        context = {
            **model_admin.admin_site.each_context(request),
            "title": self.title % {"verbose_name_plural": model_admin.opts.verbose_name_plural},
            "opts": model_admin.opts,
            "media": model_admin.media + form.media,
            "action": self,
            "lines": lines,
            "is_possible": not any(line.obstacles for line in lines),
            "form": form,
            "refusal": refusal,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)
