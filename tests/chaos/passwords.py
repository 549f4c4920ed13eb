"""R21: ten thousand wrong passwords for one account, from one address and from a thousand."""

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from random import Random
from statistics import median
from time import monotonic, perf_counter
from urllib.parse import urlencode, urlsplit

from ppm.core.models import Attempts
from tests.factories import make_user
from tests.proofs.result import Result
from tests.proofs.stack import Stack

TRIES, ADDRESSES, AT_ONCE = 10_000, 1_000, 16
MOST = 10
"""Tries that an account bears in five minutes."""
ROUNDS = 60
DIFFERENCE = 0.05
WRONG = "a wrong horse battery"


class Attacker:
    """Sends sign-in forms from whatever address it likes, over the one proxy."""

    def __init__(self, address: str) -> None:
        """Fetch the form once."""
        self._place = urlsplit(address).netloc
        connection = HTTPConnection(self._place, timeout=60)
        connection.request("GET", "/login/", headers={"X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        page = answer.read().decode()
        self._token = page.split('csrfmiddlewaretoken" value="')[1][:64]
        self._cookie = str(answer.headers["Set-Cookie"]).split(";")[0]

    def attempt(self, login: str, source: str) -> int:
        """Try a wrong password; return the status."""
        form = {"username": login, "password": WRONG, "csrfmiddlewaretoken": self._token}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": self._cookie,
            "Referer": f"https://{self._place}/login/",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": source,
        }
        connection = HTTPConnection(self._place, timeout=120)
        connection.request("POST", "/login/", urlencode(form), headers)
        status = connection.getresponse().status
        connection.close()
        return status


def prove(stack: Stack) -> Result:
    """Attack, and count what was looked at; then time known and unknown names."""
    result = Result()
    stack.environment["PPM_HTTPS"] = "on"
    for name in ("ines", "bo"):
        make_user(name)
    attacker = Attacker(stack.start_web()[1])
    for name, addresses in (("ines", 1), ("bo", ADDRESSES)):
        attack(result, attacker, name, addresses)
    note_times(result, attacker)
    return result


def attack(result: Result, attacker: Attacker, login: str, addresses: int) -> None:
    """Try all passwords at one account within five minutes."""
    sources = [f"198.51.{number // 250}.{number % 250}" for number in range(addresses)]
    start = monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(
            pool.map(lambda n: attacker.attempt(login, sources[n % addresses]), range(TRIES))
        )
    name = f"from_{addresses}_addresses"
    windows = 1 + int((monotonic() - start) // 300)
    result.note(f"seconds_{name}", monotonic() - start)
    result.note(f"tried_{name}", found.count(200), most=MOST * windows)
    result.note(f"refused_{name}", found.count(429))
    if found.count(200) < MOST or found.count(200) + found.count(429) != TRIES:
        result.fail(f"other answers {name}: {set(found)}")


def note_times(result: Result, attacker: Attacker) -> None:
    """Compare how long a wrong password takes for a name that exists and for one that does not."""
    random, seconds = Random(21), {"known": list[float](), "unknown": list[float]()}  # noqa: S311
    for number in range(ROUNDS):
        for kind in random.sample(sorted(seconds), 2):
            Attempts.objects.all().delete()
            login = "ines" if kind == "known" else f"nobody{number}"
            start = perf_counter()
            if attacker.attempt(login, "203.0.113.9") != 200:
                result.fail("a try was not looked at")
            seconds[kind].append(perf_counter() - start)
    known, unknown = (median(seconds[kind]) for kind in ("known", "unknown"))
    result.note("median_seconds_known", known)
    result.note("median_seconds_unknown", unknown)
    result.note("difference", abs(known / unknown - 1), most=DIFFERENCE)
