"""Who calls: somebody who may do all, a manager, one who sees no money, and a stranger."""

from __future__ import annotations

import json

from ppm.core.models import ApiToken, Component, Role, User
from ppm.description import EXAMPLES
from tests.api.test_examples import Story
from tests.factories import give_role, make_user


def callers() -> dict[str, str]:
    """Tell the story of the examples, so that they name rows that exist; return tokens by caller.

    They come in this order, so that nobody finds only what the mightier have left.
    """
    story = Story(json.loads(EXAMPLES.read_text()))
    root = Component.objects.get(pk=story.answers["portfolios"]["id"])
    contributor, manager = make_user(), make_user()
    give_role(contributor, root, Role.CONTRIBUTOR)
    give_role(manager, root, Role.PORTFOLIO_MANAGER)
    return {
        "stranger": token_of(make_user()),
        "contributor": token_of(contributor),
        "manager": token_of(manager),
        "administrator": token_of(make_user(superuser=True)),
    }


def token_of(user: User) -> str:
    """Issue a token for everything that its user may do."""
    return ApiToken.issue(user, scopes=["read", "write", "admin"])
