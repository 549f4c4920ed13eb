"""A web server within the transaction of a test, which undoes all that it is asked to write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections

from ppm.wsgi import application


class QuietHandler(WSGIRequestHandler):
    """Answers without a line for each request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Write nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """Answer at the address that is yielded, each request on the connection of this thread."""
    connection = connections["default"]
    server = make_server("127.0.0.1", 0, application, handler_class=QuietHandler)

    def serve() -> None:
        connections["default"] = connection
        server.serve_forever(poll_interval=0.01)

    thread = Thread(target=serve)
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    connection.inc_thread_sharing()
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        connection.dec_thread_sharing()
        for signal in signals:
            signal.connect(close_old_connections)
