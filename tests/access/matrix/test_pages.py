"""Every page, for every caller, about rows of every place."""

from collections.abc import Iterator

import pytest

from tests.access.matrix.asking import Asker
from tests.access.matrix.callers import CALLERS, Caller
from tests.access.matrix.conftest import Report
from tests.access.matrix.forging import forge
from tests.access.matrix.organisation import MISSING_ID, Organisation, Place
from tests.access.matrix.pages import MISSING_CODE, Address, addresses, page_patterns

Way = tuple[str, str, dict[str, str], tuple[str, ...]]
WAYS: tuple[Way, ...] = (
    ("GET", "", {}, ("sibling", "other")),
    ("GET", "", {"HX-Request": "true"}, ("sibling",)),
    ("GET", "/on/2026-01-20", {}, ("own", "sibling")),
    ("POST", "", {}, ("own", "sibling")),
)
"""How the page of a row is asked for, and about rows of which places."""


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_matrix_of_pages(caller: Caller, places: Organisation, report: Report) -> None:
    asker = Asker(caller, caller.enter(places))
    for address in addresses():
        if address.key:
            read_all(asker, address, places["own"])
            for way in WAYS:
                ask_everywhere(asker, address, way, places)
        else:
            ask_for_what_is_no_row(asker, address, places["sibling"])
        if caller.forges:
            forge(asker, address.of(address.row_in(places["own"])), places["sibling"])
    missing = {route for route, _ in page_patterns()} - asker.findings.routes
    report(asker.findings, missing)


def read_all(asker: Asker, address: Address, place: Place) -> None:
    """Read the page of every row that the address can name, with all that it can ask for."""
    for row in filter(None, map(place.rows.get, address.models)):
        for where, named in address.of(row):
            asker.ask("GET", where, masking=(named,))


def ask_everywhere(asker: Asker, address: Address, way: Way, places: Organisation) -> None:
    """Ask about a row of each place, and about none."""
    method, day, headers, names = way
    where, named = next(address.of(None))
    nowhere = asker.ask(method, day + where, masking=(named,), **headers)
    for name in names:
        row = address.row_in(places[name])
        if row is not None:
            where, named = next(address.of(row))
            answer = asker.ask(method, day + where, masking=(named,), **headers)
            if name not in asker.caller.sees:
                asker.same((answer, nowhere), f"{method} {where}")


def ask_for_what_is_no_row(asker: Asker, address: Address, hidden: Place) -> None:
    """Ask for a page, and where it is a list also for what is hidden, and for what is missing."""
    for where, _ in address.of(None):
        for method in ("GET", "POST", "HEAD", "DELETE"):
            asker.ask(method, where)
        if is_list(address):
            narrow(asker, where, hidden)


def is_list(address: Address) -> bool:
    """Tell whether a page lists rows."""
    return address.name in ("home", "project-offers") or address.name.endswith("-list")


def narrow(asker: Asker, where: str, hidden: Place) -> None:
    """Ask a list for what is hidden, and for what is missing."""
    for name, *texts in questions(hidden):
        answers = [asker.ask("GET", where, {name: text}, masking=(text,)) for text in texts]
        if hidden.name not in asker.caller.sees:
            asker.same(answers, f"GET {where}?{name}={texts[0]}")


def questions(hidden: Place) -> Iterator[tuple[str, str, str]]:
    """List parameters of lists, each with what names something hidden, and something missing."""
    world = hidden.world
    yield "below__code", world.portfolio.code, MISSING_CODE
    yield "search", hidden.canary, MISSING_CODE[: len(hidden.canary)]
    for name, row in (
        ("below", world.portfolio),
        ("open", world.portfolio),
        ("owner", world.user),
    ):
        yield name, str(row.pk), str(MISSING_ID)
