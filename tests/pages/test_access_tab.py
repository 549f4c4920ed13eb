"""Who can see this? The tab that says so, on which roles are given and taken away."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ppm.core.giving import GIVEN, IN_THE_PAST, TOO_MUCH
from ppm.core.models import AuditEvent, Role, RoleAssignment, User
from ppm.core.people import people_near
from ppm.core.sight import MOST
from tests.api.conftest import client_of
from tests.factories import give_role, make_group, make_user
from tests.pages.conftest import Organisation, signed_in
from tests.pages.reading import Page

ACCESS = "/programs/PAY/access/"
NEW = "/components/PAY/role-assignments/new/"
END = datetime(2059, 5, 31, 22, tzinfo=UTC)
"""The end of 31 May in the time zone of the tree."""


def opened(client: Client, address: str = ACCESS) -> Page:
    """Read a page that can be opened."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return Page(answer.content)


def told(client: Client, address: str, values: dict[str, Any]) -> str:
    """Fill a form in that is refused; return what the page says."""
    answer = client.post(address, values)
    assert answer.status_code == 200
    return Page(answer.content).text


def lines(page: Page, table: str = "People") -> list[list[str]]:
    """Read a table without the words and the column by which roles are changed."""
    rows = [row.cells[:5] for row in page.rows(table)]
    return [[cell.removeprefix("Change until when: ") for cell in cells] for cells in rows]


def test_it_names_everybody_with_a_role_here_or_above(organisation: Organisation) -> None:
    paula = make_user("paula", first_name="Paula", last_name="Nowak")
    team = make_group(paula, make_user("gone", active=False), name="Accounting")
    give_role(team, organisation.program, Role.FINANCE, expires_at=END)
    give_role(paula, organisation.portfolio, Role.GOVERNANCE)
    give_role(make_user("zoe"), organisation.program, Role.CONTRIBUTOR)
    give_role(make_user("beside"), organisation.beside, Role.VIEWER)
    give_role(make_user("below"), organisation.late, Role.VIEWER)
    page = opened(signed_in(organisation.owner))
    governs = "register, report, policy, decision"
    assert lines(page) == [
        ["member", "Viewer", "here", "for good", "nothing"],
        ["owner", "Portfolio manager", "Digital services", "for good", "everything"],
        ["zoe", "Contributor sees no money", "here", "for good", "progress, register"],
        ["Paula Nowak through Accounting", "Finance", "here", "31 May 2059", "money, benefit"],
        ["Paula Nowak", "Governance", "Digital services", "for good", governs],
    ]
    members = ["Accounting 1 member", "Finance", "here", "31 May 2059", "money, benefit"]
    assert lines(page, "Groups") == [members]
    assert "Administrators see and change everything" in page.text


def test_what_stands_above_ones_sight_is_not_named(organisation: Organisation) -> None:
    paula = make_user("paula")
    board, own = make_group(paula, name="Board"), make_group(organisation.member, name="Readers")
    give_role(board, organisation.portfolio, Role.AUDITOR)
    give_role(own, organisation.portfolio, Role.VIEWER)
    page = opened(signed_in(organisation.member))
    # Through his own group he sees the portfolio, and so what is given there.
    assert "Board" in page.text
    own.delete()
    page = opened(signed_in(organisation.member))
    assert lines(page) == [
        ["member", "Viewer", "here", "for good", "nothing"],
        ["owner", "Portfolio manager", "above", "for good", "everything"],
        ["paula through a group", "Auditor", "above", "for good", "nothing"],
    ]
    [group] = lines(page, "Groups")
    assert group == ["A group 1 member", "Auditor", "above", "for good", "nothing"]
    for secret in ("Board", "Digital services", "/portfolios/HOME/"):
        assert secret not in page.text
        assert secret not in page.links.values()
    assert not any("role-assignments" in link for link in page.links.values())


