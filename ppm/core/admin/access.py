"""Who is what where, and the tokens that act for people."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from ppm.core.giving import TOO_MUCH, objection
from ppm.core.governance.deleting import Deletion
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.refusing import RefusedWriteError
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import ApiToken, RoleAssignment, TokenScope, may_give

GROUP = "People and access"


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ScopedAdmin[RoleAssignment]):
    """Roles; nobody gives one that may change more than his own."""

    group = GROUP
    gives_access = True
    may_be_changed: ClassVar[bool] = False
    fields = ("component", "user", "group", "role", "expires_at")
    list_display = ("component", "role", "user", "group", "expires_at", "gives")
    list_filter = ("role", "expires_at", BelowFilter)
    list_select_related = ("component", "user", "group")
    search_fields = ("component__code", "component__name", "user__username", "group__name")
    ordering = ("component__path", "role", "pk")

    def save_model(
        self, request: HttpRequest, obj: RoleAssignment, form: Any, change: bool
    ) -> None:
        """Give a role, unless it may change more than the user's own, or outlasts it."""
        if not may_give(obj.role, obj.component.path, request.user, until=obj.expires_at):
            raise RefusedWriteError(TOO_MUCH)
        if sentence := objection(obj, now=timezone.now()):
            raise RefusedWriteError(sentence)
        super().save_model(request, obj, form, change)

    @admin.display(description="Gives anything", boolean=True)
    def gives(self, row: RoleAssignment) -> bool:
        """Tell a role in force from one that has ended."""
        return not row.is_ended(now=timezone.now())


class TokenForm(forms.ModelForm[ApiToken]):
    """A token to be issued."""

    scopes = forms.MultipleChoiceField(
        choices=TokenScope.choices,
        initial=[TokenScope.READ],
        widget=forms.CheckboxSelectMultiple,
    )


class Revocation(Deletion):
    """Take tokens back."""

    title = "Revoke selected %(verbose_name_plural)s"
    button = "Revoke"


@admin.register(ApiToken)
class ApiTokenAdmin(ScopedAdmin[ApiToken]):
    """Tokens: one's own, and for administrators those of all."""

    group = GROUP
    gives_access = True
    may_be_changed: ClassVar[bool] = False
    deletion = Revocation()
    actions = (deletion,)
    form = TokenForm
    fields = ("user", "name", "scopes", "expires_at")
    list_display = ("name", "user", "scopes", "created_at", "expires_at", "last_used_at")
    list_filter = ("expires_at",)
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """Return the tokens of the user."""
        tokens = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.filter(user__in=[request.user.pk])

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        """Issue to oneself, unless one is an administrator; show of a token when it was used."""
        if obj is not None:
            return (*self.fields, "created_at", "last_used_at")
        return self.fields if request.user.is_superuser else self.fields[1:]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let everybody have tokens of their own."""
        return True

    def has_right(self, request: HttpRequest, obj: ApiToken | None) -> bool:
        """Let everybody revoke the tokens they see."""
        return True

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Issue the token, and show it this once."""
        wanted = form.cleaned_data
        me: Any = request.user
        if wanted["expires_at"] and wanted["expires_at"] <= timezone.now():
            raise RefusedWriteError("A token must expire later than now.")
        secret = ApiToken.issue(
            wanted.get("user") or me,
            scopes=wanted["scopes"],
            name=wanted["name"],
            expires_at=wanted["expires_at"],
        )
        stored = ApiToken.objects.get(digest=ApiToken.digest_of(secret))
        obj.pk, obj.user = stored.pk, stored.user
        told = format_html("Copy the token now, it is not shown again: <code>{}</code>", secret)
        self.message_user(request, told, messages.WARNING)
