"""An identity provider for tests: it speaks OpenID Connect and knows one person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

CLIENT, SECRET = "ppm", "a secret between the two of us, long enough"


class Provider(ThreadingHTTPServer):
    """Vouches for `person` to whoever is sent here."""

    def __init__(self, person: dict[str, Any]) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), Answer)
        self.person = person
        self.asked: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def id_token(self) -> str:
        """Write down who it is, for our client."""
        claims = {"iss": self.address, "aud": CLIENT, "exp": 4102444800, **self.person}
        return jwt.encode(claims, SECRET, algorithm="HS256")


class Answer(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Provider

    def do_GET(self) -> None:
        """Tell where everything is, send somebody back with a code, or tell who it is."""
        place = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/authorize":
            self.server.asked.append(query)
            back = urlencode({"code": "once", "state": query["state"]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        elif place.path == "/userinfo":
            self._say(self.server.person)
        else:
            here = self.server.address
            places = {
                name: f"{here}/{name}" for name in ("authorize", "token", "userinfo", "jwks")
            }
            self._say(
                {
                    "issuer": here,
                    "authorization_endpoint": places["authorize"],
                    "token_endpoint": places["token"],
                    "userinfo_endpoint": places["userinfo"],
                    "jwks_uri": places["jwks"],
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )

    def do_POST(self) -> None:
        """Give a token for the code."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        given = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.asked.append(given)
        is_known = given.get("client_secret") == SECRET and given.get("code") == "once"
        token = {"access_token": "a", "token_type": "Bearer", "id_token": self.server.id_token()}
        self._say(token if is_known else {"error": "invalid_grant"}, 200 if is_known else 400)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""

    def _say(self, told: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_provider(person: dict[str, Any]) -> Iterator[Provider]:
    """Run it."""
    with Provider(person) as provider:
        Thread(target=provider.serve_forever, daemon=True).start()
        yield provider
        provider.shutdown()
