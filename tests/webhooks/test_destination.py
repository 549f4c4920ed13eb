"""Where webhooks may go: every spelling of an address inside, and what is no address at all."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from ppm.core.webhooks.destination import (
    INSIDE,
    NO_PORT,
    NO_USER,
    ONLY_HTTPS,
    UNKNOWN,
    Network,
    RefusedDestinationError,
    Resolve,
    addresses_of,
    destination,
    networks,
    resolve,
)

HERE = Path(__file__).parent
INSIDE_BY_NUMBER = (HERE / "inside.txt").read_text(encoding="utf-8").split()
INSIDE_BY_SIGNS = (HERE / "inside_by_signs.txt").read_text(encoding="utf-8").split()
"""Digits and dots that international names are written with, and mean the usual ones."""

WRONG = [
    "",
    "hooks.example.org",
    "//hooks.example.org/",
    "https://",
    "https:///path",
    "https:/hooks.example.org/",
    "https:hooks.example.org",
    "gopher://hooks.example.org:70/_GET",
    "file:///etc/passwd",
    "ftp://hooks.example.org/",
    "dict://127.0.0.1:11211/stat",
    "unix:///run/valkey.sock",
    "javascript:alert(1)",
    "https://user@hooks.example.org/",
    "https://user:secret@hooks.example.org/",
    "https://hooks.example.org@127.0.0.1/",
    "https://hooks.example.org:443@127.0.0.1/",
    "https://@hooks.example.org/",
    "https://127.0.0.1\\@hooks.example.org/",
    "https://hooks.example.org\\.evil.org/",
    "https://hooks.example.org /",
    " https://hooks.example.org/",
    "https://hooks.example.org/\r\nX-Admin: yes",
    "https://hooks.example.org/\tx",
    "https://hooks.example.org\x00.evil.org/",
    "https://127.0.0.1%2523@hooks.example.org/",
    "https://%31%32%37.0.0.1/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[127.0.0.1]/",
    "https://[::1/",
    "https://::1/",
    "https://hooks..example.org/",
    "https://-/",
    "https://hooks.example.org:0/",
    "https://hooks.example.org:22/",
    "https://hooks.example.org:25/",
    "https://hooks.example.org:80/",
    "https://hooks.example.org:65536/",
    "https://hooks.example.org:4٣/",
    "https://hooks.example.org:-1/",
    "https://ex\u00adample\u2028.org/",
    "https://" + "a" * 300 + ".org/",
    "http://hooks.example.org/",
]


def refusal(url: str, *answers: str, allowed: Iterable[str] = ()) -> str:
    """Return why nothing may be sent to an address, whose name resolves to the answers."""
    asked = (lambda host, port: answers) if answers else resolve
    with pytest.raises(RefusedDestinationError) as caught:
        reached(url, asked, networks(allowed))
    return str(caught.value)


def reached(url: str, asked: Resolve, allowed: Iterable[Network]) -> list[str]:
    """Return what a webhook to an address would connect to."""
    return addresses_of(destination(url, allows_http=False), allowed=allowed, resolve=asked)


def test_there_are_more_than_sixty_spellings() -> None:
    assert len({*INSIDE_BY_NUMBER}) + len({*INSIDE_BY_SIGNS}) + len({*WRONG}) > 100
    assert len({*INSIDE_BY_NUMBER}) > 60


@pytest.mark.parametrize("host", [*INSIDE_BY_NUMBER, *INSIDE_BY_SIGNS])
def test_no_spelling_of_an_address_inside_is_reached(host: str) -> None:
    assert refusal(f"https://{host}/") in (INSIDE, UNKNOWN)
    assert refusal(f"https://{host}:8443/") in (INSIDE, UNKNOWN)


@pytest.mark.parametrize("host", INSIDE_BY_NUMBER)
def test_no_name_leads_to_an_address_inside(host: str) -> None:
    """A resolver may answer with whatever its owner likes, in any form, and among good ones."""
    plain, name = host.strip("[]"), "https://hooks.example.org/"
    assert refusal(name, plain) == INSIDE
    assert refusal(name, "93.184.215.14", plain) == INSIDE
    assert refusal(name, plain, "2606:2800:21f:cb07:6820:80da:af6b:8b2c") == INSIDE


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_address_of_a_receiver_is_refused(url: str) -> None:
    assert refusal(url, "93.184.215.14")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://hooks.example.org/", ONLY_HTTPS),
        ("https://a:b@hooks.example.org/", NO_USER),
        ("https://hooks.example.org:25/", NO_PORT),
    ],
)
def test_the_refusal_says_why(url: str, sentence: str) -> None:
    assert refusal(url, "93.184.215.14") == sentence


def test_a_name_that_nobody_knows_is_refused() -> None:
    assert refusal("https://hooks.invalid/") == UNKNOWN


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "localhost.", "ip6-localhost"])
def test_names_of_this_machine_are_refused(name: str) -> None:
    assert refusal(f"https://{name}/") in (INSIDE, UNKNOWN)


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://hooks.example.org", "hooks.example.org", 443, "/"),
        ("HTTPS://Hooks.Example.ORG:443/a/b?c=d#e", "hooks.example.org", 443, "/a/b?c=d"),
        ("https://hooks.example.org:8443/a%20b", "hooks.example.org", 8443, "/a%20b"),
        ("https://höks.example.org/", "xn--hks-sna.example.org", 443, "/"),
        ("https://[2606:2800:21f::1]:9000/", "2606:2800:21f::1", 9000, "/"),
    ],
)
def test_an_address_is_read_once_and_asked_as_it_was_read(
    url: str, host: str, port: int, target: str
) -> None:
    place = destination(url, allows_http=False)
    assert (place.host, place.port, place.target, place.is_secure) == (host, port, target, True)


@pytest.mark.parametrize(
    "answer", ["93.184.215.14", "8.8.8.8", "2606:2800:21f::1", "2a00:1450::1"]
)
def test_public_addresses_are_reached(answer: str) -> None:
    place = destination("https://hooks.example.org/", allows_http=False)
    assert addresses_of(place, allowed=(), resolve=lambda host, port: [answer]) == [answer]


def test_networks_that_an_installation_names_are_reached_and_no_others() -> None:
    place, own = destination("https://hooks.corp.example/", allows_http=False), ["10.1.0.0/16"]
    found = addresses_of(
        place, allowed=networks(own), resolve=lambda host, port: ["10.1.2.3", "8.8.8.8"]
    )
    assert found == ["10.1.2.3", "8.8.8.8"]
    for answer in ("10.2.0.1", "::ffff:10.1.2.3", "127.0.0.1", "64:ff9b::10.1.2.3"):
        assert refusal("https://hooks.corp.example/", answer, allowed=own) == INSIDE


def test_http_is_allowed_where_the_installation_says_so() -> None:
    place = destination("http://hooks.example.org/a", allows_http=True)
    assert (place.port, place.is_secure) == (80, False)
