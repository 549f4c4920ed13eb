"""Dates in calendar programs: what is read at the address that only its owner knows."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from ppm.core.logs import hide_addresses
from ppm.core.models import CalendarFeed, Component, Role, RoleAssignment, State, User
from ppm.core.signin.ending import end_access
from projects.feeds import MOST_READINGS
from projects.models import Task
from tests.factories import give_role, make_portfolio, make_project, make_task, make_user
from tests.pages.conftest import signed_in

Event = dict[str, str]
TODAY = timezone.localdate()


def events_in(content: bytes) -> list[Event]:
    """Read the events of a calendar by RFC 5545 alone: folded lines, parameters, escapes."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    lines = re.sub(rb"\r\n[ \t]", b"", content).decode().split("\r\n")[:-1]
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    events: list[Event] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif events and line not in ("END:VEVENT", "END:VCALENDAR"):
            text = re.sub(r"\\([\\;,nN])", lambda m: "\n" if m[1] in "nN" else m[1], value)
            events[-1][name] = text
    return events


@pytest.fixture
def owner(db: None) -> User:
    """Return somebody who sees one tree."""
    owner = make_user()
    give_role(owner, make_portfolio(name="City"), Role.VIEWER)
    return owner


@pytest.fixture
def city(owner: User) -> Component:
    """Return the root of the tree."""
    return Component.objects.get(name="City")


@pytest.fixture
def milestone(city: Component) -> Task:
    """Return a milestone with a name that must be escaped."""
    return make_task(
        make_project(city, name="River"),
        name="Weir; open, and \\dry\nat last: ÜÖ" + " long" * 20,
        start_date=TODAY,
        finish_date=TODAY,
        duration_minutes=0,
    )


def feed_of(owner: User, component: Component) -> str:
    """Make a feed on the page; return the path of its address."""
    answer = signed_in(owner).post(f"/components/{component.code}/calendar/")
    found = re.search(r'class="secret">(.+?)<', answer.content.decode())
    assert found
    return urlsplit(found[1]).path


def test_milestones_and_deadlines_are_events_of_a_day(
    owner: User, city: Component, milestone: Task
) -> None:
    due = TODAY + timedelta(30)
    task = make_task(milestone.project, name="Dredge", deadline=due)
    read = Client().get(feed_of(owner, city))
    assert read["Content-Type"] == "text/calendar; charset=utf-8"
    first, second = events_in(read.content)
    assert first["UID"] == f"task-{milestone.pk}-milestone@ppm"
    assert first["SUMMARY"] == f"{milestone.name} (milestone, River)"
    assert first["DTSTART;VALUE=DATE"] == f"{TODAY:%Y%m%d}"
    assert first["DTEND;VALUE=DATE"] == f"{TODAY + timedelta(1):%Y%m%d}"
    assert first["URL"] == f"http://testserver/tasks/{milestone.pk}/"
    assert re.fullmatch(r"\d{8}T\d{6}Z", first["DTSTAMP"])
    assert second["UID"] == f"task-{task.pk}-deadline@ppm"
    assert second["DTSTART;VALUE=DATE"] == f"{due:%Y%m%d}"


def test_what_is_no_plan_any_more_is_left_out(
    owner: User, city: Component, milestone: Task
) -> None:
    ended = make_project(city, state=State.TERMINATED)
    long_ago = TODAY - timedelta(400)
    for project, day in ((ended, TODAY), (milestone.project, long_ago)):
        make_task(project, start_date=day, finish_date=day, duration_minutes=0)
    [event] = events_in(Client().get(feed_of(owner, city)).content)
    assert event["UID"].startswith(f"task-{milestone.pk}-")


def test_an_unchanged_feed_is_not_sent_again(
    owner: User, city: Component, milestone: Task
) -> None:
    address = feed_of(owner, city)
    first = Client().get(address)
    known = {"If-None-Match": first["ETag"]}
    again = Client().get(address, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    milestone.name = "Open the weir"
    milestone.save(update_fields=["name"])
    later = Client().get(address, headers=known)
    assert later.status_code == 200
    [before], [after] = events_in(first.content), events_in(later.content)
    assert before["UID"] == after["UID"]
    assert int(before["SEQUENCE"]) < int(after["SEQUENCE"])


def test_a_feed_shows_what_its_owner_sees_at_the_time(
    owner: User, city: Component, milestone: Task
) -> None:
    address, nowhere = feed_of(owner, city), Client().get("/feeds/unknown.ics")
    assert Client().get(address).status_code == 200
    RoleAssignment.objects.all().delete()
    lost = Client().get(address)
    assert (lost.status_code, lost.content) == (404, nowhere.content)
    give_role(owner, city, Role.VIEWER)
    assert Client().get(address).status_code == 200
    owner.is_active = False
    owner.save(update_fields=["is_active"])
    assert Client().get(address).status_code == 404


def test_a_part_that_is_hidden_is_left_out(owner: User, city: Component, milestone: Task) -> None:
    part = make_user()
    give_role(part, make_project(city), Role.VIEWER)
    assert signed_in(part).post(f"/components/{city.code}/calendar/").status_code == 404
    assert CalendarFeed.objects.count() == 0


def test_a_revoked_address_opens_nothing(owner: User, city: Component, milestone: Task) -> None:
    address = feed_of(owner, city)
    feed = CalendarFeed.objects.get()
    assert feed.digest not in address
    client = signed_in(owner)
    page = client.get("/account/calendars/").content.decode()
    assert "City" in page
    assert address not in page
    revoke = f"/account/calendars/{feed.pk}/revoke/"
    assert signed_in(make_user()).post(revoke).status_code == 404
    client.post(revoke)
    assert Client().get(address).status_code == 404
    assert "You have no calendar address." in client.get("/account/calendars/").content.decode()


def test_a_feed_is_not_read_too_often(owner: User, city: Component) -> None:
    address = feed_of(owner, city)
    for _ in range(MOST_READINGS):
        assert Client().get(address).status_code == 200
    refused = Client().get(address)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600


def test_the_page_of_a_component_leads_to_its_feed(owner: User, city: Component) -> None:
    client = signed_in(owner)
    page = client.get(f"/portfolios/{city.code}/").content.decode()
    assert f'href="/components/{city.code}/calendar/"' in page
    assert "Make an address" in client.get(f"/components/{city.code}/calendar/").content.decode()


def test_who_has_lost_everything_has_no_feed_left(owner: User, city: Component) -> None:
    address = feed_of(owner, city)
    end_access(owner)
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("name", ["event", "path"])
def test_the_address_stands_in_no_log(name: str) -> None:
    line = {name: "Not Found: /feeds/nobody-knows.ics"}
    assert hide_addresses(None, "", line) == {name: "Not Found: /feeds/…"}