def test_a_name_that_is_not_told_is_neither_searched_nor_sorted_by(
    organisation: Organisation,
) -> None:
    hidden = [make_group(name=name) for name in ("Merger", "Audit", "Zebra")]
    for group, role in zip(hidden, ("auditor", "finance", "viewer"), strict=True):
        give_role(group, organisation.portfolio, Role(role))
    give_role(make_group(name="Neighbours"), organisation.program, Role.VIEWER)
    member, owner = signed_in(organisation.member), signed_in(organisation.owner)
    roles = [row[1] for row in lines(opened(member), "Groups")]
    assert roles == ["Viewer", "Auditor", "Finance", "Viewer"]
    assert opened(member, f"{ACCESS}?search=neigh").names("Groups") == ["Neighbours 0 members"]
    assert opened(owner, f"{ACCESS}?search=merger").names("Groups") == ["Merger 0 members"]
    found, missed = (opened(member, f"{ACCESS}?search={name}") for name in ("merger", "mergex"))
    assert found.text == missed.text
    assert "Groups" not in found.tables


def test_no_person_is_named_whom_the_reader_does_not_see_anyway(
    organisation: Organisation,
) -> None:
    for place in (organisation.portfolio, organisation.program, organisation.late):
        give_role(make_group(make_user(), make_user()), place, Role.VIEWER)
    for reader in (organisation.owner, organisation.member):
        near = {str(person) for person in people_near(reader)}
        for address in (ACCESS, "/projects/LATE/access/"):
            page = opened(signed_in(reader), address)
            named = {name.split(" through ")[0] for name in page.names("People")}
            assert named <= near
            assert len(named) >= 4


def test_outsiders_see_neither_the_tab_nor_its_forms(organisation: Organisation) -> None:
    [given] = organisation.program.role_assignments.all()
    change, delete = (f"/role-assignments/{given.pk}/{what}/" for what in ("edit", "delete"))
    for client, statuses in (
        (signed_in(organisation.owner), [200, 200, 200, 200]),
        (signed_in(organisation.member), [200, 403, 403, 403]),
        (signed_in(organisation.outsider), [404, 404, 404, 404]),
        (Client(), [302, 302, 302, 302]),
    ):
        found = [client.get(page).status_code for page in (ACCESS, NEW, change, delete)]
        assert found == statuses
        for page, status in zip((NEW, change, delete), statuses[1:], strict=True):
            assert status == 200 or client.post(page).status_code == status
    assert RoleAssignment.objects.filter(pk=given.pk).exists()


