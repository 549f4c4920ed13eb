"""Sending one message: one connection, to an address that was judged, for a limited time.

Redirects are not followed and no proxy of the environment is used: both would go where nobody
has looked.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer
from time import monotonic

from ppm.core.webhooks.destination import (
    Destination,
    Network,
    RefusedDestinationError,
    Resolve,
    addresses_of,
    destination,
    resolve,
)

logger = logging.getLogger(__name__)

CONNECTING = 5.0
"""Seconds for each address that a host has."""
WHOLE = 20.0
"""Seconds for all of it: connecting, sending, and the answer."""
ANSWER = 2048
"""Bytes of an answer that are read and kept."""


@dataclass(frozen=True)
class Limits:
    """How long one may take, in seconds."""

    connecting: float = CONNECTING
    whole: float = WHOLE


@dataclass(frozen=True)
class Rules:
    """Where an installation lets webhooks go, and how names are resolved."""

    allows_http: bool = False
    allowed: tuple[Network, ...] = ()
    resolve: Resolve = resolve
    limits: Limits = Limits()


@dataclass(frozen=True)
class Answer:
    """What came of an attempt: a status and the first bytes, or why there is none."""

    status: int | None
    text: str
    milliseconds: int
    trouble: str = ""

    @property
    def is_accepted(self) -> bool:
        """Tell whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str], *, rules: Rules) -> Answer:
    """Send a message, and tell what came of it; never raises."""
    since = monotonic()

    def ended(status: int | None = None, text: str = "", trouble: str = "") -> Answer:
        return Answer(status, text, round((monotonic() - since) * 1000), trouble)

    try:
        place = destination(url, allows_http=rules.allows_http)
        addresses = addresses_of(place, allowed=rules.allowed, resolve=rules.resolve)
        with _connected(place, addresses, rules.limits) as connection:
            _send(connection, place, body, headers)
            return ended(*_answer(connection, deadline=since + rules.limits.whole))
    except RefusedDestinationError as error:
        return ended(trouble=str(error))
    except (OSError, ValueError, HTTPException) as error:
        if monotonic() - since >= rules.limits.whole:
            return ended(trouble=f"No answer within {rules.limits.whole:g} seconds.")
        return ended(trouble=_in_words(error))
    except Exception:
        logger.exception("a webhook could not be sent")
        return ended(trouble="Something went wrong on our side.")


@contextmanager
def _connected(
    place: Destination, addresses: Iterable[str], limits: Limits
) -> Iterator[HTTPConnection]:
    """Connect to the first address that answers; when time is up, everything ends."""
    plain = _socket_to(addresses, place.port, limits)
    # By a second handle: what blocks in the first one, be it TLS or not, then ends at once.
    handle = plain.dup()
    clock = Timer(limits.whole, _hang_up, [handle])
    clock.daemon = True
    clock.start()
    connection = HTTPConnection(place.host, place.port)
    try:
        plain.settimeout(limits.whole)
        connection.sock = _secured(plain, place) if place.is_secure else plain
        yield connection
    finally:
        clock.cancel()
        connection.close()
        plain.close()
        handle.close()


def _hang_up(handle: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        handle.shutdown(socket.SHUT_RDWR)


def _socket_to(addresses: Iterable[str], port: int, limits: Limits) -> socket.socket:
    failure: OSError = TimeoutError()
    for address in list(addresses)[:3]:
        try:
            return socket.create_connection((address, port), timeout=limits.connecting)
        except OSError as error:
            failure = error
    raise failure


def _secured(plain: socket.socket, place: Destination) -> socket.socket:
    return _trust().wrap_socket(plain, server_hostname=place.host)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _send(
    connection: HTTPConnection, place: Destination, body: bytes, headers: Mapping[str, str]
) -> None:
    own = {"Host": place.authority, "Connection": "close", "Accept-Encoding": "identity"}
    connection.putrequest("POST", place.target, skip_host=True, skip_accept_encoding=True)
    for name, value in {**own, **headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body)


def _answer(connection: HTTPConnection, *, deadline: float) -> tuple[int, str]:
    """Read the status and the beginning of the answer."""
    with connection.getresponse() as response:
        if monotonic() >= deadline:  # headers that were cut off look like headers that ended
            raise TimeoutError
        return response.status, _beginning(response)


def _beginning(response: HTTPResponse) -> str:
    """Read the first bytes; the status counts, whatever becomes of the rest."""
    found = b""
    with suppress(OSError, ValueError, HTTPException):
        while len(found) < ANSWER and (more := response.read1(ANSWER - len(found))):
            found += more
    return found.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _in_words(error: Exception) -> str:
    """Say what went wrong, without anything that the other side has said."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate is not valid: {error.verify_message}."
    if isinstance(error, ssl.SSLError):
        return "No secure connection came about."
    if isinstance(error, TimeoutError):
        return f"No connection within {CONNECTING:.0f} seconds."
    if isinstance(error, ConnectionRefusedError):
        return "The connection was refused."
    if isinstance(error, OSError):
        return "The connection broke, or none came about."
    return "The answer was no answer of a web server."
