"""Every page and action of the admin, for every caller, about rows of every place."""

from http import HTTPStatus
from typing import Any

import pytest
from django.db.models import Model

from tests.access.matrix.api import OF_ALL
from tests.access.matrix.asking import Answer, Asker
from tests.access.matrix.callers import OF_THE_ADMIN
from tests.access.matrix.conftest import Report
from tests.access.matrix.forging import forge
from tests.access.matrix.governance import (
    MODELS,
    WITHOUT_ROWS,
    actions_of,
    chosen,
    is_shown,
    may_change,
    offers,
    other_pages,
    page,
    questions,
)
from tests.access.matrix.organisation import MISSING_ID
from tests.access.matrix.pages import patterns
from tests.admin.pages import ADMINISTRATORS

SENT = {"confirmed": "yes"}
FOR_SUPERUSERS = {*OF_ALL, *ADMINISTRATORS}
"""Models that nobody else writes."""
WAYS = (("POST", SENT), ("GET", None))
WRITING = range(2)
"""Of the pages of a row those that change and delete it; the first is read with all others."""


@pytest.mark.parametrize("caller", OF_THE_ADMIN, ids=lambda caller: caller.name)
def test_matrix_of_the_admin(asker: Asker, report: Report) -> None:
    caller = asker.caller
    for model in MODELS:
        read_rows(asker, model)
        read_the_list(asker, model)
        is_alone = caller.is_superuser and model in FOR_SUPERUSERS
        if caller.is_staff and (caller.writes or is_alone):
            write_rows(asker, model)
        if caller.forges:
            act(asker, model)
            forge_forms(asker, model)
    for address in WITHOUT_ROWS:
        asker.ask("GET", address)
        if caller.writes:
            asker.ask("POST", address)
    routes = {route for route, _ in patterns() if route.startswith("admin/")}
    missing = routes - asker.findings.routes
    report(asker.findings, missing if caller.writes and caller.is_staff else set())


def read_rows(asker: Asker, model: type[Model]) -> None:
    """Read the page of a row of each place, and of one that is not there."""
    caller = asker.caller
    nowhere = ask_row(asker, "GET", page(model, "change", MISSING_ID), MISSING_ID)
    for name in caller.asks_about:
        if row := asker.row_in(name, model):
            where = page(model, "change", row.pk)
            answer = ask_row(asker, "GET", where, row.pk)
            if asker.hides(name, model) and model not in OF_ALL:
                asker.same((answer, nowhere), f"GET {where}")
            elif is_shown(model, caller):
                asker.expect(answer.is_seen or model in OF_ALL, f"{where} is not shown")


def write_rows(asker: Asker, model: type[Model]) -> None:
    """Ask to add a row, and for the other pages of one of the own place and of a hidden one."""
    caller = asker.caller
    asker.ask("GET", page(model, "add"))
    asker.ask("POST", page(model, "add"))
    for place, nowhere in enumerate(other_pages(model, MISSING_ID)):
        for method, data in WAYS[: place + 1] if place in WRITING else WAYS[1:]:
            none = ask_row(asker, method, nowhere, MISSING_ID, data)
            for name in caller.asks_about[:2]:
                if row := asker.row_in(name, model):
                    where = other_pages(model, row.pk)[place]
                    answer = ask_row(asker, method, where, row.pk, data)
                    if asker.hides(name, model) and model not in OF_ALL:
                        asker.same((answer, none), f"{method} {where}")
                    elif data and place in WRITING and not may_change(model, caller):
                        is_refused = answer.status == HTTPStatus.FORBIDDEN
                        asker.expect(is_refused, f"POST {where} answers {answer.status}")


def ask_row(asker: Asker, method: str, where: str, pk: int, data: Any = None) -> Answer:
    """Ask for a page of a row."""
    return asker.ask(method, where, data, masking=(str(pk),))


def read_the_list(asker: Asker, model: type[Model]) -> None:
    """Read a list, search it, and choose references, each for what is hidden."""
    where, caller = page(model, "changelist"), asker.caller
    answer = asker.ask("GET", where)
    if is_shown(model, caller) and model not in OF_ALL and asker.row_in(caller.place, model):
        asker.expect(answer.is_seen, f"{where} is not shown")
    if not caller.is_staff:
        return
    for asked in asker.in_turn(questions(asker.elsewhere)):
        queries = {name: text for name, text, _ in asked}, {name: none for name, _, none in asked}
        answers = [asker.ask("GET", where, q, masking=tuple(q.values())) for q in queries]
        if asker.hides("sibling"):
            asker.same(answers, f"GET {where}?{asked}")
    if caller.writes:
        for query in offers(model):
            asker.ask("GET", "/admin/autocomplete/", {**query, "term": ""})


def act(asker: Asker, model: type[Model]) -> None:
    """Do the actions of a list with a row of the caller's place, a hidden one, and none."""
    where = page(model, "changelist")
    for action in actions_of(model):
        none = ask_row(asker, "POST", where, MISSING_ID, chosen(action, MISSING_ID, **SENT))
        for name in asker.caller.asks_about[:2]:
            if row := asker.row_in(name, model):
                answer = ask_row(asker, "POST", where, row.pk, chosen(action, row.pk, **SENT))
                if asker.hides(name, model) and model not in OF_ALL:
                    asker.same((answer, none), f"POST {where} {action} {row.pk}")


def forge_forms(asker: Asker, model: type[Model]) -> None:
    """Send forms whose references and parts name what is hidden."""
    asked = [(page(model, "add"), "")]
    if row := asker.row_in(asker.caller.place, model):
        asked.append((page(model, "change", row.pk), str(row.pk)))
    forge(asker, asked, asker.elsewhere)
