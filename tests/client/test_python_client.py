"""A program that knows the API only by the client generated from its description."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from ops.processes import Command
from ppm.core.api.schema import made_once
from ppm.core.models import ApiToken
from tests.conftest import wait_until
from tests.factories import make_user

NAME = "ppm_client"
GENERATOR = Path(sys.executable).with_name("openapi-python-client")
BEGIN, END, TODAY = date(2026, 1, 5), date(2026, 1, 30), date(2026, 1, 16)

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Generate the client as `docs/api.md` says, and let it be imported; return what it said."""
    folder = tmp_path_factory.mktemp("client")
    description = folder / "openapi.json"
    description.write_text(json.dumps(made_once(), default=str))
    settings = folder / "settings.yml"
    settings.write_text("post_hooks: []\n")  # they would only lay the code out
    command: Command = [GENERATOR, "generate", "--path", description, "--config", settings]
    output: Command = ["--meta", "none", "--output-path", folder / NAME]
    done = subprocess.run(  # noqa: S603
        [*command, *output], check=True, capture_output=True, text=True
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield done.stdout + done.stderr


@pytest.fixture
def call(generated: str, live_server: LiveServer) -> Iterator[Call]:
    """Return what calls an operation as an administrator, and returns what it answers."""
    token = ApiToken.issue(make_user(superuser=True), scopes=["read", "write"])
    client = import_module(NAME).AuthenticatedClient(base_url=live_server.url, token=token)

    def called(operation: str, expected: int = HTTPStatus.OK, **arguments: Any) -> Any:
        module = import_module(f"{NAME}.api.{operation}")
        answer = module.sync_detailed(client=client, **arguments)
        assert answer.status_code == expected, answer.content
        return answer.parsed

    with client:
        yield called


def test_the_generator_leaves_nothing_out(generated: str) -> None:
    assert "Warning" not in generated
    assert "Unable" not in generated


@pytest.mark.slow
def test_from_nothing_to_the_figure_of_a_portfolio(call: Call, worker: Path) -> None:
    models = import_module(f"{NAME}.models")

    def added(operation: str, body: Any) -> Any:
        return call(operation, HTTPStatus.CREATED, body=body)

    portfolio = added(
        "the_tree_and_its_figures.portfolios_create",
        models.PortfolioRequest(
            code="CITY",
            name="The city",
            state=models.State.ACTIVE,
            currency="EUR",
            time_zone="Europe/Vienna",
            status_date=TODAY,
        ),
    )
    project = added(
        "the_tree_and_its_figures.projects_create",
        models.ProjectRequest(
            code="RIVER", name="Clean river", state=models.State.EXECUTING, parent=portfolio.id
        ),
    )
    task = added(
        "work.tasks_create",
        models.TaskRequest(
            project=project.id,
            wbs="1",
            name="Dredge",
            start_date=BEGIN,
            finish_date=END,
            budget="1000",
            earning_method=models.EarningMethod.PHYSICAL_PERCENT,
        ),
    )
    added("work.baselines_create", models.BaselineRequest(project=project.id, name="Approved"))
    added("work.progress_create", models.ProgressRequest(task=task.id, date=TODAY, percent="60"))

    def is_earned() -> bool:
        component = call("the_tree_and_its_figures.components_retrieve", id=portfolio.id)
        return component.snapshot is not None and component.snapshot.ev == "600.0000"

    wait_until(is_earned, seconds=30, what="the portfolio has earned 600")
    [listed] = call("work.tasks_list", project=project.id).results
    assert (listed.name, listed.finish_date, listed.budget) == ("Dredge", END, "1000.0000")


@pytest.mark.slow
def test_a_refusal_is_a_problem(call: Call) -> None:
    models = import_module(f"{NAME}.models")
    body = models.CostEntryRequest(component=1, date=TODAY, amount="5")
    problem = call("costs_and_reports.costs_create", HTTPStatus.BAD_REQUEST, body=body)
    assert isinstance(problem, models.Problem)
    assert problem.errors[0].detail == "There is no such component."
