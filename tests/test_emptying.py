"""Between tests that commit the database is emptied, whoever is still at work."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from ppm.core.models import Heart, Heartbeat, User
from tests import emptying
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def empty() -> None:
    """Do what is done after a test."""
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)


def write_on(begun: Event) -> int:
    """Write into one table, and a little later into another."""
    with transaction.atomic():
        Heartbeat.objects.beat(Heart.JOBS)
        begun.set()
        sleep(0.2)
        made = make_user().pk
    connection.close()
    return made


def test_who_is_amid_a_write_ends_it_first() -> None:
    begun = Event()
    with ThreadPoolExecutor(1) as others:
        writer = others.submit(write_on, begun)
        assert begun.wait(10)
        empty()
        assert writer.result() > 0
    assert not User.objects.exists()


@pytest.mark.parametrize("grown", [0, emptying.GROWN])
def test_what_migrations_had_made_is_back(grown: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emptying, "GROWN", grown)
    hearts = Heartbeat.objects.count()
    make_user()
    Heartbeat.objects.all().delete()
    empty()
    assert (User.objects.count(), Heartbeat.objects.count()) == (0, hearts)
    assert hearts > 0
