"""Decisions: what waits for one, the ruling on it, and the record of what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import DatabaseError, OperationalError
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from portfolios import deciding
from portfolios.admin.consequences import sentences, written_down
from portfolios.deciding import Actor, RefusedError
from portfolios.rehearsal import UncomputableError, rehearse
from ppm.core.figures import status_date_of
from ppm.core.governance.columns import Chip
from ppm.core.governance.confirming import ConfirmedAction
from ppm.core.governance.facts import RECORDED, FactAdmin
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.refusing import RefusedWriteError
from ppm.core.governance.rights import rights_of, visible_rows
from ppm.core.lifecycle import REMOVALS, subject_of
from ppm.core.locks import lock_trees
from ppm.core.models import (
    AnyUser,
    Component,
    Decision,
    Outcome,
    OverrideRuling,
    StateRequest,
    StatusReport,
    Subject,
)
from ppm.core.models.decision import SHORTEST_REASON, broken_decisions

GROUP = "Decisions"
BUSY = "Its figures are being computed. Try again in a moment."
NOT_YOURS = "You may see this, but not decide it."
YOUR_OWN = "It is your own: somebody else must decide."
OVER = "It waits for no decision any more."


class RationaleForm(forms.Form):
    """Why it is decided so."""

    rationale = forms.CharField(
        min_length=SHORTEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="It is kept with each decision, and everybody who sees the component reads it.",
    )


class Answer(ConfirmedAction):
    """Decide what waits, with one rationale for all that was chosen."""

    form_class = RationaleForm
    is_decision = True
    allowed_permissions = ("decide",)
    most = 20
    outcome: ClassVar[Outcome]

    def hold(self, rows: Sequence[Any]) -> None:
        """Take the locks of all trees before any row's."""
        lock_trees([row.component_id for row in rows])

    def obstacles(self, model_admin: Any, request: HttpRequest, row: Any) -> list[str]:
        """Ask whether it waits, whose it is, and who decides there."""
        found = []
        if not model_admin.waiting(request).filter(pk=row.pk).exists():
            found.append(OVER)
        if row.recorded_by_id == request.user.pk:
            found.append(YOUR_OWN)
        if not rights_of(request).may_add(self.subject(row), row.component):
            found.append(NOT_YOURS)
        return found

    def subject(self, row: Any) -> Subject:
        """Tell what one must be allowed to change in order to decide it."""
        return Subject.DECISION

    def act(
        self, model_admin: Any, request: HttpRequest, rows: Sequence[Any], said: dict[str, Any]
    ) -> str:
        """Decide each."""
        for row in rows:
            try:
                self.decide(request, row, said["rationale"])
            except RefusedError as error:
                raise RefusedWriteError(f"{row}: {error}") from error
            model_admin.log_change(request, row, f"{self.outcome.label}.")
        return f"{self.outcome.label}: {len(rows)}."

    def decide(self, request: HttpRequest, row: Any, rationale: str) -> None:
        """Decide one."""
        raise NotImplementedError


class RequestAnswer(Answer):
    """Answer requests for a change of state."""

    def subject(self, row: StateRequest) -> Subject:
        """Leave to a manager what is a manager's."""
        return subject_of(row.component, row.after)

    def decide(self, request: HttpRequest, row: StateRequest, rationale: str) -> None:
        """Answer one."""
        deciding.answer(row, self.outcome, by=Actor.of(request), rationale=rationale)


class Approval(RequestAnswer):
    """Approve requests: the states change."""

    name, title, button = "approve", "Approve selected requests", "Approve"
    outcome = Outcome.APPROVED

    def obstacles(self, model_admin: Any, request: HttpRequest, row: StateRequest) -> list[str]:
        """Ask too what must be done first."""
        as_of = status_date_of(row.component, now=timezone.now())
        return [
            *super().obstacles(model_admin, request, row),
            *deciding.obstacles(row.component, row.after, as_of=as_of),
        ]

    def consequences(
        self, model_admin: Any, request: HttpRequest, row: StateRequest
    ) -> Sequence[str]:
        """Foretell what the change of state does to the figures."""
        component = Component.objects.visible_to(request.user).get(pk=row.component_id)
        try:
            foretold = deciding.foretell(component, row.after, by=Actor.of(request))
        except RefusedError as error:
            return list(error.sentences)
        except OperationalError:
            return [BUSY]
        return sentences(foretold, is_removal=row.after in REMOVALS)


