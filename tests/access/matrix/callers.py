"""Who asks: everybody with a role on `own`, and those without any."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client

from ppm.core.models import CHANGES, Role, Subject
from tests.access.matrix.organisation import ID_OF, Organisation
from tests.factories import give_role, make_user


@dataclass(frozen=True)
class Caller:
    """Somebody who asks; `sees` names the places whose rows he may see."""

    name: str
    role: Role | None = None
    sees: frozenset[str] = frozenset()
    is_staff: bool = False
    is_superuser: bool = False
    is_known: bool = True

    @property
    def forges(self) -> bool:
        """Tell whether he sends forms that no page would send: one who may change nearly all."""
        return self.role == Role.PORTFOLIO_MANAGER

    @property
    def compares(self) -> bool:
        """Tell whether he tries each filter of the API on its own: it asks who sees, not more."""
        return self.role == Role.VIEWER or not self.sees

    def may(self, subject: Subject | None) -> bool:
        """Tell whether he may change the subject in `own`."""
        if self.is_superuser:
            return True
        return self.role is not None and subject in CHANGES[self.role]

    def enter(self, places: Organisation) -> Client:
        """Sign in, if he can."""
        client = Client(raise_request_exception=False)
        if self.is_known:
            user = make_user(superuser=self.is_superuser, is_staff=self.is_staff)
            if self.role:
                give_role(user, places["own"].world.portfolio, self.role)
            client.force_login(user)
        return client


CALLERS = [
    *(Caller(role, role, frozenset({"own"}), is_staff=True) for role in Role),
    Caller("superuser", sees=frozenset(ID_OF), is_staff=True, is_superuser=True),
    Caller("clerk", is_staff=True),
    Caller("stranger"),
    Caller("anonymous", is_known=False),
]
"""Nine roles, held by members of the staff; the clerk is of the staff and has no role at all."""
