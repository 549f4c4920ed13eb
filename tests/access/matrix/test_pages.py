"""Every page, for every caller, about rows of every place."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.db.models import Model

from tests.access.matrix.asking import Answer, Asker
from tests.access.matrix.callers import OF_PAGES
from tests.access.matrix.conftest import Report
from tests.access.matrix.forging import forge
from tests.access.matrix.organisation import MISSING_ID, Place
from tests.access.matrix.pages import (
    MISSING_CODE,
    NAMELESS,
    OF_MONEY,
    POSTED_TO,
    Address,
    addresses,
    page_patterns,
)

PAST = "/on/2026-01-20"


@pytest.mark.parametrize("caller", OF_PAGES, ids=lambda caller: caller.name)
def test_matrix_of_pages(asker: Asker, report: Report) -> None:
    for address in addresses():
        if address.key:
            ask_about_rows(asker, address)
        else:
            ask_for_what_is_no_row(asker, address)
        if asker.caller.forges:
            row = next(rows_in(asker, address, asker.caller.place), None)
            forge(asker, address.of(row), asker.elsewhere)
    missing = {route for route, _ in page_patterns()} - asker.findings.routes
    report(asker.findings, missing)


def rows_in(asker: Asker, address: Address, place: str) -> Iterator[Model]:
    """Find the rows of a place that an address can name."""
    return filter(None, (asker.row_in(place, model) for model in address.models))


def ask_about_rows(asker: Asker, address: Address) -> None:
    """Ask in all ways about rows of the caller's place, of others, and about none."""
    caller = asker.caller
    is_at_home = caller.place == "own" and caller.sees
    if is_at_home and (caller.sees_money or address.name not in OF_MONEY):
        read_own(asker, address)
    ask_everywhere(asker, address, "GET", caller.asks_about[not asker.hides(caller.place) :])
    if caller.is_curious and address.tells_the_past:
        ask_everywhere(asker, address, "GET", caller.asks_about[:2], day=PAST)
    if caller.writes:
        ask_everywhere(asker, address, "POST", caller.asks_about[:2])


def read_own(asker: Asker, address: Address) -> None:
    """Read what the caller may see, with all that an address can ask for; else be refused."""
    caller = asker.caller
    rows = [
        row
        for row in rows_in(asker, address, caller.place)
        if not asker.hides(caller.place, type(row))
    ]
    pages_of_all = zip(*(address.of(row) for row in rows), strict=True)
    for option, pages in zip(address.options if rows else (), pages_of_all, strict=True):
        if option.get("tab") == "money" and not caller.sees_money:
            continue
        rights = address.rights_for(option)
        is_allowed = not rights or any(map(caller.may, rights))
        method = "POST" if address.name in POSTED_TO else "GET"
        # Not each row has a page of each kind; whoever may change most tries them all.
        asked = pages if is_allowed else pages[:1]
        answers: Any = (asker.ask(method, where, masking=(named,)) for where, named in asked)
        answers = [*answers] if caller.forges else answers
        is_right = any(
            is_given(one, address) if is_allowed else one.status == HTTPStatus.FORBIDDEN
            for one in answers
        )
        asker.expect(is_right, f"{pages[0][0]} is {'not ' * is_allowed}given")


def is_given(answer: Answer, address: Address) -> bool:
    """Tell whether an answer is what the caller may see, or has asked to be done."""
    if address.name in POSTED_TO:
        return answer.is_seen or answer.status == HTTPStatus.FOUND
    return answer.is_seen or (answer.status == HTTPStatus.OK and address.name in NAMELESS)


def ask_everywhere(
    asker: Asker,
    address: Address,
    method: str,
    names: tuple[str, ...],
    day: str = "",
) -> None:
    """Ask about a row of each place, and about none."""
    where, named = next(address.of(None))
    nowhere = asker.ask(method, day + where, masking=(named,))
    for name in names:
        for row in list(rows_in(asker, address, name))[:1]:
            where, named = next(address.of(row))
            answer = asker.ask(method, day + where, masking=(named,))
            if asker.hides(name, type(row)):
                asker.same((answer, nowhere), f"{method} {where}")


def ask_for_what_is_no_row(asker: Asker, address: Address) -> None:
    """Ask for a page, and where it is a list also for what is hidden, and for what is missing."""
    for where, _ in address.of(None):
        asker.ask("GET", where)
        for method in ("POST", "HEAD", "DELETE") if asker.caller.writes else ():
            asker.ask(method, where)
        if is_list(address):
            narrow(asker, where)
        if asker.caller.is_curious and address.tells_the_past:
            asker.ask("GET", PAST + where)


def is_list(address: Address) -> bool:
    """Tell whether a page lists rows."""
    return address.name in ("home", "project-offers") or address.name.endswith("-list")


def narrow(asker: Asker, where: str) -> None:
    """Ask a list for what is hidden, and for what is missing."""
    hidden = asker.elsewhere
    for asked in asker.in_turn(questions(hidden)):
        queries = {name: text for name, text, _ in asked}, {name: none for name, _, none in asked}
        answers = [asker.ask("GET", where, q, masking=tuple(q.values())) for q in queries]
        if asker.hides(hidden.name):
            asker.same(answers, f"GET {where}?{asked}")


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
