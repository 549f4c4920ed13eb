"""/metrics: who reads it, and that it says what happened, by any process."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from shutil import rmtree
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from ops.processes import ROOT
from portfolios.rollup import drain
from ppm.core.broker import broker
from ppm.core.condition import LIMITS
from ppm.core.models import ApiToken, DirtyMark, Heart, Heartbeat, Job
from ppm.core.tally import KEY
from ppm.metrics import MEASURES
from tests.conftest import wait_until
from tests.factories import make_cost, make_portfolio, make_project, make_user
from tests.watching.conftest import TOKEN, Web

pytestmark = pytest.mark.django_db

Labels = tuple[tuple[str, str], ...]
Samples = dict[tuple[str, Labels], float]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def with_token() -> Any:
    """Let there be a token."""
    with override_settings(METRICS_TOKEN=TOKEN):
        yield


def scrape() -> Samples:
    """Read the metrics of this process."""
    answer = Client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return samples(answer.content.decode())


def samples(text: str) -> Samples:
    """Parse them."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    """Return one sample; 0 where nothing was counted."""
    return found.get((name, tuple(sorted(labels.items()))), 0)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}]
)
def test_without_the_token_there_is_nothing_here(headers: dict[str, str]) -> None:
    answer = Client().get("/metrics", headers=headers)
    assert answer.status_code == 404
    assert answer.content == Client().get("/nowhere", headers=headers).content


@override_settings(METRICS_TOKEN="")
def test_where_no_token_is_set_no_token_helps() -> None:
    for sent in ("", "Bearer ", "Bearer"):
        assert Client().get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_it_says_the_same_as_readyz(well: None) -> None:
    DirtyMark.objects.create(component_id=1)
    Heartbeat.objects.filter(pk=Heart.AUDIT).update(beaten_at=LONG_AGO)
    readiness, found = Client().get("/readyz").json(), scrape()
    for name in LIMITS:
        assert value(found, f"ppm_{name}") == pytest.approx(readiness[name], abs=20)
        is_problem = name in readiness["problems"]
        assert found["ppm_problem", (("measure", name),)] == is_problem
    assert readiness["problems"] == ["audit_seconds"]
    assert value(found, "ppm_rollup_marks") == 1


def test_every_measure_has_a_meaning() -> None:
    assert MEASURES.keys() == LIMITS.keys()


def test_prometheus_may_ask_for_its_newer_format(well: None) -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = Client().get("/metrics", headers={**BEARER, **accept})
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert "ppm_rollup_lag_seconds" in {f.name for f in openmetrics(answer.content.decode())}


def test_answers_are_counted_by_view_method_and_status(client: Client) -> None:
    before = scrape()
    client.get("/livez")
    client.get("/nowhere/4711/")
    client.get("/nowhere/4712/")
    client.generic("BREW", "/livez")
    after = scrape()

    def more(**labels: str) -> float:
        name = "ppm_http_requests_total"
        return value(after, name, **labels) - value(before, name, **labels)

    assert more(view="livez", method="GET", status="200") == 1
    assert more(view="livez", method="other", status="405") == 1
    assert more(view="", method="GET", status="404") == 2
    count = "ppm_http_request_seconds_count"
    assert value(after, count, view="livez", method="GET") >= 1


def test_a_lost_nudge_is_counted_and_fails_nobody(web_without_broker: Web) -> None:
    web, project = web_without_broker, make_project()
    token = ApiToken.issue(make_user(superuser=True), scopes=["write"])
    entry = {"component": project.pk, "date": "2026-01-01", "amount": "5"}
    answer = web.post(
        "/api/v1/costs/",
        {**entry, "kind": "actual", "expense": "opex"},
        {"Authorization": f"Bearer {token}"},
    )
    assert answer.status == 201, answer.text
    found = samples(web.get("/metrics", BEARER).text)
    assert value(found, "ppm_nudges_lost_total") == 1
    assert value(found, "ppm_broker_down") == 1


def test_a_lost_folder_of_counts_fails_nobody(web: Web) -> None:
    [folder] = web.counts()
    rmtree(folder)
    for _ in range(10):
        assert web.get("/readyz").status == 200


def test_roll_ups_are_counted_once_they_are_committed(transactional_db: None) -> None:
    broker().delete(KEY)
    for _ in range(2):
        project = make_project(make_portfolio(status_date=date(2026, 1, 20)))
        make_cost(project, 5, date(2026, 1, 1))
    drain(now=timezone.now())
    found = scrape()
    assert value(found, "ppm_rollup_seconds_count") == 2
    assert value(found, "ppm_rollup_seconds_bucket", le="+Inf") == 2
    assert value(found, "ppm_rollup_components_total") == 4
    assert value(found, "ppm_rollup_snapshots_total") == 4
    assert 0 < value(found, "ppm_rollup_seconds_sum") < 20


def test_jobs_are_counted_by_kind_and_state() -> None:
    owner = make_user()
    for _ in range(2):
        Job.objects.create(owner=owner, kind="import", title="a.csv", state="failed")
    found = scrape()
    assert value(found, "ppm_jobs", kind="import", state="failed") == 2
    assert found["ppm_jobs", (("kind", "import"), ("state", "done"))] == 0


def test_without_the_broker_the_rest_is_shown(no_broker: None) -> None:
    found = scrape()
    assert value(found, "ppm_broker_down") == 1
    assert not any(name.startswith("ppm_rollup_seconds") for name, _ in found)


def test_processes_of_one_web_server_count_together(web: Web) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(web.get, 40 * ["/livez"]))

    def answered() -> int:
        lines = [json.loads(line) for line in web.log.read_text().splitlines()]
        return len([line for line in lines if line.get("view") == "livez"])

    def counted() -> set[float]:
        asked = [samples(web.get("/metrics", BEARER).text) for _ in range(6)]
        labels = {"view": "livez", "method": "GET", "status": "200"}
        return {value(found, "ppm_http_requests_total", **labels) for found in asked}

    # Whoever waited for the server to start may have given up on an answer that comes late.
    wait_until(lambda: counted() == {answered()}, seconds=20, what="the same count everywhere")
    assert answered() > 40


def test_alarms_and_tables_of_the_manual_name_only_what_there_is(web: Web) -> None:
    manual = (ROOT / "docs/operations.md").read_text()
    named = set(re.findall(r"\bppm_\w*[a-z]\b", manual))
    families = {
        family.name for family in text_string_to_metric_families(web.get("/metrics", BEARER).text)
    }
    assert {re.sub("_(total|bucket)$", "", name) for name in named - {"ppm_"}} <= families
    alarms = "|".join(re.findall(r'measure=~"([^"]+)"', manual))
    assert set(alarms.split("|")) == set(LIMITS)
