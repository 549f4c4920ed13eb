"""The secret of a webhook stands nowhere but in the answer that made it."""

import io
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from ppm.core.models import Role, Webhook
from tests.api.conftest import client_of
from tests.factories import give_role, make_project, make_user
from tests.webhooks.conftest import Receiver, deliver_at, status

pytestmark = pytest.mark.django_db


def whole_database() -> str:
    """Read every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} AS t")  # noqa: S608
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_neither_rows_nor_the_trail_nor_kept_answers_nor_logs_have_it(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.WEBHOOK_HTTP, settings.WEBHOOK_NETWORKS = True, ["127.0.0.1/32"]
    caplog.set_level(logging.DEBUG)
    project, user = make_project(), make_user()
    give_role(user, project, Role.PORTFOLIO_MANAGER)
    client, address = client_of(user), f"{receiver.url}?key=hidden-in-the-address"
    body = {"component": project.pk, "url": address, "events": ["health.changed"]}
    key = {"Idempotency-Key": "one"}
    first = client.post("/api/v1/webhooks/", body, headers=key).json()
    assert client.post("/api/v1/webhooks/", body, headers=key).json() == first
    where = f"/api/v1/webhooks/{first['id']}/"
    second = client.post(f"{where}rotate-secret/", {}).json()
    client.post(f"{where}test/", {})
    receiver.plan = [status(500)]
    deliver_at(timezone.now() + timedelta(seconds=1))
    assert len(receiver.got) == 1
    assert (client.get(where).json()["secret"], client.get(where).json()["url"]) == (None, address)
    stored, told = whole_database(), caplog.text
    for secret in (first["secret"], second["secret"]):
        assert secret.startswith("whsec_")
        assert secret.removeprefix("whsec_") not in stored
        assert secret.removeprefix("whsec_") not in told
    assert "hidden-in-the-address" not in told
    assert stored.count("hidden-in-the-address") == 1


def test_a_person_is_told_no_secret_and_erased_with_the_webhooks() -> None:
    project, user = make_project(), make_user("leaving")
    give_role(user, project, Role.PORTFOLIO_MANAGER)
    body = {"component": project.pk, "url": "https://hooks.example.org/?key=k1k2", "events": []}
    body["events"] = ["health.changed"]
    secret = client_of(user).post("/api/v1/webhooks/", body).json()["secret"]
    output = io.StringIO()
    call_command("export_person", "leaving", stdout=output)
    assert "core.Webhook.owner" in output.getvalue()
    assert secret not in output.getvalue()
    call_command("erase_person", "leaving", stdout=io.StringIO())
    assert not Webhook.objects.exists()
