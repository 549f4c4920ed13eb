"""How mail is sent, by an address such as `smtp+starttls://user:password@mail.example.com:587`.

`smtp+starttls` encrypts after the greeting, `smtps` from the start, `smtp` not at all; `file` with
a folder writes mails there, for the demo and for tests. Without an address no mail is sent, and no
page offers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


@dataclass(frozen=True)
class Mail:
    """Where mail goes."""

    backend: str = "dummy"
    folder: str | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    is_upgraded: bool = False
    is_encrypted: bool = False

    @property
    def backend_path(self) -> str:
        """Name Django's backend."""
        return f"django.core.mail.backends.{self.backend}.EmailBackend"


def mail_of(address: str) -> Mail:
    """Read the address; an empty one sends no mail."""
    parts = urlsplit(address)
    if not address:
        return Mail()
    if parts.scheme == "file":
        return Mail(backend="filebased", folder=unquote(parts.path))
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("PPM_MAIL_URL: write smtp+starttls://user:password@host:587")
    return Mail(
        backend="smtp",
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_upgraded=parts.scheme == "smtp+starttls",
        is_encrypted=parts.scheme == "smtps",
    )
