"""Every operation of the API, for every caller, about rows of every place."""

import pytest

from ppm.core.governance.rights import subject_of
from tests.access.matrix.api import (
    OF_ALL,
    Operation,
    body_in,
    described,
    nowhere,
    ordering,
    questions,
    understood,
    viewsets,
)
from tests.access.matrix.asking import JSON, Answer, Asker
from tests.access.matrix.callers import CALLERS, Caller
from tests.access.matrix.conftest import Report
from tests.access.matrix.organisation import MISSING_ID, Organisation, Place
from tests.access.matrix.pages import patterns

WITHOUT_ROWS = ("/api/", "/api/v1/", "/api/docs/", "/api/schema/?format=json", "/api/v1/nothing/")


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_matrix_of_the_api(caller: Caller, places: Organisation, report: Report) -> None:
    asker = Asker(caller, caller.enter(places))
    for operation in understood():
        ask = ask_about_rows if operation.is_of_row else ask_a_list
        ask(asker, operation, places)
    for name in viewsets():
        narrow(asker, name, places["sibling"])
    for address in WITHOUT_ROWS:
        asker.ask("GET", address)
    missing = {f"{one.method} {one.path}" for one in {*described()} - {*understood()}}
    routes = {route for route, _ in patterns() if route.startswith("api/")}
    report(asker.findings, missing | (routes - asker.findings.routes))


def ask_about_rows(asker: Asker, operation: Operation, places: Organisation) -> None:
    """Read or write a row of each place, and one that is not there."""
    method, model = operation.method, operation.model
    names = ("own", "sibling", "other") if method == "GET" else ("own", "sibling")
    for row_method in (method, "HEAD") if method == "GET" else (method,):
        none = ask_row(asker, row_method, operation, MISSING_ID)
        for name in names:
            row = places[name].rows.get(model)
            if row is None:
                continue
            answer = ask_row(asker, row_method, operation, row.pk)
            if name not in asker.caller.sees and model not in OF_ALL:
                asker.same((answer, none), f"{method} {operation.address(row.pk)}")
            if name == "own" and method in ("PATCH", "DELETE") and "own" in asker.caller.sees:
                expect_right(asker, operation, answer.status)


def ask_row(asker: Asker, method: str, operation: Operation, pk: int) -> Answer:
    """Ask about a row."""
    data = operation.query if method in ("GET", "HEAD") else {}
    return asker.ask(method, operation.address(pk), data, masking=(str(pk),), content_type=JSON)


def expect_right(asker: Asker, operation: Operation, status: int) -> None:
    """Compare who may write with the table of roles."""
    subject = subject_of(operation.model) if operation.model not in OF_ALL else None
    if (status == 403) is asker.caller.may(subject):
        asker.findings.leaks.append(f"{asker.caller.name}: {operation} answers {status}")


def ask_a_list(asker: Asker, operation: Operation, places: Organisation) -> None:
    """Read a list, or add to each place and to none."""
    address = operation.address()
    if operation.method == "GET":
        asker.ask("GET", address, {"limit": "200", "ordering": ordering(operation.name)})
        asker.ask("GET", address, {"limit": "1"})
        asker.ask("GET", address, {"nonsense": "1"})
        asker.ask("OPTIONS", address)
        return
    for place in (places["own"], places["sibling"]):
        body = body_in(place, operation.name)
        named = tuple(str(value) for value in body.values() if isinstance(value, int))
        answers = [
            asker.ask("POST", address, one, masking=(*named, str(MISSING_ID)), content_type=JSON)
            for one in (body, nowhere(body))
        ]
        if place.name not in asker.caller.sees:
            asker.same(answers, f"POST {address} {body}")


def narrow(asker: Asker, name: str, hidden: Place) -> None:
    """Filter a list by what is hidden, and by what is missing: one by one, or all at once."""
    asked = list(questions(name, hidden))
    for group in [[one] for one in asked] if asker.caller.compares else [asked]:
        answers = [
            asker.ask("GET", f"/api/v1/{name}/", query, masking=tuple(query.values()))
            for query in ({q: hid for q, hid, _ in group}, {q: none for q, _, none in group})
        ]
        if hidden.name not in asker.caller.sees:
            asker.same(answers, f"GET {name}?{group}")
