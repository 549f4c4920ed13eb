"""Who asks: everybody with a role on `own`, one with a role elsewhere, and those without any."""

from __future__ import annotations

from dataclasses import dataclass

from ppm.core.models import CHANGES, SEES_MONEY, Role, Subject
from tests.access.matrix.organisation import ID_OF


@dataclass(frozen=True)
class Caller:
    """Somebody who asks: his role, and the place where he holds it."""

    name: str
    role: Role | None = None
    place: str = "own"
    is_staff: bool = False
    is_superuser: bool = False
    is_known: bool = True

    @property
    def sees(self) -> frozenset[str]:
        """The places whose rows he may see."""
        if self.is_superuser:
            return frozenset(ID_OF)
        return frozenset({self.place} if self.role else ())

    @property
    def asks_about(self) -> tuple[str, ...]:
        """The places whose rows he asks for: his own first."""
        beside = ("sibling", "other") if self.place == "own" else ("sibling", "own")
        if self.is_superuser:
            return (self.place,)
        # Roles that differ in what they change only ask beside and elsewhere in turns.
        is_one_of_many = self.place == "own" and self.role and not self.writes
        if is_one_of_many:
            return (self.place, beside[[*Role].index(self.role) % 2])
        return (self.place, *beside)

    @property
    def writes(self) -> bool:
        """Tell whether he tries every write: who may, who may not, and nobody.

        Rows of places that he does not see are among what they write to.
        """
        may_or_not = self.role in (Role.PORTFOLIO_MANAGER, Role.VIEWER) and self.place == "own"
        return may_or_not or not self.is_known

    @property
    def forges(self) -> bool:
        """Tell whether he sends forms that no page would send: one who may change nearly all."""
        return self.role == Role.PORTFOLIO_MANAGER and self.place == "own"

    @property
    def is_curious(self) -> bool:
        """Tell whether he tries every filter on its own, and the past: they ask who sees."""
        return self.role == Role.VIEWER

    @property
    def is_elsewhere(self) -> bool:
        """Tell whether he sees nothing of `own`."""
        return self.place != "own" or not self.sees

    @property
    def sees_money(self) -> bool:
        """Tell whether he may see amounts in his place."""
        return self.role is None or self.role in SEES_MONEY

    def may(self, subject: Subject | None) -> bool:
        """Tell whether he may change the subject in his place."""
        if self.is_superuser:
            return True
        return self.role is not None and subject in CHANGES[self.role]


ROLES = [Caller(role, role, is_staff=True) for role in Role]
"""Nine roles, held by members of the staff."""
NEIGHBOUR = Caller("neighbour", Role.PORTFOLIO_MANAGER, "other", is_staff=True)
SUPERUSER = Caller("superuser", is_staff=True, is_superuser=True)
CLERK = Caller("clerk", is_staff=True)
STRANGER = Caller("stranger")
ANONYMOUS = Caller("anonymous", is_known=False)

OTHERS = [NEIGHBOUR, SUPERUSER, ANONYMOUS]
UNLIKE = [
    caller
    for caller in ROLES
    if caller.role in (Role.VIEWER, Role.CONTRIBUTOR, Role.PORTFOLIO_MANAGER, Role.GOVERNANCE)
]
"""One who only sees, one who sees no money, one who may nearly everything, one who decides."""

OF_THE_API = [*ROLES, *OTHERS, STRANGER]
"""Every role asks the API; what pages and admin show comes from the same querysets."""
OF_PAGES = [*UNLIKE, *OTHERS, STRANGER]
OF_THE_ADMIN = [*UNLIKE, *OTHERS, CLERK]
"""The clerk is of the staff and has no role; who is not of the staff does not come in at all."""
