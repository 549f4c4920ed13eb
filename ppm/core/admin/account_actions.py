"""What administrators do with accounts: send a link, remove second factors, sign out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ppm.core.governance.confirming import ConfirmedAction
from ppm.core.governance.refusing import RefusedWriteError
from ppm.core.models import User
from ppm.core.signin.ending import end_access, remove_second_factors
from ppm.core.signin.links import ask_for_link

NO_MAIL = "This installation sends no mail: set a password on the person's page."
SWITCHED_OFF = "The account is switched off."


class AccountAction(ConfirmedAction):
    """Something that is done to accounts, by whoever may change them."""

    is_decision = True
    done: str

    def obstacles(self, model_admin: Any, request: HttpRequest, row: User) -> Sequence[str]:
        """Let nothing stand in the way."""
        return []

    def consequences(self, model_admin: Any, request: HttpRequest, row: User) -> Sequence[str]:
        """Say what happens to an account."""
        return [self.sentence(row)]

    def sentence(self, user: User) -> str:
        """Say it in one sentence."""
        raise NotImplementedError

    def act(
        self, model_admin: Any, request: HttpRequest, rows: Sequence[User], said: dict[str, Any]
    ) -> str:
        """Do it to each."""
        for user in rows:
            self.do(request, user)
            model_admin.log_change(request, user, self.done)
        return f"{self.done}: {len(rows)}."

    def do(self, request: HttpRequest, user: User) -> None:
        """Do it to one."""
        raise NotImplementedError


class Invitation(AccountAction):
    """Send people the link with which they choose their first password, or another one."""

    name, title, button = "invite", "Send selected users a link to choose a password", "Send"
    done = "Links sent"

    def obstacles(self, model_admin: Any, request: HttpRequest, row: User) -> Sequence[str]:
        """Ask whether mail goes out, and whether the person may sign in."""
        ways = {NO_MAIL: not settings.HAS_MAIL, SWITCHED_OFF: not row.is_active}
        return [sentence for sentence, is_so in ways.items() if is_so]

    def sentence(self, user: User) -> str:
        """Name the address."""
        return f"A link goes to {user.email}. It works once, within a day."

    def do(self, request: HttpRequest, user: User) -> None:
        """Have it sent."""
        site = request.build_absolute_uri("/")[:-1]
        if not ask_for_link(user.email, site=site, is_first=user.last_login is None):
            raise RefusedWriteError("No mail can be sent at the moment. Try again.")


class FactorRemoval(AccountAction):
    """Help somebody who lost phone and keys."""

    name, title, button = "remove_factors", "Remove second factors of selected users", "Remove"
    done = "Second factors removed"

    def sentence(self, user: User) -> str:
        """Say what is left."""
        return "From now on the password alone opens the account; all sessions and tokens end."

    def do(self, request: HttpRequest, user: User) -> None:
        """Remove them."""
        remove_second_factors(user)


class SigningOut(AccountAction):
    """End what somebody has open, such as after a theft."""

    name, title, button = "sign_out", "Sign out selected users everywhere", "Sign out"
    done = "Signed out"

    def sentence(self, user: User) -> str:
        """Say what ends."""
        return "All sessions end, all tokens are revoked. The person may sign in again."

    def do(self, request: HttpRequest, user: User) -> None:
        """End it."""
        end_access(user)
