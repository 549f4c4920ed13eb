"""People in the admin: members of the staff with a role on the whole world, and others."""

from collections.abc import Callable

import pytest
from django.test import Client

from ppm.core.models import Role, User
from tests.factories import give_role, make_portfolio, make_user
from tests.keeping import Kept, keep
from tests.rows import World

kept_world = keep(World)


@pytest.fixture
def world(kept_world: Kept[World], db: None) -> World:
    """Return a small tree with something of everything."""
    return kept_world.copy()


def signed_in(user: User) -> Client:
    """Return a browser in which the user has signed in."""
    client = Client()
    client.force_login(user)
    return client


def administrator(_: World) -> User:
    """Make a superuser."""
    return make_user(superuser=True)


def staff(role: Role) -> Callable[[World], User]:
    """Make a member of the staff with the role on the whole world."""

    def person(world: World) -> User:
        user = make_user(is_staff=True)
        give_role(user, world.portfolio, role)
        return user

    return person


member = staff(Role.GOVERNANCE)
manager = staff(Role.PORTFOLIO_MANAGER)
viewer = staff(Role.VIEWER)


def outsider(_: World) -> User:
    """Make a member of the staff who governs another portfolio."""
    user = make_user(is_staff=True)
    give_role(user, make_portfolio(), Role.GOVERNANCE)
    return user


def stranger(world: World) -> User:
    """Make somebody who manages the world, but is not of the staff."""
    user = make_user()
    give_role(user, world.portfolio, Role.PORTFOLIO_MANAGER)
    return user


@pytest.fixture
def boss(world: World) -> Client:
    """Return the browser of a superuser."""
    return signed_in(administrator(world))
