"""What docs/webhooks.md says is so."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest

from ops.processes import ROOT
from ppm.core.models import EventKind
from ppm.core.webhooks.delivering import DELAYS
from ppm.core.webhooks.message import headers_for
from ppm.core.webhooks.receiver import receiver as trying
from ppm.core.webhooks.sending import post
from tests.webhooks.conftest import HERE

TEXT = (ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
SECRET = "whsec_" + "QUJD" * 11
OTHER = "whsec_" + "REVG" * 11


def test_the_code_that_verifies_does() -> None:
    [code] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    known: dict[str, Any] = {}
    exec(code, known)  # noqa: S102
    body, now = b'{"type":"webhook.test"}', datetime.now(UTC)
    for secrets, is_genuine in (([SECRET], True), ([OTHER, SECRET], True), ([OTHER], False)):
        headers = headers_for(uuid4(), body, secrets=secrets, now=now)
        assert known["verified"](SECRET, headers, body) is is_genuine
        assert not known["verified"](SECRET, headers, body + b" ")
    stale = headers_for(uuid4(), body, secrets=[SECRET], now=now - timedelta(minutes=6))
    assert not known["verified"](SECRET, stale, body)


def test_every_event_is_in_the_table() -> None:
    told = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)`", TEXT, re.MULTILINE))
    assert told == set(EventKind.values)


def test_the_schedule_is_the_one_that_is_told() -> None:
    assert "5 seconds, 5 and 30 minutes, 2, 5, 10, 14, 20 and 24 hours" in TEXT
    minutes = [delay / timedelta(minutes=1) for delay in DELAYS]
    assert minutes == [5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440]
    assert len(DELAYS) + 1 == 10


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (SECRET, "the signature holds"),
        (OTHER, "the signature does not hold"),
        ("", "not verified: no --secret"),
    ],
)
def test_the_receiver_for_trying_says_whether_the_signature_holds(secret: str, said: str) -> None:
    heard = StringIO()
    server = trying(0, secret=secret, status=202, say=heard.write, clock=time.time)
    body = b'{"type":"webhook.test"}'
    headers = headers_for(uuid4(), body, secrets=[SECRET], now=datetime.now(UTC))
    with server:
        url = f"http://127.0.0.1:{server.server_port}/"
        answer = answered(server, lambda: post(url, body, headers, rules=HERE))
    assert answer.status == 202
    assert said in heard.getvalue()
    assert "webhook.test" in heard.getvalue()


def answered(server: Any, send: Any) -> Any:
    """Answer one request while it is sent."""
    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(send)
        server.handle_request()
        return sent.result()
