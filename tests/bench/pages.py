"""How long pages and the API take to answer over HTTP, and how many queries they make."""

import http.client
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolios import rollup
from ppm.core.models import Component, Role, RoleAssignment, User
from tests.bench._organisation import A_PROJECT, NOW, SIZES, organisation, settle_tables
from tests.bench._timing import milliseconds, note_spread
from tests.proofs.result import Result
from tests.proofs.stack import Stack

PAGES = {
    "home": "/",
    "portfolio_list": "/portfolios/",
    "root_portfolio": "/portfolios/ROOT-1/",
    "portfolio": "/portfolios/PORTFOLIO-1/",
    "program_list": "/programs/",
    "program": "/programs/PROGRAM-1/",
    "project_list": "/projects/",
    "late_page_of_project_list": "/projects/?page=20",
    "project": f"/projects/{A_PROJECT}/",
    "api_components": "/api/v1/components/?limit=50",
    "api_red_projects": "/api/v1/components/?kind=project&health=red&limit=50",
    "api_projects": "/api/v1/projects/?limit=50",
}
VISITS, MOST_QUERIES, MOST_MS = 40, 20, 200


def prove(stack: Stack) -> Result:
    """Visit each page as somebody who sees everything, at each size."""
    result = Result()
    middles = {}
    for projects in SIZES:
        with organisation(stack, projects):
            rollup.drain(now=NOW)
            settle_tables()
            middles[projects] = _visit_all(stack, result, projects)
    for page in PAGES:
        growth = middles[SIZES[-1]][page] / middles[SIZES[0]][page]
        result.note(f"{page}_growth_{SIZES[0]}_to_{SIZES[-1]}", growth)
    return result


def _visit_all(stack: Stack, result: Result, projects: int) -> dict[str, float]:
    """Measure all pages; return the middle of each."""
    browser = logged_in_as_manager()
    web, address = stack.start_web()
    middles = {}
    for page, path in PAGES.items():
        visit = Visit(address, browser, path)
        name = f"{page}_at_{projects}"
        taken = milliseconds(visit, times=VISITS)
        middles[page] = note_spread(result, name, taken, most=MOST_MS)
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(path, headers={"host": "127.0.0.1"})
        assert answer.status_code == 200, (path, answer.status_code)
        result.note(f"{name}_queries", len(queries), most=MOST_QUERIES)
    stack.stop(web)
    return middles


def logged_in_as_manager() -> Client:
    """Log somebody in who manages the whole tree."""
    manager = User.objects.create_user(username="manager", email="manager@example.com")
    root = Component.objects.get(parent=None)
    RoleAssignment.objects.create(user=manager, component=root, role=Role.PORTFOLIO_MANAGER)
    browser = Client()
    browser.force_login(manager)
    return browser


class Visit:
    """A request over HTTP on a connection of its own that stays open."""

    def __init__(self, address: str, browser: Client, path: str) -> None:
        self.line = http.client.HTTPConnection(urlsplit(address).netloc)
        self.path = path
        self.headers = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}

    def __call__(self) -> None:
        self.line.request("GET", self.path, headers=self.headers)
        answer = self.line.getresponse()
        content = answer.read()
        assert answer.status == 200, (self.path, answer.status, content[:300])
