"""The log of decisions: facts in a chain that no line of SQL can change unnoticed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from ppm.core.models import Decision, State
from ppm.core.models.decision import broken_decisions
from tests.factories import make_decision, make_project

HELD = State.ON_HOLD


@pytest.mark.django_db
def test_each_decision_carries_the_digest_of_the_one_before() -> None:
    project = make_project()
    for state in (HELD, State.TERMINATED, HELD):
        make_decision(project, state)
    first, second, third = Decision.objects.order_by("pk")
    assert first.previous_digest == ""
    assert (second.previous_digest, third.previous_digest) == (first.digest, second.digest)
    assert broken_decisions() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE core_decision SET rationale = 'It was ever so.' WHERE id = %s", {"second"}),
        (
            "UPDATE core_decision SET recorded_by_id = NULL, date = '2026-02-02' WHERE id = %s",
            {"second"},
        ),
        ("DELETE FROM core_decision WHERE id = %s", {"third"}),
    ],
)
def test_a_change_behind_its_back_is_found(change: str, broken: set[str]) -> None:
    project = make_project()
    made = {name: make_decision(project).pk for name in ("first", "second", "third")}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger fires
        cursor.execute(change, [made["second"]])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert broken_decisions() == [made[name] for name in sorted(broken)]


@pytest.mark.django_db(transaction=True)
def test_decisions_of_the_same_moment_make_one_chain() -> None:
    project = make_project()

    def decide(_: int) -> None:
        make_decision(project)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decide, range(40)))
    assert Decision.objects.count() == 40
    assert broken_decisions() == []
    assert Decision.objects.filter(previous_digest="").count() == 1
