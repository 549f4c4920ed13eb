"""The forms of the import pages: the file, what its columns mean, and the start of a run."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from portfolios.importing import MappingError, UnreadableFileError
from portfolios.importing.mapping import LARGEST as LARGEST_MAPPING
from portfolios.importing.mapping import parse_toml
from portfolios.importing.preview import ANY_LAYOUT, read_preview
from portfolios.models import ImportRun
from ppm.core.forms import DayInput

LARGEST = 10_000_000
"""Bytes of a file."""


def megabytes(size: int) -> str:
    """Write a size."""
    return f"{size / 1_000_000:.1f} MB"


class UploadForm(forms.Form):
    """A file, and the mapping that goes with it if there is one already."""

    file = forms.FileField(
        label="File",
        max_length=250,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.xlsm,.json"}),
        help_text="CSV in UTF-8, an Excel workbook or JSON of another tool, up to 10 MB. The "
        "first row of a table holds the headings.",
        error_messages={"empty": "The file is empty."},
    )
    sheet = forms.CharField(
        required=False,
        max_length=100,
        help_text="Of a workbook: the name of the sheet, if it is not the first one.",
    )
    mapping = forms.FileField(
        label="Mapping",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".toml"}),
        help_text="A TOML file that says what the columns mean, if you have one. Without it you "
        "say so on the next page.",
    )

    def clean_file(self) -> UploadedFile[Any]:
        """Refuse what is too large or has another ending; read it."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(
                f"The file has {megabytes(file.size or 0)}; at most {megabytes(LARGEST)} can be "
                "uploaded. The command import_components takes larger ones."
            )
        if not (file.name or "").lower().endswith((".csv", ".xlsx", ".xlsm", ".json")):
            raise forms.ValidationError(
                "Choose a CSV file (.csv), an Excel workbook (.xlsx) or JSON (.json)."
            )
        return file

    def clean_mapping(self) -> str:
        """Read the mapping, and refuse one that is not sound."""
        file = self.cleaned_data["mapping"]
        if not file:
            return ""
        if file.size > LARGEST_MAPPING:
            raise forms.ValidationError("This file is too large for a mapping.")
        try:
            text: str = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The mapping is not UTF-8.") from error
        return sound(text)

    def clean(self) -> None:
        """Read what the next page shows of the file."""
        if "file" not in self.cleaned_data or "sheet" not in self.cleaned_data:
            return
        file = self.cleaned_data["file"]
        self.content = file.read()
        try:
            # A mapping that comes along knows where the table is.
            mapping = self.cleaned_data.get("mapping")
            layout = parse_toml(mapping).layout if mapping else ANY_LAYOUT
            sheet = self.cleaned_data["sheet"]
            self.preview = read_preview(file.name, self.content, sheet, layout)
        except UnreadableFileError as error:
            self.add_error("file", f"{error}.")

    def save(self, *, owner: Any) -> ImportRun:
        """Keep the file."""
        return ImportRun.objects.create(
            owner=owner,
            file_name=self.cleaned_data["file"].name,
            content=self.content,
            preview=self.preview.as_json(),
            mapping=self.cleaned_data["mapping"],
        )


def sound(mapping: str) -> str:
    """Return the text of a mapping that can be used; else say what is wrong with it."""
    try:
        parse_toml(mapping)
    except MappingError as error:
        raise forms.ValidationError(str(error)) from error
    return mapping


class CheckForm(forms.ModelForm[ImportRun]):
    """The mapping and the options of a run; a worker checks the file by them."""

    class Meta:
        model = ImportRun
        fields = ["mapping", "as_of", "sets_status_date"]
        widgets = {
            "mapping": forms.Textarea(
                attrs={"rows": 14, "spellcheck": "false", "class": "code", "wrap": "off"}
            ),
            "as_of": DayInput(),
        }
        labels = {"as_of": "Date", "sets_status_date": "Make it the status date of the trees"}
        help_texts = {
            "as_of": "The date that the file is about; facts are dated so. Empty: today, or the "
            "date in the mapping.",
            "sets_status_date": "All figures of these trees are then about that date.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        """Ask for the mapping, which a fresh upload has not."""
        super().__init__(*args, **options)
        self.label_suffix = ""
        self.fields["mapping"].required = True

    def clean_mapping(self) -> str:
        """Refuse a mapping that is not sound."""
        mapping: str = self.cleaned_data["mapping"]
        if len(mapping) > LARGEST_MAPPING:
            raise forms.ValidationError("This text is too long for a mapping.")
        return sound(mapping)

    def start(self) -> None:
        """Let a worker check the file."""
        self.instance.start(dry_run=True)


class ImportForm(forms.Form):
    """The wish to import what was checked; with `partial` the sound rows only."""

    partial = forms.BooleanField(required=False)

    def __init__(self, *args: Any, instance: ImportRun, **options: Any) -> None:
        """Keep the run."""
        super().__init__(*args, **options)
        self.instance = instance

    def clean(self) -> None:
        """Refuse what was not checked as it is now."""
        if not self.instance.can_be_imported:
            raise forms.ValidationError("Check the file before you import it.")

    def start(self) -> None:
        """Let a worker import the file."""
        self.instance.is_partial = self.cleaned_data["partial"]
        self.instance.start(dry_run=False)
