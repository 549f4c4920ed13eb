"""The people of the demo, and the logins that it offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password

from portfolios.demo.content.people import COLLEAGUES, ENTER_THE_ADMIN, IN_A_ROLE, username
from ppm.core.models import Role, User

PASSWORD = "ppm-demo"  # noqa: S105 printed at every start of the demo
ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Login:
    """A way into the demo."""

    username: str
    password: str
    role: str


def logins() -> list[Login]:
    """List the demo's logins, as far as their users exist."""
    roles = {username_of(role): role.label.lower() for role in Role} | {"admin": ADMINISTRATOR}
    existing = User.objects.filter(
        username__in=roles, email__in=[_email(name) for name in roles]
    ).order_by("pk")
    return [Login(user.username, PASSWORD, roles[user.username]) for user in existing]


def username_of(role: Role) -> str:
    """Name the login that stands for a role."""
    return role.value.replace("_", ".")


def make_people() -> dict[str, User]:
    """Make everybody; return them by user name."""
    password = make_password(PASSWORD)  # once for all of them: it takes its time
    people = {}
    for role, (first, last) in IN_A_ROLE.items():
        names = {"first_name": first, "last_name": last, "is_staff": role in ENTER_THE_ADMIN}
        people[username_of(role)] = _user(username_of(role), password=password, **names)
    _user("admin", password=password, is_staff=True, is_superuser=True)
    for first, last in COLLEAGUES:
        name = username(first, last)
        people[name] = _user(name, password=password, first_name=first, last_name=last)
    return people


def _user(name: str, **fields: Any) -> User:
    """Make a user of the demo; one that is there already keeps their password."""
    return User.objects.get_or_create(username=name, defaults={**fields, "email": _email(name)})[0]


def _email(name: str) -> str:
    return f"{name}@example.org"
