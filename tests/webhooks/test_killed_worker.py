"""A worker that is killed: its message comes again, under the same id, by the next one."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import connection
from django.utils import timezone

from ops.processes import ROOT, dying_with_parent
from ppm.core.models import Component, State
from ppm.core.webhooks.delivering import CLAIMED
from tests.factories import make_project, make_webhook
from tests.webhooks.conftest import Receiver, deliver_at

WORK = "from ppm.core.tasks import deliver_webhooks; deliver_webhooks()"


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_sent_is_sent_again_and_what_follows_after_it(
    receiver: Receiver,
) -> None:
    project = make_project()
    webhook = make_webhook(project, url=receiver.url)
    for state in (State.ON_HOLD, State.CLOSING):
        Component.objects.filter(pk=project.pk).update(state=state)
    worker = started()

    def kill(_: BaseHTTPRequestHandler) -> None:
        """Kill the worker when it has sent, and before it can note an answer."""
        os.kill(worker.pid, signal.SIGKILL)

    receiver.plan = [kill]
    assert worker.wait(120) == -signal.SIGKILL
    assert [d.tries for d in webhook.deliveries.waiting()] == [0, 0]
    assert deliver_at(timezone.now()) == 0
    assert deliver_at(timezone.now() + CLAIMED + timedelta(seconds=1)) == 2
    told = [json.loads(body)["data"]["after"] for _, body in receiver.got]
    assert told == [State.ON_HOLD, State.ON_HOLD, State.CLOSING]
    assert receiver.ids[0] == receiver.ids[1]
    assert not webhook.deliveries.waiting().exists()


def started() -> subprocess.Popen[bytes]:
    """Start a worker's task in a process of its own, on the test database."""
    database = f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{connection.settings_dict['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "PPM_WEBHOOK_HTTP": "on",
        "PPM_WEBHOOK_NETWORKS": "127.0.0.1/32",
    }
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", WORK],
        cwd=ROOT,
        env=environment,
        preexec_fn=dying_with_parent(),
    )
