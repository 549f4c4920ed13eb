"""A broker that hangs or is gone costs a request half a second at most."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from kombu import Consumer, Message, Queue
from kombu.exceptions import OperationalError

from ops.processes import Service, Supervisor
from ops.services import new_password, passing_home, runtime_folder, start_valkey

BUDGET = 0.5
DELAYS = 0.5
"""What a busy machine may add, in seconds; without settings of ours a hung broker costs 120."""


@pytest.fixture
def broker() -> Iterator[tuple[Service, Celery]]:
    """Start a Valkey of the test's own, with an application that publishes as ours does."""
    with runtime_folder() as runtime, Supervisor() as supervisor:
        address = start_valkey(supervisor, passing_home(runtime), password=new_password())
        app = Celery("probe", set_as_current=False)
        app.config_from_object("django.conf:settings", namespace="CELERY")
        app.conf["broker_url"] = address
        yield supervisor.services[0], app


def test_a_broker_that_hangs_is_given_up(broker: tuple[Service, Celery]) -> None:
    service, app = broker
    app.send_task("portfolios.tasks.sweep")
    assert service.process is not None
    os.kill(service.process.pid, signal.SIGSTOP)
    start = time.monotonic()

    with pytest.raises(OperationalError):
        app.send_task("portfolios.tasks.sweep")

    assert time.monotonic() - start < BUDGET + DELAYS
    os.kill(service.process.pid, signal.SIGCONT)


def test_a_broker_that_is_gone_is_given_up(broker: tuple[Service, Celery]) -> None:
    service, app = broker
    service.ask_to_end()
    service.wait_for_end()
    start = time.monotonic()

    with pytest.raises(OperationalError):
        app.send_task("portfolios.tasks.sweep")

    assert time.monotonic() - start < BUDGET + DELAYS


def test_a_connection_that_was_given_up_amid_a_task_can_be_closed(
    broker: tuple[Service, Celery],
) -> None:
    _, app = broker
    app.send_task("portfolios.tasks.sweep")
    connection = app.connection_for_read()
    held: list[Message] = []
    consumer = Consumer(connection, [Queue("rollup")], on_message=held.append)
    consumer.consume()
    connection.drain_events(timeout=2)
    # So a worker leaves it that lost the broker amid a task, when it closes for the second time.
    connection.transport.client = None

    # This bears a lost connection; any other error ends the worker.
    connection.maybe_close_channel(connection.default_channel)

    assert len(held) == 1


def test_a_broker_that_is_back_is_used_again(broker: tuple[Service, Celery]) -> None:
    service, app = broker
    app.send_task("portfolios.tasks.sweep")
    service.ask_to_end()
    service.wait_for_end()
    with pytest.raises(OperationalError):
        app.send_task("portfolios.tasks.sweep")

    service.start()

    for _ in range(100):
        try:
            app.send_task("portfolios.tasks.sweep")
        except OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the broker is back and not used")
