"""Mappings: what is wrong with one is said with its place, before the file is read."""

import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError

from portfolios.importing.mapping import parse_mapping, read_mapping
from portfolios.importing.report import MappingError
from portfolios.importing.template import parse_template
from tests.importing.running import EXAMPLES, run_import

LEVEL = '[levels.it]\nkind = "project"\ncode = "{id}"\n'


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_mappings_are_sound(path: Path) -> None:
    assert read_mapping(path).levels


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the mapping has no [levels.…]: it makes nothing"),
        ("level = 1", "the mapping has no “level”; it has: as_of, date_formats, "),
        ('as_of = "2012"', "the mapping: “as_of” must be a date"),
        ("as_of = 2012-08-31T10:00:00", "the mapping: “as_of” must be a date"),
        ("date_formats = '%d'", "the mapping: “date_formats” must be a list"),
        ('date_formats = ["%d.%m"]', "the mapping: “%d.%m” is no format of a whole date"),
        ('date_formats = ["%Q"]', "the mapping: “%Q” is no format of a whole date"),
        ("levels.it = 1", "levels.it must be a table"),
        (
            '[levels.it]\nkind = "task force"',
            "levels.it.kind must be one of: portfolio, program, project, task",
        ),
        ('[levels.it]\nkind = "project"', "levels.it needs “code”"),
        ('[levels.it]\nkind = "task"\nwbs = "1"', "levels.it needs “wbs” and “project”"),
        (LEVEL + 'colour = "red"', "levels.it has no “colour”; it has: "),
        (LEVEL + 'path = "{id}"', "levels.it has no “path”; it has: "),
        (LEVEL + 'status_date = "{id}"', "levels.it has no “status_date”; it has: "),
        (LEVEL + 'name = "{id"', "levels.it.name: a brace in “{id” has no partner"),
        (LEVEL + 'name = "{}"', "levels.it.name: braces without a column"),
        (
            LEVEL + 'name = "{id|shout}"',
            "levels.it.name: there is no function “shout”, only slug, upper, lower, pad",
        ),
        (LEVEL + 'name = "{id|pad}"', "levels.it.name: pad needs a width, as in pad:3"),
        (LEVEL + "name = [[1]]", "levels.it.name: “[1]” is not a template"),
        (
            LEVEL + 'name = { form = "{id}" }',
            "levels.it.name takes: from, times, plus_days, map; “from” is needed",
        ),
        (
            LEVEL + 'name = { from = "{id}", times = 2 }',
            "levels.it.name: “times” does not fit this field",
        ),
        (
            LEVEL + 'budget = { from = "{id}", plus_days = "1" }',
            "levels.it.budget: “plus_days” does not fit this field",
        ),
        (
            LEVEL + 'budget = { from = "{id}", times = "2" }',
            "levels.it.budget: “times” must be a number",
        ),
        (
            LEVEL + 'state = { from = "{id}", map = ["a"] }',
            "levels.it.state: “map” must be a table of values",
        ),
        (
            LEVEL + 'state = { start = "{a}" }',
            "levels.it.state takes either “from” or all of: start, finish, starts_later, "
            "finished, otherwise",
        ),
        (LEVEL + "estimate = 1", "levels.it.estimate must be a table"),
        (LEVEL + 'estimate = { cost = "{a}" }', "levels.it.estimate has no “cost”; it has: "),
        (
            LEVEL + 'estimate = { forecast_finish = "{a}" }',
            "levels.it.estimate needs “at_completion”",
        ),
        (LEVEL + 'progress = { percent = "1" }', "levels.it has no “progress”; it has: "),
        (
            LEVEL + 'placement = "anywhere"',
            "levels.it.placement must be one of: exact, below, move",
        ),
        (LEVEL + "only = 1", "levels.it.only must be a table of columns and their texts"),
        (LEVEL + 'except = { a = "b" }', "levels.it.except needs a list of texts for each column"),
        ("heading_rows = 3", "the mapping: “heading_rows” must be 1 or 2"),
        ("heading_rows = []", "the mapping: “heading_rows” must be 1 or 2"),
        ("heading_rows = true", "the mapping: “heading_rows” must be 1 or 2"),
        ("may_lack = [1]", "the mapping: “may_lack” must be a list of texts"),
        ("lookups = { a = 1 }", "the mapping, lookups: “a” must be text"),
        ("refers = { a = 1 }", "the mapping, refers: “a” must be text"),
        (LEVEL + 'optional = "yes"', "levels.it: “optional” must be true or false"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong_and_where(text: str, sentence: str) -> None:
    with pytest.raises(MappingError) as error:
        parse_mapping(tomllib.loads(text))
    assert str(error.value).startswith(sentence)


def test_a_mapping_that_is_no_toml_or_not_there_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("levels = [")
    with pytest.raises(CommandError, match=r"wrong\.toml: "):
        run_import(tmp_path / "data.csv", wrong)
    with pytest.raises(CommandError, match=r"absent\.toml: "):
        run_import(tmp_path / "data.csv", tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("constant", "constant"),
        ("{code}", "7"),
        ("P{code|pad:3}-{name|slug}", "P007-r-d-costs"),
        ("{ name | upper }", "R & D: COSTS"),
        ("{name|lower|slug}", "r-d-costs"),
        ("{code} of {none}", ""),
    ],
)
def test_a_template_is_filled(template: str, text: str) -> None:
    cells = {"code": "7", "name": "R & D: Costs", "none": ""}

    assert parse_template(template, "here").fill(cells) == text
