"""People in the admin: an administrator, members of a governance body, outsiders, non-staff."""

import pytest
from django.test import Client

from ppm.core.models import Role, User
from tests.factories import give_role, make_portfolio, make_user
from tests.rows import World


@pytest.fixture
def world(db: None) -> World:
    """Return a small tree with something of everything."""
    return World()


def staff(role: Role | None, world: World | None) -> User:
    """Make a member of the staff, with a role on the whole world or on a portfolio elsewhere."""
    user = make_user(is_staff=True)
    if role:
        give_role(user, world.portfolio if world else make_portfolio(), role)
    return user


def signed_in(user: User) -> Client:
    """Return a browser in which the user has signed in."""
    client = Client()
    client.force_login(user)
    return client
