"""Dates as calendar programs read them (iCalendar, RFC 5545): each an event of a whole day.

The same dates are the same bytes, so that a program that has them need not read them again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

CONTENT_TYPE = "text/calendar; charset=utf-8"
REFRESH = timedelta(hours=6)
"""How often a program should look again."""


@dataclass(frozen=True)
class DatedEvent:
    """Something that is due on a day. `key` is its own for ever, `version` counts its changes."""

    key: str
    day: date
    title: str
    about: str
    address: str
    category: str
    version: int


def calendar_of(name: str, events: Iterable[DatedEvent], *, since: datetime) -> bytes:
    """Write a calendar; `since` stands for the moment of its events, which nobody noted."""
    calendar = Calendar()
    calendar.add("prodid", "-//PPM//Dates//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for event in events:
        calendar.add_component(_entry(event, since))
    content: bytes = calendar.to_ical()
    return content


def _entry(event: DatedEvent, since: datetime) -> Event:
    entry = Event()
    entry.add("uid", f"{event.key}@ppm")
    entry.add("dtstamp", since)
    entry.add("sequence", event.version)
    entry.add("dtstart", event.day)
    entry.add("dtend", event.day + timedelta(days=1))
    entry.add("summary", event.title)
    entry.add("description", event.about)
    entry.add("url", event.address)
    entry.add("categories", [event.category])
    entry.add("transp", "TRANSPARENT")  # nobody is busy all day because of it
    return entry
