"""What counting a call of the API costs: lists of fifty rows and of one, with and without it."""

from random import Random
from statistics import median

from django.test import Client, override_settings

from portfolios import rollup
from ppm.core.models import ApiToken, Component, Role, RoleAssignment, User
from tests.bench._organisation import NOW, organisation, settle_tables
from tests.bench._timing import milliseconds
from tests.proofs.result import Result
from tests.proofs.stack import Stack

PROJECTS, ROUNDS, CALLS = 1_000, 20, 10
LISTS = {
    "fifty_components": "/api/v1/components/?limit=50",
    "fifty_projects": "/api/v1/projects/?limit=50",
    "one_user": "/api/v1/users/?limit=1",
}
MOST = 1.1
LIMITS = {"uncounted": 0, "counted": 10**9}


def prove(stack: Stack) -> Result:
    """Call each list a few times with, then a few times without a limit, in random order."""
    result = Result()
    with organisation(stack, PROJECTS):
        rollup.drain(now=NOW)
        settle_tables()
        client = _manager()
        for name, address in LISTS.items():
            _compare(result, client, name, address)
    return result


def _compare(result: Result, client: Client, name: str, address: str) -> None:
    random, taken = Random(22), {kind: list[float]() for kind in LIMITS}  # noqa: S311
    for _ in range(ROUNDS):
        for kind in random.sample(sorted(LIMITS), len(LIMITS)):
            with override_settings(API_CALLS_PER_MINUTE=LIMITS[kind]):
                taken[kind] += milliseconds(lambda: client.get(address), times=CALLS, warm_up=1)
    middles = {kind: median(times) for kind, times in taken.items()}
    for kind, middle in middles.items():
        result.note(f"{name}_{kind}_ms", middle)
    most = MOST if name.startswith("fifty") else None
    result.note(f"{name}_ratio", middles["counted"] / middles["uncounted"], most=most)


def _manager() -> Client:
    """Return a client that bears a token of somebody who sees everything."""
    user = User.objects.create(username="manager")
    for root in Component.objects.roots():
        RoleAssignment.objects.create(component=root, user=user, role=Role.PORTFOLIO_MANAGER)
    token = ApiToken.issue(user, scopes=["read"])
    return Client(headers={"Authorization": f"Bearer {token}", "host": "127.0.0.1"})
