"""The list of portfolios and what narrows it."""

import pytest
from django.test import Client

from ppm.core.models import State
from tests.factories import make_portfolio
from tests.pages.conftest import Organisation
from tests.pages.reading import Page


def codes(client: Client, query: str = "") -> list[str]:
    """Open the list and return the codes in its rows."""
    response = client.get(f"/portfolios/{query}")
    assert response.status_code == 200
    rows = [r for r in Page(response.content).tables.get("Portfolios", []) if r.section == "tbody"]
    return [row.cells[0].split(" · ")[1] for row in rows]


def test_portfolios_are_filtered(owner: Client, organisation: Organisation) -> None:
    below = make_portfolio(organisation.portfolio, "SUB", name="Cloud", state=State.ARCHIVED)
    make_portfolio(below, "DEEP", name="Cloud cost", manager=organisation.owner)
    chosen = {
        "sort=code": ["DEEP", "HOME", "SUB"],
        "name=cloud&sort=code": ["DEEP", "SUB"],
        "state=archived": ["SUB"],
        f"below={organisation.portfolio.pk}&sort=code": ["DEEP", "SUB"],
        f"below={below.pk}": ["DEEP"],
        f"manager={organisation.owner.pk}": ["DEEP"],
        "name=none": [],
    }
    for query, found in chosen.items():
        assert codes(owner, f"?{query}") == found, query
    text = Page(owner.get("/portfolios/?name=none").content).text
    assert "There is no such portfolio that you can see." in text


def test_only_what_one_sees_is_offered_and_found(
    outsider: Client, organisation: Organisation
) -> None:
    assert codes(outsider) == ["OTHER"]
    assert codes(outsider, f"?below={organisation.portfolio.pk}") == []
    assert b"Digital services" not in outsider.get("/portfolios/").content


@pytest.mark.parametrize("query", ["?below=x", "?health=no"])
def test_a_filter_that_cannot_be_read_says_so(owner: Client, query: str) -> None:
    assert codes(owner, query) == []
    page = Page(owner.get(f"/portfolios/{query}").content)
    assert "Enter a whole number." in page.text or "Select a valid choice." in page.text
    assert codes(owner, page.links["Clear"].removeprefix("/portfolios/")) == ["HOME"]


def test_a_new_filter_keeps_the_order(owner: Client) -> None:
    content = owner.get("/portfolios/?sort=name&search=digi").content
    assert b'<input type="hidden" name="sort" value="name">' in content
    assert b'value="digi"' in content
