"""Where a webhook may go: public addresses only, whatever way they are spelt.

Names are resolved once for each attempt, every address that they have is judged, and the
connection goes to an address that was judged, never to the name: whoever owns the name cannot
give another answer in between. The lists of networks are those of IANA's special-purpose
registries.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

import idna

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Iterable[str]]

HTTPS, HTTP = 443, 80
LOWEST_FREE_PORT = 1024
"""Below it the ports of a machine's own services begin, such as mail and remote shells."""

NO_ADDRESS = "Write a whole address, such as https://hooks.example.com/ppm."
NO_CHARACTERS = "An address has no blanks, backslashes, quotes or signs that cannot be seen."
NO_USER = "An address must not have a user name or a password in it."
ONLY_HTTPS = "The address must begin with https://."
NO_SUCH_HOST = "This is not the name of a host."
NO_PORT = "The port must be 443, or from 1024 to 65535."
UNKNOWN = "The name of the host is not known."
INSIDE = "This address leads into a network that is not public, so nothing is sent there."

_TYPEABLE = re.compile(r"[^\s\x00-\x20\x7f\\\"'<>^`{|}]+")
_ASCII = re.compile(r"[\x21-\x7e]*")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?")

_NOT_PUBLIC: list[IPv4Network] = [
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
]
_UNICAST = IPv6Network("2000::/3")
"""All that is given out of IPv6; what carries addresses of IPv4 inside mostly lies beside it."""
_NOT_PUBLIC_6: list[IPv6Network] = [
    IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]


class RefusedDestinationError(Exception):
    """A webhook must not go there; the text says why."""


@dataclass(frozen=True)
class Destination:
    """An address as it was written: `host` in ASCII, `target` what the host is asked for."""

    is_secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port in (HTTPS, HTTP) else f"{host}:{self.port}"


def destination(url: str, *, allows_http: bool) -> Destination:
    """Read an address, or say why nothing may be sent there however its name resolves."""
    if not _TYPEABLE.fullmatch(url):
        raise RefusedDestinationError(NO_CHARACTERS)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise RefusedDestinationError(NO_ADDRESS) from error
    if parts.scheme not in ("https", "http") or not host:
        raise RefusedDestinationError(NO_ADDRESS)
    if parts.scheme == "http" and not allows_http:
        raise RefusedDestinationError(ONLY_HTTPS)
    if "@" in parts.netloc:
        raise RefusedDestinationError(NO_USER)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _ASCII.fullmatch(target):
        raise RefusedDestinationError(NO_CHARACTERS)
    is_secure = parts.scheme == "https"
    return Destination(is_secure, _host(host), _port(port, is_secure), target)


def _host(host: str) -> str:
    """Write the host in ASCII: an international name as DNS has it."""
    if "%" in host:
        raise RefusedDestinationError(NO_SUCH_HOST)
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except ValueError as error:
            raise RefusedDestinationError(NO_SUCH_HOST) from error
    try:
        name = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise RefusedDestinationError(NO_SUCH_HOST) from error
    if not _NAME.fullmatch(name.lower()):
        raise RefusedDestinationError(NO_SUCH_HOST)
    return name.lower()


def _port(port: int | None, is_secure: bool) -> int:
    own = HTTPS if is_secure else HTTP
    if port is None or port == own:
        return own
    if port < LOWEST_FREE_PORT:
        raise RefusedDestinationError(NO_PORT)
    return port


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for all addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def addresses_of(
    place: Destination, *, allowed: Iterable[Network], resolve: Resolve = resolve
) -> list[str]:
    """Resolve a host and return its addresses; refuse it if one of them is not public.

    `allowed` are networks that count as if they were.
    """
    try:
        found = list(resolve(place.host, place.port))
    except (OSError, UnicodeError) as error:
        raise RefusedDestinationError(UNKNOWN) from error
    if not found:
        raise RefusedDestinationError(UNKNOWN)
    if not all(may_be_reached(address, allowed=allowed) for address in found):
        raise RefusedDestinationError(INSIDE)
    return found


def check(url: str, *, allows_http: bool, allowed: Iterable[Network]) -> None:
    """Refuse an address that can never be sent to; a name is looked up only when it is."""
    place = destination(url, allows_http=allows_http)
    try:
        found = _numeric(place.host)
    except OSError:  # it is a name
        return
    if not all(may_be_reached(address, allowed=allowed) for address in found):
        raise RefusedDestinationError(INSIDE)


def _numeric(host: str) -> list[str]:
    found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    return [str(address[0]) for *_, address in found]


def may_be_reached(text: str, *, allowed: Iterable[Network]) -> bool:
    """Tell whether an address is public, or in one of the networks that are allowed."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if getattr(address, "scope_id", None):
        return False
    return is_public(address) or any(address in network for network in allowed)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one that anybody on the Internet can reach."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    return address in _UNICAST and not any(address in network for network in _NOT_PUBLIC_6)


def networks(texts: Iterable[str]) -> list[Network]:
    """Read networks, such as 10.1.0.0/16."""
    return [ip_network(text.strip()) for text in texts if text.strip()]
