"""The people of the demo: user name, first and last name. The first ones stand for a role each."""

from __future__ import annotations

from ppm.core.models import Role

IN_A_ROLE: dict[Role, tuple[str, str]] = {
    Role.PORTFOLIO_MANAGER: ("Petra", "Lindner"),
    Role.PROGRAM_MANAGER: ("Tomas", "Havel"),
    Role.PROJECT_MANAGER: ("Amina", "Yilmaz"),
    Role.RESOURCE_MANAGER: ("Jonas", "Brandt"),
    Role.CONTRIBUTOR: ("Lea", "Moser"),
    Role.FINANCE: ("Viktor", "Sandor"),
    Role.GOVERNANCE: ("Helene", "Auer"),
    Role.AUDITOR: ("Marc", "Dubois"),
    Role.VIEWER: ("Nina", "Petrov"),
}
ENTER_THE_ADMIN = (Role.GOVERNANCE, Role.AUDITOR)

COLLEAGUES = [
    # who sponsors
    ("Elisabeth", "Wagner"),
    ("Martin", "Seidl"),
    ("Andrew", "Halden"),
    # who leads portfolios and programs
    ("Walter", "Thaler"),
    ("Grace", "Whitfield"),
    ("Katharina", "Egger"),
    ("Stefan", "Novak"),
    ("Sofia", "Marek"),
    ("Daniel", "Okafor"),
    # who leads projects
    ("Bernd", "Hofer"),
    ("Ivana", "Kovac"),
    ("Paul", "Steiner"),
    ("Miriam", "Gruber"),
    ("Luka", "Horvat"),
    ("Eva", "Winkler"),
    ("Georg", "Pichler"),
    ("Sandra", "Bauer"),
    ("Kevin", "Delgado"),
    ("Laura", "Chen"),
    ("Rachel", "Stone"),
    # who owns benefits
    ("Ingrid", "Haas"),
    ("Robert", "Lang"),
    ("Carla", "Rossi"),
    ("Thomas", "Reed"),
    # who reports and who books
    ("Florian", "Wolf"),
    ("Jakob", "Maier"),
    ("Maya", "Singh"),
    ("Anna", "Fuchs"),
    ("Brian", "Kelly"),
]
BOARD = ("elisabeth.wagner", "martin.seidl", "andrew.halden")
"""They sponsor programs and govern all portfolios."""


def username(first_name: str, last_name: str) -> str:
    """Make the user name of a colleague."""
    return f"{first_name}.{last_name}".lower()
