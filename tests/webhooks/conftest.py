"""Receivers: real servers on this machine, which do what a test tells them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest

from ppm.core.webhooks.delivering import deliver
from ppm.core.webhooks.sending import Limits, Rules

Answering = Callable[[BaseHTTPRequestHandler], None]

HERE = Rules(allows_http=True, allowed=(ip_network("127.0.0.1/32"),))
"""Rules that let a webhook reach the receivers of tests."""
HASTY = Rules(allows_http=True, allowed=HERE.allowed, limits=Limits(connecting=0.3, whole=0.6))


def status(code: int, body: bytes = b"", **headers: str) -> Answering:
    """Answer with a status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@dataclass
class Receiver:
    """A receiver: what it got, and what it answers next; when nothing is planned, 204."""

    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    plan: list[Answering] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The ids of the messages, as they came."""
        return [headers["webhook-id"] for headers, _ in self.got]

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Keep a message and answer."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.got.append(({k.lower(): v for k, v in handler.headers.items()}, body))
        answer = self.plan.pop(0) if self.plan else status(204)
        with suppress(OSError):  # the sender has hung up
            answer(handler)


@contextmanager
def listening(receiver: Receiver) -> Iterator[Receiver]:
    """Run a receiver."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that listens."""
    with listening(Receiver()) as one:
        yield one


@pytest.fixture
def other_receiver() -> Iterator[Receiver]:
    """Return another one."""
    with listening(Receiver()) as one:
        yield one


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that takes connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def deliver_at(now: datetime, rules: Rules = HERE) -> int:
    """Send what is due at a moment."""
    return deliver(clock=lambda: now, rules=rules)
