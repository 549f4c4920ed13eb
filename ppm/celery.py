"""The Celery application. Its settings are the `CELERY_` part of `ppm.settings`."""

import logging
import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import (
    before_task_publish,
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
)
from django.conf import settings
from django.db import close_old_connections

from ppm.core import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppm.settings")

REQUEST_HEADER = "ppm_request_id"
"""Of a message: the request that asked for the task."""

app = Celery("ppm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def wait_patiently(*, conf: Any, **_: object) -> None:
    """Let a worker wait 30 s for the broker, where a web request gives up within 0.5 s."""
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": 30}


@task_prerun.connect
def renew_connections(**_: object) -> None:
    """Give up a database connection that is old or has failed; the task then opens another."""
    close_old_connections()


@setup_logging.connect
def log_as_the_web_server_does(**_: object) -> None:
    """Take the setting `LOGGING`; that somebody takes care of it keeps Celery's own form away."""
    dictConfig(settings.LOGGING)
    logging.captureWarnings(capture=True)


@before_task_publish.connect
def pass_request_id_on(*, headers: dict[str, Any], **_: object) -> None:
    """Send the id of the request along with what it asks for."""
    if request_id := logs.current_request_id():
        headers[REQUEST_HEADER] = request_id


@task_prerun.connect
def begin_lines_of_task(*, task_id: str, task: Any, **_: object) -> None:
    """Have the task's log lines name the request."""
    logs.within_task(task.name, task_id, getattr(task.request, REQUEST_HEADER, None))


@task_postrun.connect
def end_lines_of_task(**_: object) -> None:
    """Forget the request."""
    logs.after_task()
