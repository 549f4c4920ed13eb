"""Redis or Valkey as Celery's broker, and what a worker needs to survive its loss.

When a worker loses the broker amid a task, Celery 5.7 closes the connection twice. The second time
the channel wants to give the task's message back over a connection that knows no address any more,
and the worker ends with an `AttributeError`. Said as what it is, a lost connection, it is borne:
the worker connects again, and the message comes back after the visibility time-out.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as ConnectionLostError


class Channel(redis.Channel):
    """A channel that knows when its connection has been given up."""

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise ConnectionLostError("The connection of this channel has been given up.")
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc]
        return parameters


class Transport(redis.Transport):
    """The way to the broker; the setting `CELERY_BROKER_TRANSPORT` names this class."""

    Channel = Channel