class Rejection(RequestAnswer):
    """Reject requests: all stays as it is."""

    name, title, button = "reject", "Reject selected requests", "Reject"
    outcome = Outcome.REJECTED

    def consequences(
        self, model_admin: Any, request: HttpRequest, row: StateRequest
    ) -> Sequence[str]:
        """Say that nothing changes."""
        return [f"It stays {row.component.get_state_display().lower()}."]


class OverrideAnswer(Answer):
    """Rule on overrides of the computed health."""

    def decide(self, request: HttpRequest, row: StatusReport, rationale: str) -> None:
        """Rule on one, as of the date that its tree's figures are about."""
        by = Actor.of(request)
        OverrideRuling.objects.create(
            report=row,
            outcome=self.outcome,
            reason=rationale,
            date=status_date_of(row.component, now=by.now),
            recorded_by=by.user,
            request_id=by.request_id,
        )

    def consequences(
        self, model_admin: Any, request: HttpRequest, row: StatusReport
    ) -> Sequence[str]:
        """Foretell what the ruling does to the figures."""
        component = Component.objects.visible_to(request.user).get(pk=row.component_id)
        user: Any = request.user
        try:
            foretold = rehearse(
                component,
                lambda: self.decide(request, row, "Rehearsed."),
                user=user,
                now=timezone.now(),
            )
        except UncomputableError as error:
            return [str(error)]
        except OperationalError:
            return [BUSY]
        except DatabaseError:
            return []  # what the database refuses has no consequence
        return [f"“{row.override_reason}”", *sentences(foretold, is_removal=False)]


class OverrideApproval(OverrideAnswer):
    """Approve overrides: the reported health counts until its last day."""

    name, title, button = "approve", "Approve selected overrides", "Approve"
    outcome = Outcome.APPROVED


class OverrideRefusal(OverrideAnswer):
    """Refuse overrides: the computed health counts."""

    name, title, button = "reject", "Reject selected overrides", "Reject"
    outcome = Outcome.REJECTED


class WaitingFilter(admin.SimpleListFilter):
    """What waits for a decision."""

    title = "decision"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer one choice beside all."""
        return [("yes", "Waits")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what waits."""
        if self.value() is None:
            return queryset
        return queryset.filter(pk__in=_waiting(queryset.model, user=request.user).values("pk"))


def _waiting(model: type[StateRequest | StatusReport], *, user: AnyUser) -> QuerySet[Any]:
    rows: Any = visible_rows(model, user=user)
    waiting: QuerySet[Any] = (
        rows.waiting() if model is StateRequest else rows.waiting(on=timezone.now().date())
    )
    return waiting


class DecidableAdmin(FactAdmin[Any]):
    """Facts that somebody else decides on."""

    group = GROUP

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Offer the actions to all; each row is judged when it comes to it."""
        return True

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the rows that wait."""
        return _waiting(self.model, user=request.user)