def test_a_long_list_says_how_many_more_there_are_and_is_searched(
    organisation: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    crowd = [
        User(username=f"r{n}", email=f"r{n}@example.org", first_name="Rita", last_name=f"R{n}")
        for n in range(120)
    ]
    group = make_group(*User.objects.bulk_create(crowd), name="Everybody")
    give_role(group, organisation.program, Role.VIEWER)
    expired = give_role(make_user(), organisation.program, Role.VIEWER)
    RoleAssignment.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    client = signed_in(organisation.owner)
    with django_assert_max_num_queries(20):
        page = opened(client)
    assert len(page.rows("People")) == 100
    assert "And 22 more: search for a name." in page.text
    found = opened(client, f"{ACCESS}?search=rita+r11")
    expected = {f"Rita R{n} through Everybody" for n in (11, *range(110, 120))}
    assert set(found.names("People")) == expected
    assert "Groups" not in found.tables
    assert opened(client, f"{ACCESS}?search=every").names("Groups") == ["Everybody 120 members"]
    nobody = opened(client, f"{ACCESS}?search=%00nobody%27%22%3E")
    assert "Nobody of that name has a role here or above." in nobody.text


def test_a_role_is_given_for_a_time_changed_and_taken_away(organisation: Organisation) -> None:
    client = signed_in(organisation.owner)
    form = opened(client, NEW)
    assert "Give a role on PAY Payments" in form.text
    values = {"user": organisation.member.pk, "role": "finance", "last_day": "2059-05-31"}
    answer = client.post(NEW, values)
    assert answer["Location"] == ACCESS
    given = RoleAssignment.objects.get(role=Role.FINANCE)
    assert (given.user, given.group, given.expires_at) == (organisation.member, None, END)
    assert (given.component_id, given.expires_at) == (organisation.program.pk, END)
    page = opened(client)
    assert "Role assignment “member: Finance of PAY Payments” was added." in page.text
    assert ["member", "Finance", "here", "31 May 2059", "money, benefit"] in lines(page)
    change = f"/role-assignments/{given.pk}/edit/"
    assert 'value="2059-05-31"' in client.get(change).content.decode()
    hidden = {"initial-last_day": "2059-05-31"}
    client.post(change, {**hidden, "last_day": "", "role": "portfolio_manager", "user": ""})
    given.refresh_from_db()
    assert (given.user, given.role, given.expires_at) == (organisation.member, Role.FINANCE, None)
    delete = f"/role-assignments/{given.pk}/delete/"
    assert "Take away “member: Finance of PAY Payments”?" in opened(client, delete).text
    assert client.post(delete)["Location"] == ACCESS
    assert "“member: Finance of PAY Payments” was taken away." in opened(client).text
    assert not RoleAssignment.objects.filter(pk=given.pk).exists()
    trail = AuditEvent.objects.filter(table_name="core_roleassignment", row_id=str(given.pk))
    mine = trail.filter(actor=organisation.owner).order_by("pk")
    done = mine.values_list("operation", flat=True)
    assert list(done) == ["insert", "update", "delete"]


def test_what_cannot_be_given_is_refused_in_words(organisation: Organisation) -> None:
    governor = make_user()
    own = give_role(governor, organisation.program, Role.GOVERNANCE)
    RoleAssignment.objects.filter(pk=own.pk).update(expires_at=END)
    client, member = signed_in(governor), organisation.member.pk
    offered = client.get(NEW).content.decode()
    assert 'value="auditor"' in offered
    assert 'value="finance"' not in offered
    for values, sentence in (
        ({"role": "auditor", "last_day": "2059-05-31"}, "Name either a user or a group."),
        ({"user": member, "role": "finance", "last_day": "2059-05-31"}, "Select a valid choice."),
        ({"user": member, "role": "auditor"}, TOO_MUCH),
        ({"user": member, "role": "auditor", "last_day": "2059-06-01"}, TOO_MUCH),
        ({"user": member, "role": "auditor", "last_day": "2026-01-01"}, IN_THE_PAST),
        ({"user": member, "role": "viewer", "last_day": "2059-05-31"}, GIVEN),
        ({"user": organisation.outsider.pk, "role": "viewer"}, "Select a valid choice."),
        ({"group": make_group().pk, "role": "viewer"}, "Select a valid choice."),
        ({"user": member, "last_day": "31.5.2059"}, "Enter a valid date."),
    ):
        assert sentence in told(client, NEW, values), values
    assert set(organisation.program.role_assignments.values_list("user", flat=True)) == {
        member,
        governor.pk,
    }
    hidden = {"initial-last_day": "2059-05-31", "last_day": ""}
    assert TOO_MUCH in told(client, f"/role-assignments/{own.pk}/edit/", hidden)


def test_a_role_that_gives_nothing_stays_in_sight_until_it_is_taken_away(
    organisation: Organisation,
) -> None:
    off = make_user("off", active=False)
    give_role(off, organisation.program, Role.VIEWER)
    ended = organisation.program.role_assignments.filter(user=organisation.member)
    ended.update(expires_at=timezone.now() - timedelta(days=400))
    client = signed_in(organisation.owner)
    page = opened(client)
    assert page.names("People") == ["owner"]
    idle = page.rows("Roles that give nothing any more")
    assert [row.cells[0] for row in idle] == ["member", "off"]
    assert [row.cells[3].split(" on ")[0] for row in idle] == ["ended", "switched off"]
    again = {"user": organisation.member.pk, "role": "viewer"}
    assert client.post(NEW, again).status_code == 302
    assert opened(client).names("People") == ["member", "owner"]
    assert opened(signed_in(organisation.member)).tables.keys() == {"People"}
    client.post(idle[0].links[0])
    left = opened(client).rows("Roles that give nothing any more")
    assert [row.cells[0] for row in left] == ["off"]


def test_however_many_have_ended_those_that_hold_can_be_changed(
    organisation: Organisation,
) -> None:
    held = organisation.program.role_assignments.filter(user=organisation.member)
    ends = [timezone.now() - timedelta(days=day) for day in range(1, 3 * MOST + 2)]
    role = {"component": organisation.program, "user": organisation.member, "role": "finance"}
    RoleAssignment.objects.bulk_create(RoleAssignment(**role, expires_at=end) for end in ends)
    page = opened(signed_in(organisation.owner))
    [links] = [row.links for row in page.rows("People") if row.cells[0] == "member"]
    assert f"/role-assignments/{held.get(role='viewer').pk}/edit/" in str(links)


def test_whoever_takes_away_the_last_right_of_his_own_is_warned(
    organisation: Organisation,
) -> None:
    governor = make_user()
    own = give_role(governor, organisation.program, Role.GOVERNANCE)
    viewer = give_role(governor, organisation.program, Role.VIEWER)
    client = signed_in(governor)
    page = f"/role-assignments/{own.pk}/delete/"
    giving = "It is the last role by which you give and take roles on PAY Payments."
    seeing = "It is the last role by which you see PAY Payments yourself."
    assert giving in opened(client, page).text
    viewer.delete()
    assert seeing in opened(client, page).text
    assert "It is the last role" not in opened(signed_in(organisation.owner), page).text
    answer = client.post(page)
    assert answer["Location"] == "/"
    assert "was taken away." in opened(client, "/").text
    assert client.get(ACCESS).status_code == 404


def test_roles_are_given_and_taken_by_those_who_have_just_signed_in(
    organisation: Organisation,
) -> None:
    client = signed_in(organisation.owner)
    session = client.session
    past = timezone.now().timestamp() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT - 1
    session["account_authentication_methods"] = [{"method": "password", "at": past}]
    session.save()
    [given] = organisation.program.role_assignments.all()
    for page in (NEW, *(f"/role-assignments/{given.pk}/{what}/" for what in ("edit", "delete"))):
        for answer in (client.get(page), client.post(page, {"role": "viewer"})):
            assert answer["Location"].startswith("/account/confirm/"), page
    assert client.get(ACCESS).status_code == 200
    assert list(organisation.program.role_assignments.all()) == [given]


def test_a_page_of_the_past_tells_who_sees_it_today(organisation: Organisation) -> None:
    client = signed_in(organisation.owner)
    page = opened(client, f"/on/2026-01-10{ACCESS}")
    assert page.names("People") == ["member", "owner"]
    assert "today, whatever day this page is about" in page.text
    assert not any("role-assignments" in link for link in page.links.values())


def test_the_api_answers_the_same(organisation: Organisation) -> None:
    team = make_group(make_user("paula"), name="Accounting")
    given = give_role(team, organisation.portfolio, Role.FINANCE, expires_at=END)
    address = f"/api/v1/components/{organisation.program.pk}/access/"
    for user, place, group, name in (
        (organisation.owner, organisation.portfolio.pk, team.pk, "Accounting"),
        (organisation.member, None, None, None),
    ):
        answer = client_of(user).get(address).json()
        changes, until = ["money", "benefit"], "2059-05-31T22:00:00Z"
        role: dict[str, Any] = {
            "role": "finance",
            "component": place,
            "group": group,
            "sees_money": True,
        }
        role |= {"expires_at": until, "changes": changes}
        paula = {"user": team.user_set.get().pk, "name": "paula", "is_through_group": True}
        assert answer["people"][2] == {**role, **paula}
        assert answer["groups"] == [{**role, "name": name, "members": 1}]
        page = opened(signed_in(user))
        told_there = [row[0].split(" through ")[0] for row in lines(page)]
        assert [line["name"] for line in answer["people"]] == told_there
    few = client_of(organisation.owner).get(address, {"limit": "1", "search": "a"}).json()
    assert [len(few[kind]) for kind in ("people", "groups")] == [1, 1]
    assert (few["more_people"], few["more_groups"]) == (0, 0)
    refused = client_of(organisation.owner).get(address, {"limit": "101"})
    assert refused.status_code == 400
    outsider = client_of(organisation.outsider)
    missing = outsider.get("/api/v1/components/999999/access/").json()
    hidden = outsider.get(address).json()
    for answer in (missing, hidden):
        del answer["instance"], answer["request_id"]
    assert missing == hidden
    assert missing["status"] == 404
    given.delete()
    assert client_of(organisation.owner).get(address).json()["groups"] == []
