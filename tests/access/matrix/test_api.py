"""Every operation of the API, for every caller, about rows of every place."""

import pytest

from ppm.api import ASKED_FOR
from ppm.core.governance.rights import subject_of
from tests.access.matrix.api import (
    OF_ALL,
    OWNED,
    Operation,
    body_in,
    described,
    expansion,
    nowhere,
    ordering,
    questions,
    understood,
    viewsets,
)
from tests.access.matrix.asking import JSON, Answer, Asker
from tests.access.matrix.callers import OF_THE_API
from tests.access.matrix.conftest import Report
from tests.access.matrix.organisation import MISSING_ID
from tests.access.matrix.pages import patterns

WITHOUT_ROWS = (
    *("/api/", "/api/v1/", "/api/docs/", "/api/schema/?format=json", "/api/v1/nothing/"),
    *(f"/api/v1/{name}/" for name in ASKED_FOR),
    *(f"/api/v1/jobs/1/{verb}/" for verb in ("cancel", "revert")),
)
"""Addresses of no row, and those that are only posted to."""


@pytest.mark.parametrize("caller", OF_THE_API, ids=lambda caller: caller.name)
def test_matrix_of_the_api(asker: Asker, report: Report) -> None:
    for operation in understood():
        if operation.method == "GET":
            read = read_rows if operation.is_of_row else read_a_list
            read(asker, operation)
        elif operation.is_of_row:
            write_rows(asker, operation)
        elif asker.caller.writes or operation.is_bulk:
            add(asker, operation)
    for name in viewsets():
        narrow(asker, name)
    for address in WITHOUT_ROWS:
        asker.ask("GET", address)
    asked = {*understood()} if asker.caller.writes else {*described()}
    missing = {f"{one.method} {one.path}" for one in {*described()} - asked}
    routes = {route for route, _ in patterns() if route.startswith("api/")}
    report(asker.findings, missing | (routes - asker.findings.routes))


def read_rows(asker: Asker, operation: Operation) -> None:
    """Read a row of each place, and one that is not there."""
    model, caller = operation.model, asker.caller
    for method in ("GET", "HEAD") if caller.is_curious else ("GET",):
        none = ask_row(asker, method, operation, MISSING_ID)
        for name in caller.asks_about:
            if row := asker.row_in(name, model):
                answer = ask_row(asker, method, operation, row.pk)
                if asker.hides(name, model) and model not in OF_ALL:
                    asker.same((answer, none), f"{method} {operation.address(row.pk)}")
                elif method == "GET" and caller.is_known:
                    is_given = answer.is_seen or (answer.status == 200 and model in OF_ALL)
                    asker.expect(is_given, f"{operation.address(row.pk)} is not given")


def write_rows(asker: Asker, operation: Operation) -> None:
    """Write a row of the caller's own place: only by right; and of others like none."""
    model, caller = operation.model, asker.caller
    if not caller.writes and operation.method == "PUT":
        return
    row, is_hidden = asker.row_in(caller.place, model), asker.hides(caller.place, model)
    if row and not is_hidden:
        expect_right(asker, operation, ask_row(asker, operation.method, operation, row.pk))
    # What is private in his own place is hidden too.
    places = caller.asks_about[:2] if caller.writes else caller.asks_about[: int(is_hidden)]
    if not places:
        return
    none = ask_row(asker, operation.method, operation, MISSING_ID)
    for name in (place for place in places if asker.hides(place, model)):
        if (row := asker.row_in(name, model)) and model not in OF_ALL:
            answer = ask_row(asker, operation.method, operation, row.pk)
            asker.same((answer, none), f"{operation.method} {operation.address(row.pk)}")


def ask_row(asker: Asker, method: str, operation: Operation, pk: int) -> Answer:
    """Ask about a row."""
    data = operation.query if method in ("GET", "HEAD") else {}
    return asker.ask(method, operation.address(pk), data, masking=(str(pk),), content_type=JSON)


def expect_right(asker: Asker, operation: Operation, answer: Answer) -> None:
    """Compare who may write with the table of roles; what is his own, he may."""
    if operation.model in OWNED:
        said = f"{operation.method} {operation.path} answers {answer.status}"
        asker.expect(answer.status not in (403, 404), said)
        return
    subject = subject_of(operation.model) if operation.model not in OF_ALL else None
    is_right = (answer.status == 403) is not asker.caller.may(subject)
    asker.expect(is_right, f"{operation.method} {operation.path} answers {answer.status}")


def read_a_list(asker: Asker, operation: Operation) -> None:
    """Read a list whole, in all its orders, and in pages."""
    address, caller = operation.address(), asker.caller
    answer = asker.ask("GET", address, {"limit": "200", "ordering": ordering(operation.name)})
    asker.ask("GET", address, {"limit": "200", "expand": expansion(operation.name)})
    model = operation.model
    is_filled = model not in OF_ALL and asker.row_in(caller.place, model)
    if is_filled and not asker.hides(caller.place, model):
        asker.expect(answer.is_seen, f"{address} is not given")
    if caller.is_curious:
        asker.ask("GET", address, {"limit": "1"})
        asker.ask("GET", address, {"nonsense": "1"})
        asker.ask("OPTIONS", address)


def add(asker: Asker, operation: Operation) -> None:
    """Add to the caller's place, to one beside, and to none."""
    address = operation.address()
    for name in asker.caller.asks_about[:2]:
        body = body_in(asker.places[name], operation.name)
        named = tuple(str(value) for value in body.values() if isinstance(value, int))
        answers = [
            asker.ask(
                "POST",
                address,
                operation.taking(one),
                masking=(*named, str(MISSING_ID)),
                content_type=JSON,
            )
            for one in (body, nowhere(body))
        ]
        if asker.hides(name):
            asker.same(answers, f"POST {address} {body}")
        if operation.is_bulk:
            change_many(asker, operation, name)


def change_many(asker: Asker, operation: Operation, name: str) -> None:
    """Change a row of a place among many: a hidden one is as missing."""
    row = asker.row_in(name, operation.model)
    if row is None or operation.model in OF_ALL or not asker.hides(name, operation.model):
        return
    masking = (str(row.pk), str(MISSING_ID))
    answers = [
        asker.ask(
            "POST",
            operation.address(),
            operation.taking({"id": pk, "version": "*"}, "update"),
            masking=masking,
            content_type=JSON,
        )
        for pk in (row.pk, MISSING_ID)
    ]
    asker.same(answers, f"POST {operation.address()} {row.pk}")


def narrow(asker: Asker, name: str) -> None:
    """Filter a list by what is hidden, and by what is missing."""
    hidden = asker.elsewhere
    for asked in asker.in_turn(questions(name, hidden)):
        queries = {q: text for q, text, _ in asked}, {q: none for q, _, none in asked}
        answers = [
            asker.ask("GET", f"/api/v1/{name}/", query, masking=tuple(query.values()))
            for query in queries
        ]
        if asker.hides(hidden.name):
            asker.same(answers, f"GET {name}?{asked}")