@admin.register(StateRequest)
class StateRequestAdmin(DecidableAdmin):
    """Requests for a change of state."""

    fields = ("component", "after", "reason")
    list_display = ("date", "component", "before", "after", "reason", "answer", "recorded_by")
    list_filter = (WaitingFilter, "after", BelowFilter)
    list_select_related = ("component", "recorded_by", "decision")
    search_fields = ("component__code", "component__name", "reason")
    actions = (Approval(), Rejection())

    def get_fields(self, request: HttpRequest, obj: StateRequest | None = None) -> Any:
        """Ask for the state and the reason only; the rest is found out."""
        if obj is None:
            return self.fields
        return ("component", "date", "before", "after", "reason", "foretold", "answer", *RECORDED)

    def save_model(self, request: HttpRequest, obj: StateRequest, form: Any, change: bool) -> None:
        """Ask; what stands in the way is said in the form."""
        component = Component.objects.visible_to(request.user).get(pk=obj.component_id)
        try:
            stored = deciding.ask(component, obj.after, by=Actor.of(request), reason=obj.reason)
        except RefusedError as error:
            raise RefusedWriteError(str(error)) from error
        obj.pk, obj.before = stored.pk, stored.before
        self.require_right(request, obj)

    @admin.display(description="Decision")
    def answer(self, row: StateRequest) -> str:
        """Show what was decided."""
        decision = getattr(row, "decision", None)
        return str(decision.get_outcome_display()) if decision else "-"

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Keep who reads: the consequence is shown as far as they see."""
        super().prepare(request, rows)
        for row in rows:
            row.reader = request.user

    @admin.display(description="Foretold")
    def foretold(self, row: Any) -> SafeString | str:
        """Show what was foretold when it was asked for."""
        return paragraphs(written_down(row, user=row.reader))


@admin.register(Decision)
class DecisionAdmin(FactAdmin[Decision]):
    """The record of decisions, each chained to the one before."""

    group = GROUP
    may_be_added: ClassVar[bool] = False
    list_display = ("date", "component", "before", "after", "outcome", "recorded_by", "is_sound")
    list_filter = ("outcome", "after", BelowFilter)
    list_select_related = ("component", "recorded_by")
    search_fields = ("component__code", "component__name", "rationale", "recorded_by__username")
    fields = (
        *("component", "date", "before", "after", "outcome", "rationale", "did", "state_request"),
        *("is_sound", "digest", "previous_digest"),
    )

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Check the chain."""
        super().prepare(request, rows)
        broken = set(broken_decisions())
        for row in rows:
            row.reader, row.is_broken = request.user, row.pk in broken

    @admin.display(description="Consequence")
    def did(self, row: Any) -> SafeString | str:
        """Show what the decision did to the figures."""
        return paragraphs(written_down(row, user=row.reader))

    @admin.display(description="Digest holds", boolean=True)
    def is_sound(self, row: Any) -> bool:
        """Tell whether the decision is as it was written, and the one before is there."""
        return not row.is_broken


@admin.register(OverrideRuling)
class OverrideRulingAdmin(FactAdmin[OverrideRuling]):
    """The rulings on overrides; one is made from the list of status reports."""

    group = GROUP
    may_be_added: ClassVar[bool] = False
    list_display = ("date", "report_of", "outcome", "reason", "recorded_by")
    list_filter = ("outcome", BelowFilter)
    list_select_related = ("report__component", "recorded_by")
    search_fields = ("report__component__code", "report__component__name", "reason")
    fields = ("report", "date", "outcome", "reason")

    @admin.display(description="Report", ordering=F("report__component__code"))
    def report_of(self, row: OverrideRuling) -> str:
        """Name the component and the report."""
        return f"{row.report.component}: {row.report}"


@admin.register(StatusReport)
class StatusReportAdmin(DecidableAdmin):
    """What managers say; an override waits until somebody else has approved it."""

    group = "Money and reports"
    fields = ("component", "date", "health", "narrative", "override_reason", "valid_until")
    list_display = ("date", "component", Chip(), "valid_until", "ruled", "recorded_by")
    list_filter = (WaitingFilter, "health", BelowFilter)
    list_select_related = ("component", "recorded_by", "ruling")
    search_fields = ("component__code", "component__name", "narrative", "override_reason")
    actions = (OverrideApproval(), OverrideRefusal())

    def described(self, row: StatusReport) -> str:
        """Name the component too."""
        return f"{row.component}, {row}"

    @admin.display(description="Ruling")
    def ruled(self, row: StatusReport) -> str:
        """Show what was ruled on an override."""
        ruling = getattr(row, "ruling", None)
        return str(ruling.get_outcome_display()) if ruling else "-"


def paragraphs(texts: Sequence[str]) -> SafeString | str:
    """Write sentences one below the other."""
    return format_html_join("", "<p>{}</p>", ((text,) for text in texts)) or "-"
