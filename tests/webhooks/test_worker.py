"""From a request to the receiver's door, by the real worker."""

from pathlib import Path

import pytest

from ppm.core.models import Role
from ppm.core.webhooks.destination import INSIDE
from tests.api.conftest import client_of
from tests.conftest import wait_until
from tests.factories import give_role, make_project, make_user, make_webhook
from tests.webhooks.conftest import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_takes_what_a_request_did_and_keeps_out_of_this_machine(
    worker: Path, receiver: Receiver
) -> None:
    """The worker of tests may reach one address of this machine: others are judged, and noted."""
    project, manager = make_project(), make_user()
    give_role(manager, project, Role.PORTFOLIO_MANAGER)
    webhook = make_webhook(project, manager, url=f"https://127.0.0.2:{receiver.port}/")
    body = {"component": project.pk, "after": "on_hold", "rationale": "The ground is frozen now."}
    assert client_of(manager).post("/api/v1/decisions/", body).status_code == 201
    told = webhook.deliveries.filter(kind="project.state_changed")
    wait_until(lambda: told.get().attempts != [], seconds=20, what=worker)
    assert told.get().attempts[0]["trouble"] == INSIDE
    assert receiver.got == []
