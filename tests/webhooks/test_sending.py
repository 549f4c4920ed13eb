"""One attempt against real servers: what they answer, how slowly, and where they want us to go."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ppm.core.webhooks import sending
from ppm.core.webhooks.destination import INSIDE
from ppm.core.webhooks.sending import ANSWER, Answer, Rules, post
from tests.webhooks.conftest import HASTY, HERE, Receiver, status

BODY, HEADERS = b'{"type":"webhook.test"}', {"webhook-id": "msg_1"}


def sent(url: str, rules: Rules = HERE) -> Answer:
    """Send a message."""
    return post(url, BODY, HEADERS, rules=rules)


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_an_answer_of_success_is_one(receiver: Receiver, code: int) -> None:
    receiver.plan = [status(code)]
    answer = sent(receiver.url)
    assert (answer.status, answer.is_accepted, answer.trouble) == (code, True, "")
    [(headers, body)] = receiver.got
    assert (headers["webhook-id"], body) == ("msg_1", BODY)


@pytest.mark.parametrize("code", [400, 404, 410, 429, 500, 503])
def test_an_answer_of_failure_is_one(receiver: Receiver, code: int) -> None:
    receiver.plan = [status(code, b"<b>no</b>")]
    answer = sent(receiver.url)
    assert (answer.status, answer.is_accepted, answer.text) == (code, False, "<b>no</b>")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, other_receiver: Receiver, code: int) -> None:
    receiver.plan = [status(code, Location=other_receiver.url)]
    answer = sent(receiver.url)
    assert (answer.status, answer.is_accepted) == (code, False)
    assert other_receiver.got == []


def test_only_the_beginning_of_an_answer_is_read(receiver: Receiver) -> None:
    receiver.plan = [status(200, b"x" * 50_000_000)]
    answer = sent(receiver.url)
    assert answer.is_accepted
    assert answer.text == "x" * ANSWER
    assert answer.milliseconds < 5_000


def test_what_is_no_text_can_be_stored(receiver: Receiver) -> None:
    receiver.plan = [status(200, b"\x00\xff\xfe")]
    assert "\0" not in sent(receiver.url).text


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answer a byte at a time, never so slowly that a single read would give up."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1_000:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    """Accept, then say why in no hurry."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def test_a_slow_drip_ends_in_time(receiver: Receiver) -> None:
    receiver.plan = [drip]
    answer = sent(receiver.url, HASTY)
    assert answer.trouble == "No answer within 0.6 seconds."
    assert answer.milliseconds < 1_500


def test_a_message_that_was_accepted_is_whatever_becomes_of_the_answer(
    receiver: Receiver,
) -> None:
    receiver.plan = [drip_body]
    answer = sent(receiver.url, HASTY)
    assert answer.is_accepted
    assert answer.milliseconds < 1_500


def test_silence_ends_in_time(silent_port: int) -> None:
    answer = sent(f"http://127.0.0.1:{silent_port}/", HASTY)
    assert (answer.status, answer.trouble) == (None, "No answer within 0.6 seconds.")
    assert answer.milliseconds < 1_500


def test_a_closed_port_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert sent(f"http://127.0.0.1:{port}/").trouble == "The connection was refused."


def greet(handler: BaseHTTPRequestHandler) -> None:
    """Answer as a mail server does."""
    handler.wfile.write(b"220 mail ready\r\n")


def test_what_is_no_web_server_is_said_to_be_none(receiver: Receiver) -> None:
    receiver.plan = [greet]
    answer = sent(receiver.url)
    assert answer.status is None
    assert answer.trouble == "The answer was no answer of a web server."


def test_nothing_is_sent_to_this_machine_unless_it_is_allowed(receiver: Receiver) -> None:
    answer = sent(receiver.url, Rules(allows_http=True))
    assert (answer.status, answer.trouble) == (None, INSIDE)
    assert receiver.got == []


def test_no_proxy_of_the_environment_is_used(
    receiver: Receiver, other_receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{other_receiver.port}")
    assert sent(receiver.url).is_accepted
    assert other_receiver.got == []


class Rebinding:
    """A name server that answers something else each time it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return [self.answers.pop(0)]


def test_a_name_that_turns_inside_between_two_looks_is_not_reached(receiver: Receiver) -> None:
    """The name is asked for once an attempt, the connection goes to that answer, and again."""
    names = Rebinding("127.0.0.1", "127.0.0.2", "127.0.0.1")
    rules = Rules(allows_http=True, allowed=HERE.allowed, resolve=names)
    url = f"http://hooks.example.org:{receiver.port}/hook"
    assert sent(url, rules).is_accepted
    assert names.asked == 1
    assert sent(url, rules).trouble == INSIDE
    assert names.asked == 2
    assert len(receiver.got) == 1
    assert receiver.got[0][0]["host"] == f"hooks.example.org:{receiver.port}"


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[bytes]]]:
    """Run a receiver behind TLS, as `hooks.example.org`, by an authority that is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.org")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "receiver.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    sending._trust.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=[server, context, got], daemon=True).start()
        yield server.getsockname()[1], got
    sending._trust.cache_clear()


def serve(server: socket.socket, context: ssl.SSLContext, got: list[bytes]) -> None:
    """Answer every connection that TLS comes about on."""
    while True:
        try:
            plain, _ = server.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                message = connection.recv(65536)
                while BODY not in message:
                    message += connection.recv(65536)
                got.append(message)
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        except OSError:
            plain.close()


def test_the_certificate_is_judged_by_the_name_though_the_number_is_connected_to(
    secure: tuple[int, list[bytes]],
) -> None:
    port, got = secure
    rules = Rules(allowed=HERE.allowed, resolve=lambda host, port: ["127.0.0.1"])
    assert sent(f"https://hooks.example.org:{port}/", rules).is_accepted
    assert f"Host: hooks.example.org:{port}".encode() in got[0]
    other = sent(f"https://other.example.org:{port}/", rules)
    assert (other.status, "certificate is not valid" in other.trouble) == (None, True)
    assert len(got) == 1


def test_a_certificate_of_nobody_is_not_trusted(
    secure: tuple[int, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    sending._trust.cache_clear()
    port, got = secure
    rules = Rules(allowed=HERE.allowed, resolve=lambda host, port: ["127.0.0.1"])
    answer = sent(f"https://hooks.example.org:{port}/", rules)
    assert "certificate is not valid" in answer.trouble
    assert got == []
