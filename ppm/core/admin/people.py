"""Users and groups, for administrators."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as AccountAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ppm.core.admin.account_actions import FactorRemoval, Invitation, SigningOut
from ppm.core.forms import ConstrainedForm
from ppm.core.giving import given_by, objection
from ppm.core.governance.parts import Parts
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import RoleAssignment, User
from ppm.core.signin.ending import end_access
from ppm.core.signin.recency import require_recent

GROUP = "People and access"


class RolePartForm(ConstrainedForm[RoleAssignment]):
    """A role of a person or a group, given on their page."""

    def clean(self) -> dict[str, Any]:
        """Refuse what nobody can give; a role that has ended may stay as it is."""
        values = super().clean() or {}
        if self.errors or not self.has_changed():
            return values
        if sentence := objection(given_by(self), now=timezone.now()):
            raise forms.ValidationError(sentence)
        return values


class Roles(Parts[RoleAssignment]):
    """The roles of a person or a group."""

    model = RoleAssignment
    form = RolePartForm
    fields = ("component", "role", "expires_at")


class AdministratorsAdmin(ScopedAdmin[Any]):
    """What only administrators see."""

    group = GROUP
    gives_access = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask who the user is."""
        return bool(request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Ask who the user is."""
        return bool(request.user.is_superuser)

    def has_right(self, request: HttpRequest, obj: Any) -> bool:
        """Ask who the user is."""
        return bool(request.user.is_superuser)


@admin.register(User)
class UserAdmin(AdministratorsAdmin, AccountAdmin[User]):
    """People; passwords are set by Django's own forms."""

    form = UserChangeForm
    list_display = ("username", "full_name", "email", "is_active", "is_staff", "is_superuser")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    date_hierarchy = "date_joined"
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    inlines = (Roles,)
    actions = (ScopedAdmin.deletion, Invitation(), FactorRemoval(), SigningOut())
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Was here", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "email", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save; whoever may not sign in any more is signed out at once, for good."""
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            end_access(obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002
        """Set somebody's password, as one who has just signed in."""
        require_recent(request)
        return super().user_change_password(request, id, form_url)

    @admin.display(description="Name")
    def full_name(self, row: User) -> str:
        """Show first and last name."""
        return row.get_full_name()


# Django registers its own, which offers permissions that nobody asks for here.
admin.site.unregister(Group)
# What these hold is the person's own: people see it at /account/, and actions above end it.
for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    admin.site.unregister(model)


@admin.register(Group)
class GroupAdmin(AdministratorsAdmin):
    """Groups, whose members have the group's roles."""

    list_display = ("name", "member_count")
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name",)
    inlines = (Roles,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the members."""
        groups: QuerySet[Any] = super().get_queryset(request).annotate(number=Count("user"))
        return groups

    @admin.display(description="Members", ordering="number")
    def member_count(self, row: Any) -> int:
        """Show how many there are."""
        number: int = row.number
        return number
