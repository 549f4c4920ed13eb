"""The Celery application. Its settings are the `CELERY_` part of `ppm.settings`."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, task_prerun
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ppm.settings")

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
