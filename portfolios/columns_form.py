"""The form that makes a mapping: which column of a file fills which field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from portfolios.importing.access import places_for
from portfolios.importing.columns import (
    BASELINED,
    DATE_FORMATS,
    Choices,
    Filling,
    Slot,
    as_toml,
    guess_columns,
    guess_date_format,
    plain_meaning,
    slots,
)
from portfolios.importing.mapping import KEYS
from portfolios.importing.preview import MOST_VALUES, Preview
from ppm.core.models import AnyUser
from ppm.core.outline import indented

MOST_PLACES = 1000
COLUMN, VALUE = "column:", "value:"
"""What a choice begins with: it is a column of the file, or one value for every row."""
DEFAULTS = {"portfolio": {"state": "active"}, "task": {"earning_method": "physical_percent"}}


class ColumnsForm(forms.Form):
    """Which column of a file fills which field of what a row is about.

    Where a column says something of which there are a few choices only, each text in it that is
    none of them is asked for.
    """

    date_format = forms.ChoiceField(
        label="Dates are written as", required=False, choices=list(DATE_FORMATS.items())
    )
    times = forms.TypedChoiceField(
        label="Amounts are in",
        coerce=int,
        initial=1,
        choices=[(1, "units"), (1000, "thousands"), (1_000_000, "millions")],
    )
    code_prefix = forms.CharField(
        label="Put in front of each code",
        required=False,
        max_length=40,
        help_text="A code is there once in all trees; PAY- makes PAY-1 of 1.",
    )
    is_baseline = forms.BooleanField(
        label="The plan in the file is approved: take it as baseline", required=False
    )

    def __init__(
        self, *args: Any, kind: str, preview: Preview, user: AnyUser, **options: Any
    ) -> None:
        """Offer the columns for everything that a row of that kind can say."""
        super().__init__(*args, **options)
        self.label_suffix = ""
        self.kind, self.preview = kind, preview
        self.guesses = guess_columns(kind, preview.headings)
        self.fields["parent"] = self._parent_field(user)
        for slot in slots(kind):
            self.fields[slot.name] = self._slot_field(slot)
        for slot in slots(kind):
            self._ask_for_words(slot)
        self.initial["date_format"] = guess_date_format(self._guessed_dates())
        if kind == "task":
            del self.fields["code_prefix"]
        if kind not in BASELINED:
            del self.fields["is_baseline"]

    def _parent_field(self, user: AnyUser) -> forms.ChoiceField:
        places = places_for(self.kind, user).order_by("path")[:MOST_PLACES]
        names = {place.code: f"{indented(place)} ({place.code})" for place in places}
        self.has_places = bool(names)
        groups = [
            ("", "Choose …"),
            ("For every row", [(f"{VALUE}{code}", name) for code, name in names.items()]),
            ("By the code in a column", self._columns()),
        ]
        label = "Project" if self.kind == "task" else "Stands below"
        return forms.ChoiceField(label=label, choices=groups, initial=self._first_place(names))

    def _first_place(self, names: dict[str, str]) -> str:
        """Guess the column that holds codes of places, else the only place."""
        heading = self.guesses.get(KEYS[self.kind][1], "")
        codes = self.preview.values.get(heading, [])
        if codes and names.keys() >= set(codes):
            return f"{COLUMN}{heading}"
        return f"{VALUE}{next(iter(names))}" if len(names) == 1 else ""

    def _slot_field(self, slot: Slot) -> forms.ChoiceField:
        values = [(f"{VALUE}{value}", label) for value, label in slot.choices.items()]
        groups: list[Any] = [("", "Choose …" if slot.is_required else "—")]
        groups += [("Columns of the file", self._columns())]
        groups += [("The same for every row", values)] if values else []
        guess = self.guesses.get(slot.name)
        default = DEFAULTS.get(self.kind, {}).get(slot.name)
        if slot.name == "earning_method" and "budget" not in self.guesses:
            default = None
        return forms.ChoiceField(
            label=slot.label,
            required=slot.is_required,
            choices=groups,
            initial=f"{COLUMN}{guess}" if guess else f"{VALUE}{default}" if default else "",
        )

    def _columns(self) -> list[tuple[str, str]]:
        return [(f"{COLUMN}{heading}", heading) for heading in self.preview.headings]

    def _guessed_dates(self) -> Iterator[str]:
        for slot in slots(self.kind):
            if slot.is_date and slot.name in self.guesses:
                yield from self.preview.values[self.guesses[slot.name]]

    def _ask_for_words(self, slot: Slot) -> None:
        """Ask what the texts of a chosen column mean, where they do not say so themselves."""
        guess = self.fields[slot.name].initial
        choice = self.data.get(slot.name, "") if self.is_bound else guess
        for number, text in self._texts(slot, choice):
            if not plain_meaning(text, slot.choices):
                self.fields[f"{slot.name}-{number}"] = forms.ChoiceField(
                    label=f"“{text}”",
                    choices=[("", "Choose …"), *slot.choices.items()],
                    error_messages={"required": "Say what it means."},
                )

    def _texts(self, slot: Slot, choice: str) -> Iterator[tuple[int, str]]:
        """Number the texts of the column that a choice names, of one with choices."""
        if slot.choices and choice.startswith(COLUMN):
            texts = self.preview.values.get(choice.removeprefix(COLUMN), [])
            yield from enumerate(texts[:MOST_VALUES])

    def clean(self) -> None:
        """Refuse what cannot become a sound mapping."""
        filled = self._fillings()
        for slot in slots(self.kind):
            column = filled[slot.name].column if slot.name in filled else ""
            if slot.choices and column and not self.preview.has_all_values(column):
                reason = f"This column has more than {MOST_VALUES} different texts."
                self.add_error(slot.name, reason)
        for first, *others in self._facts():
            if first.name not in filled and any(other.name in filled for other in others):
                self.add_error(first.name, "The other one says nothing without this.")
        if self.kind == "task" and ("budget" in filled) != ("earning_method" in filled):
            self.add_error("earning_method", "A budget needs an earning method, and it a budget.")

    def _facts(self) -> list[list[Slot]]:
        """List the slots of each fact."""
        facts: dict[str, list[Slot]] = {}
        for slot in slots(self.kind):
            if slot.fact:
                facts.setdefault(slot.fact, []).append(slot)
        return list(facts.values())

    def _fillings(self) -> dict[str, Filling]:
        return {
            slot.name: self._filling(slot)
            for slot in slots(self.kind)
            if self.cleaned_data.get(slot.name)
        }

    def _filling(self, slot: Slot) -> Filling:
        choice = self.cleaned_data[slot.name]
        words = {
            text: plain_meaning(text, slot.choices)
            or self.cleaned_data.get(f"{slot.name}-{number}", "")
            for number, text in self._texts(slot, choice)
        }
        is_plain = all(text == meaning for text, meaning in words.items())
        return _filling(choice, {} if is_plain else words)

    def mapping(self) -> str:
        """Write what was chosen as a mapping."""
        chosen = self.cleaned_data
        return as_toml(
            Choices(
                kind=self.kind,
                parent=_filling(chosen["parent"], {}),
                fillings=self._fillings(),
                prefix=chosen.get("code_prefix", ""),
                date_format=chosen["date_format"],
                times=chosen["times"],
                sheet=self.preview.sheet,
                is_baseline=chosen.get("is_baseline", False),
            )
        )

    def slot_fields(self) -> list[forms.BoundField]:
        """List the fields of what a row says."""
        return [self[slot.name] for slot in slots(self.kind)]

    def word_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """List the fields that ask for words, by what they are words of."""
        groups = []
        for slot in slots(self.kind):
            names = [name for name in self.fields if name.startswith(f"{slot.name}-")]
            if names:
                groups.append((slot.label, [self[name] for name in names]))
        return groups

    def option_fields(self) -> list[forms.BoundField]:
        """List the fields that are about the whole file."""
        options = ("date_format", "times", "code_prefix", "is_baseline")
        return [self[name] for name in options if name in self.fields]


def _filling(choice: str, words: dict[str, str]) -> Filling:
    if choice.startswith(COLUMN):
        return Filling(column=choice.removeprefix(COLUMN), words=words)
    return Filling(value=choice.removeprefix(VALUE))
