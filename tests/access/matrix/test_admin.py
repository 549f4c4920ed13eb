"""Every page and action of the admin, for every caller, about rows of every place."""

from typing import Any

import pytest
from django.db.models import Model

from tests.access.matrix.api import OF_ALL
from tests.access.matrix.asking import Answer, Asker
from tests.access.matrix.callers import CALLERS, Caller
from tests.access.matrix.conftest import Report
from tests.access.matrix.forging import forge
from tests.access.matrix.governance import (
    MODELS,
    WITHOUT_ROWS,
    actions_of,
    chosen,
    offers,
    page,
    pages_of_rows,
    questions,
)
from tests.access.matrix.organisation import MISSING_ID, Organisation, Place
from tests.access.matrix.pages import patterns


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_matrix_of_the_admin(caller: Caller, places: Organisation, report: Report) -> None:
    asker = Asker(caller, caller.enter(places))
    for model in MODELS:
        ask_about_rows(asker, model, places)
        ask_the_list(asker, model, places["sibling"])
        if caller.forges:
            forge_forms(asker, model, places)
    for address in WITHOUT_ROWS:
        asker.ask("GET", address)
        asker.ask("POST", address)
    routes = {route for route, _ in patterns() if route.startswith("admin/")}
    report(asker.findings, routes - asker.findings.routes)


def ask_about_rows(asker: Asker, model: type[Model], places: Organisation) -> None:
    """Ask for the pages of a row of each place, and of one that is not there."""
    is_curious = asker.caller.compares or asker.caller.forges
    for place, nowhere in enumerate(pages_of_rows(model, MISSING_ID)):
        for method, data in (("GET", None), ("POST", {"confirmed": "yes"})):
            none = ask_row(asker, method, nowhere, MISSING_ID, data)
            for name in ("own", "sibling") if is_curious else ("sibling",):
                row = places[name].rows.get(model)
                if row is None:
                    continue
                where = pages_of_rows(model, row.pk)[place]
                answer = ask_row(asker, method, where, row.pk, data)
                if name not in asker.caller.sees and model not in OF_ALL:
                    asker.same((answer, none), f"{method} {where}")


def ask_row(asker: Asker, method: str, where: str, pk: int, data: Any) -> Answer:
    """Ask for a page of a row."""
    return asker.ask(method, where, data, masking=(str(pk),))


def ask_the_list(asker: Asker, model: type[Model], hidden: Place) -> None:
    """Search a list, do its actions, and choose references, each for what is hidden."""
    where, is_hidden = page(model, "changelist"), hidden.name not in asker.caller.sees
    for address in (where, page(model, "add")):
        asker.ask("GET", address)
    asker.ask("POST", page(model, "add"))
    for name, *texts in questions(hidden) if asker.caller.compares else ():
        answers = [asker.ask("GET", where, {name: text}, masking=(text,)) for text in texts]
        if is_hidden:
            asker.same(answers, f"GET {where}?{name}={texts[0]}")
    for query in offers(model):
        asker.ask("GET", "/admin/autocomplete/", {**query, "term": ""})
    row = hidden.rows.get(model)
    if row is None or model in OF_ALL:
        return
    for action in actions_of(model):
        answers = [
            ask_row(asker, "POST", where, pk, chosen(action, pk, confirmed="yes"))
            for pk in (row.pk, MISSING_ID)
        ]
        if is_hidden:
            asker.same(answers, f"POST {where} {action} {row.pk}")


def forge_forms(asker: Asker, model: type[Model], places: Organisation) -> None:
    """Send forms whose references and parts name what is hidden."""
    asked = [(page(model, "add"), "")]
    row = places["own"].rows.get(model)
    if row is not None and "own" in asker.caller.sees:
        asked.append((page(model, "change", row.pk), str(row.pk)))
    forge(asker, asked, places["sibling"])
