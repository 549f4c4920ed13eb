"""The table of roles, in the documentation and on the governance site, is the rule itself."""

import pytest
from django.test import Client

from ops.processes import ROOT
from ppm.core.governance.roles import as_markdown, role_matrix
from ppm.core.models import CHANGES, Role, Subject
from tests.factories import make_user


def test_the_documentation_has_the_table() -> None:
    assert as_markdown() in (ROOT / "docs/access.md").read_text()


def test_the_table_says_what_each_role_changes() -> None:
    lines = {line.what: line for line in role_matrix()}
    for subject in Subject:
        line = lines[f"Change {subject.label.lower()}"]
        expected = [subject in CHANGES[role] for role in Role]
        assert line.marks == expected, subject
        assert line.rows, subject


@pytest.mark.django_db
def test_the_staff_reads_it_on_the_governance_site() -> None:
    client = Client()
    client.force_login(make_user(is_staff=True))
    page = client.get("/admin/roles/").content.decode()
    for role in Role:
        assert f'<th scope="col">{role.label}</th>' in page
    marks = [mark for line in role_matrix() for mark in line.marks]
    assert page.count("<td>Yes</td>") == sum(marks)
    assert '<a href="/admin/roles/">' in client.get("/admin/").content.decode()


@pytest.mark.django_db
def test_others_do_not_enter() -> None:
    client = Client()
    client.force_login(make_user())
    assert client.get("/admin/roles/").status_code == 302
