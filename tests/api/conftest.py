"""People who call the API, each with a token of their own."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from ppm.core.models import ApiToken, Role, User
from tests.factories import give_role, make_portfolio, make_user
from tests.keeping import Kept, keep
from tests.rows import World

ClientOf = Callable[[User], APIClient]


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    """Return the API's description, which is valid and made without a warning."""
    output = StringIO()
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=output
    )
    description: dict[str, Any] = json.loads(output.getvalue())
    return description


kept_world = keep(World)


@pytest.fixture
def world(kept_world: Kept[World], db: None) -> World:
    """Return a small tree with something of everything."""
    return kept_world.copy()


@pytest.fixture
def owner(world: World) -> APIClient:
    """Return the client of the world's portfolio manager."""
    return client_with_role(world, Role.PORTFOLIO_MANAGER)


@pytest.fixture
def member(world: World) -> APIClient:
    """Return the client of somebody who may see all of the world and change nothing."""
    return client_with_role(world, Role.VIEWER)


@pytest.fixture
def outsider(world: World) -> APIClient:
    """Return the client of somebody who manages another portfolio."""
    user = make_user()
    give_role(user, make_portfolio(), Role.PORTFOLIO_MANAGER)
    return client_of(user)


@pytest.fixture
def administrator(world: World) -> APIClient:
    """Return the client of a site administrator."""
    return client_of(make_user(superuser=True))


def client_with_role(world: World, role: Role) -> APIClient:
    """Return the client of a new user with the role on the whole world."""
    user = make_user()
    give_role(user, world.portfolio, role)
    return client_of(user)


def client_of(user: User, scopes: tuple[str, ...] = ("read", "write", "admin")) -> APIClient:
    """Return a client that bears a new token of the user, and overwrites whatever is there."""
    client = APIClient(headers={"If-Match": "*"})
    token = ApiToken.issue(user, scopes=list(scopes))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
