"""A role with an end: from that moment on it gives nothing, on no way, and stands in lists."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from ppm.core.giving import GIVEN, IN_THE_PAST, TOO_MUCH, end_of, last_day, objection
from ppm.core.models import (
    Component,
    Role,
    RoleAssignment,
    Subject,
    may_give,
    places_held,
    rights_on,
    roles_to_give,
)
from ppm.core.people import groups_near, people_near
from tests.admin.pages import errors_in, form_of
from tests.api.conftest import client_of
from tests.factories import give_role, make_group, make_portfolio, make_program, make_user
from tests.pages.conftest import signed_in
from tests.sessions import PATIENCE, sessions

ROLES = "/api/v1/role-assignments/"


def end(*roles: RoleAssignment) -> None:
    """Let roles end now."""
    chosen = RoleAssignment.objects.filter(pk__in=[role.pk for role in roles])
    chosen.update(expires_at=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("is_of_group", [False, True])
def test_an_ended_role_gives_nothing_on_any_way(is_of_group: bool) -> None:
    portfolio = make_portfolio(code="HOME")
    make_program(portfolio, "PAY")
    user = make_user(is_staff=True)
    tomorrow = timezone.now() + timedelta(days=1)
    holder = make_group(user) if is_of_group else user
    role = give_role(holder, portfolio, Role.PORTFOLIO_MANAGER, expires_at=tomorrow)
    pages = ("/portfolios/HOME/", "/programs/PAY/access/", "/components/PAY/risks/new/")
    browser, token = signed_in(user), client_of(user)
    one = f"/api/v1/components/{portfolio.pk}/"
    assert [browser.get(page).status_code for page in pages] == [200, 200, 200]
    assert (token.get(one).status_code, browser.get(one).status_code) == (200, 200)
    assert rights_on(portfolio.path, user)
    assert roles_to_give(portfolio.path, user, until=tomorrow)

    end(role)

    assert [browser.get(page).status_code for page in pages] == [404, 404, 404]
    assert (token.get(one).status_code, browser.get(one).status_code) == (404, 404)
    for rows in ("components", "programs", "role-assignments", "snapshots"):
        assert token.get(f"/api/v1/{rows}/").json()["results"] == [], rows
    assert "HOME" not in browser.get("/").content.decode()
    assert "HOME" not in browser.get("/admin/portfolios/portfolio/").content.decode()
    assert browser.get(f"/admin/portfolios/portfolio/{portfolio.pk}/change/").status_code == 404
    assert rights_on(portfolio.path, user) == frozenset()
    assert roles_to_give(portfolio.path, user, until=timezone.now()) == []
    assert not RoleAssignment.objects.changeable_by(user).exists()
    for subject in Subject:
        assert not Component.objects.granting(subject, user).exists()


@pytest.mark.django_db
def test_whose_role_has_ended_sees_nobody_and_is_seen_where_the_role_still_stands() -> None:
    root = make_portfolio()
    program = make_program(root)
    manager, member, below = make_user(), make_user(), make_user()
    give_role(manager, root, Role.PORTFOLIO_MANAGER)
    give_role(below, program, Role.VIEWER)
    on_root, on_program = (give_role(member, place, Role.VIEWER) for place in (root, program))
    group = make_group(make_user())
    of_group = give_role(group, program, Role.VIEWER)
    assert set(people_near(member)) == {manager, below, member, *group.user_set.all()}

    end(on_root, on_program, of_group)

    assert set(people_near(member)) == {member}
    assert list(groups_near(member)) == []
    # The ended role above his sight is nothing to him, the one on the program stands in its list.
    everybody = {manager, below, member, *group.user_set.all()}
    assert set(people_near(manager)) == set(people_near(below)) == everybody
    assert list(groups_near(below)) == [group]
    on_program.delete()
    assert set(people_near(below)) == everybody - {member}
    assert set(people_near(manager)) == everybody


@pytest.mark.django_db
def test_an_ended_role_is_listed_and_can_be_given_again_beside_it() -> None:
    program = make_program(make_portfolio())
    administrator = client_of(make_user(superuser=True))
    user = make_user()
    body = {"component": program.pk, "user": user.pk, "role": "viewer"}
    for_a_time = {**body, "expires_at": "2059-06-01T00:00:00Z"}
    given = administrator.post(ROLES, for_a_time).json()
    assert given["expires_at"] == "2059-06-01T00:00:00Z"
    for again in (body, for_a_time, {**body, "expires_at": "2059-07-01T00:00:00Z"}):
        assert administrator.post(ROLES, again).json()["detail"] == GIVEN
    over = {**body, "expires_at": "2026-01-01T00:00:00Z"}
    assert administrator.post(ROLES, over).json()["detail"] == IN_THE_PAST

    end(RoleAssignment.objects.get(pk=given["id"]))

    assert administrator.post(ROLES, body).status_code == 201
    listed = administrator.get(ROLES, {"user": user.pk}).json()["results"]
    assert [row["expires_at"] is None for row in listed] == [False, True]
    ended = administrator.get(ROLES, {"expires_at__lt": timezone.now().isoformat()}).json()
    assert [row["id"] for row in ended["results"]] == [given["id"]]
    revived = administrator.patch(f"{ROLES}{given['id']}/", {"expires_at": None})
    assert revived.json()["detail"] == GIVEN


@pytest.mark.django_db
def test_roles_on_the_page_of_a_person_follow_the_same_rules() -> None:
    program, user = make_program(make_portfolio()), make_user()
    old = give_role(user, program, Role.FINANCE)
    end(old)
    give_role(user, program, Role.VIEWER)
    boss = signed_in(make_user(superuser=True))
    page = f"/admin/core/user/{user.pk}/change/"
    form = form_of(boss, page)
    new = {"role_assignments-TOTAL_FORMS": 3, "role_assignments-2-component": program.pk}
    over = {
        "role_assignments-2-expires_at_0": "2026-01-01",
        "role_assignments-2-expires_at_1": "0:00",
    }
    for role, ends, sentence in (("viewer", {}, GIVEN), ("auditor", over, IN_THE_PAST)):
        wrong = {**form, **new, "role_assignments-2-role": role, **ends}
        assert sentence in errors_in(boss.post(page, wrong))
    assert user.role_assignments.count() == 2
    right = {**form, **new, "role_assignments-2-role": "auditor"}
    assert boss.post(page, right).status_code == 302
    assert user.role_assignments.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_who_give_the_same_role_at_once_one_is_told_that_it_is_given() -> None:
    program, user = make_program(make_portfolio()), make_user()
    end = datetime(2059, 6, 1, tzinfo=UTC)

    def give(expires_at: datetime | None) -> str:
        given = RoleAssignment(
            component=program, user=user, role=Role.VIEWER, expires_at=expires_at
        )
        sentence = objection(given, now=timezone.now())
        if not sentence:
            given.save()
        return sentence

    with sessions(2) as (one, other):
        assert one.do(give, None) == ""
        second = other.start(give, end)
        other.wait_until_blocked(by=one)
        one.commit()
        assert second.result(PATIENCE) == GIVEN
        other.commit()


@pytest.mark.django_db
def test_who_is_switched_off_and_who_has_none_of_the_roles_holds_no_place() -> None:
    user = make_user()
    portfolio = make_portfolio()
    give_role(user, portfolio, Role.VIEWER)
    held = RoleAssignment.objects.filter
    assert held(component__in=places_held(user, Role)).exists()
    assert held(component__in=places_held(user, [Role.VIEWER])).exists()
    assert not held(component__in=places_held(user, [Role.FINANCE])).exists()
    assert not held(component__in=places_held(user, [])).exists()
    assert not held(component__in=places_held(AnonymousUser(), Role)).exists()
    user.is_active = False
    assert not held(component__in=places_held(user, Role)).exists()


@pytest.mark.django_db
def test_who_holds_a_role_for_a_time_gives_none_for_longer() -> None:
    """Else whoever manages something until Friday would give himself the role for good."""
    program = make_program(make_portfolio())
    user = make_user()
    until = datetime(2059, 6, 1, tzinfo=UTC)
    own = give_role(user, program, Role.PORTFOLIO_MANAGER, expires_at=until)
    later = until + timedelta(seconds=1)
    assert may_give("viewer", program.path, user, until=until)
    assert not may_give("viewer", program.path, user, until=later)
    assert not may_give("viewer", program.path, user, until=None)
    client = client_of(user)
    body = {"component": program.pk, "group": make_group(user).pk, "role": "portfolio_manager"}
    for refused in (body, {**body, "expires_at": later.isoformat()}):
        answer = client.post(ROLES, refused)
        assert (answer.status_code, answer.json()["detail"]) == (403, TOO_MUCH)
    longer = client.patch(f"{ROLES}{own.pk}/", {"expires_at": None})
    assert (longer.status_code, longer.json()["detail"]) == (403, TOO_MUCH)
    shorter = client.patch(f"{ROLES}{own.pk}/", {"expires_at": "2059-05-01T00:00:00Z"})
    assert shorter.status_code == 200
    # What is for good there is given by the other role, of governance, that he has for good.
    give_role(user, program, Role.GOVERNANCE)
    assert may_give("auditor", program.path, user, until=None)
    assert not may_give("project_manager", program.path, user, until=None)


def test_a_last_day_ends_at_midnight_in_its_tree() -> None:
    day = date(2026, 3, 29)  # an hour shorter in Vienna
    assert end_of(day, "Europe/Vienna") == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert end_of(day, "America/New_York") == datetime(2026, 3, 30, 4, tzinfo=UTC)
    for zone in ("Europe/Vienna", "America/New_York", "Pacific/Kiritimati"):
        assert last_day(end_of(day, zone), zone) == day
        assert last_day(end_of(day, zone) + timedelta(seconds=1), zone) == day + timedelta(1)


@pytest.mark.django_db
def test_an_ended_role_answers_like_what_does_not_exist(client: Client) -> None:
    portfolio = make_portfolio(code="HOME")
    user = make_user()
    end(give_role(user, portfolio, Role.VIEWER))
    client.force_login(user)
    missing, ended = client.get("/portfolios/NONE/"), client.get("/portfolios/HOME/")
    assert (missing.status_code, missing.content) == (ended.status_code, ended.content)
