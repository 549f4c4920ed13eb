"""Mappings made of choices: guesses from headings, and the text that comes out."""

import tomllib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios.importing.columns import (
    Choices,
    Filling,
    as_toml,
    guess_columns,
    guess_date_format,
    plain_meaning,
    slots,
)
from portfolios.importing.mapping import KINDS, parse_toml
from portfolios.importing.report import MappingError

STATES = {"on_hold": "On hold", "executing": "Executing"}


def test_headings_fill_what_they_name_and_each_one_thing() -> None:
    headings = ["Project ID", "Title", "STATUS", "Start_Date", "Due date", "Cost", "Program"]
    assert guess_columns("project", headings) == {
        "code": "Project ID",
        "name": "Title",
        "state": "STATUS",
        "start_date": "Start_Date",
        "finish_date": "Due date",
        "budget": "Cost",
        "parent": "Program",
    }


def test_own_names_go_before_usual_ones() -> None:
    assert guess_columns("project", ["Key", "Code", "Title", "Name"]) == {
        "code": "Code",
        "name": "Name",
    }


def test_of_a_task_the_project_is_where_it_belongs() -> None:
    found = guess_columns("task", ["Project", "ID", "Task name", "% complete"])
    assert found == {
        "project": "Project",
        "wbs": "ID",
        "name": "Task name",
        "percent": "% complete",
    }


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["31.12.2026", "2026-01-01"], "%d.%m.%Y"),
        (["01/31/2026", "02/03/2026"], "%m/%d/%Y"),
        (["02/03/2026"], ""),
        (["2026-01-01"], ""),
        ([], ""),
        (["soon"], ""),
    ],
)
def test_dates_are_guessed_where_one_way_fits(texts: list[str], form: str) -> None:
    assert guess_date_format(texts) == form


@pytest.mark.parametrize(
    ("text", "meaning"), [("ON HOLD", "on_hold"), ("on-hold", "on_hold"), ("Running", "")]
)
def test_a_text_may_name_a_choice_by_value_or_label(text: str, meaning: str) -> None:
    assert plain_meaning(text, STATES) == meaning


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_is_offered_makes_a_sound_mapping(kind: str) -> None:
    fillings = {slot.name: Filling(column=f"The {slot.label}") for slot in slots(kind)}
    text = as_toml(
        Choices(kind, Filling(value="PAY"), fillings, times=1000, is_baseline=kind == "task")
    )
    (level,) = parse_toml(text).levels
    made = {*level.fields, *(name for fact in level.facts.values() for name in fact)}
    assert made | {"code", "wbs"} >= {slot.name for slot in slots(kind)}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}|"), min_size=1))
def test_any_heading_survives(heading: str) -> None:
    fillings = {
        "code": Filling(column=heading),
        "state": Filling(heading, words={heading: "idea"}),
    }
    content = tomllib.loads(as_toml(Choices("project", Filling(heading), fillings)))
    level = content["levels"]["project"]
    assert level["code"] == level["parent"] == f"{{{heading}}}"
    assert level["state"] == {"from": f"{{{heading}}}", "map": {heading: "idea"}}


WORDS = (
    *("kind", "code", "wbs", "project", "parent", "name", "state", "from", "map", "times"),
    *("plus_days", "start", "budget", "estimate", "placement", "at_completion", "optional"),
)
VALUES = st.recursive(
    st.one_of(
        st.sampled_from(["project", "task", "{a}", "{a|then:x}", "{a|pad:3}", "{", "exact", "%d"]),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.dates().map(str),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(WORDS),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=20,
)


def written(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {written(given)}" for name, given in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + "".join(c for c in value if c.isprintable() and c != "'") + "'"
    return str(value).replace("e+", "e")


@given(st.dictionaries(st.sampled_from(["a", "b"]), VALUES, max_size=2), VALUES)
def test_no_mapping_breaks_the_reader(levels: dict[str, object], formats: object) -> None:
    text = f"levels = {written(levels)}\ndate_formats = {written(formats)}"
    with suppress(MappingError):
        parse_toml(text)
