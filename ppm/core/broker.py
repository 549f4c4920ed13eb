"""The broker itself, for what is no message. Whatever is kept there may be lost."""

from __future__ import annotations

from functools import cache

from celery import current_app
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE = 0.4
"""Seconds until a broker that does not answer is given up."""


def broker() -> Redis:
    """Return a client; it connects when it is used, and again after an outage."""
    return _client(current_app.conf.broker_url)


@cache
def _client(address: str) -> Redis:
    return Redis.from_url(
        address,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


def is_reachable() -> bool:
    """Tell whether the broker answers."""
    try:
        return bool(broker().ping())
    except RedisError:
        return False
