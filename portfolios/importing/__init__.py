"""Importing tables of real data into the tree, by a mapping that says what their columns mean."""

from portfolios.importing.mapping import read_mapping
from portfolios.importing.report import MappingError, RefusedError, Report, UnreadableFileError
from portfolios.importing.running import Run, import_file

__all__ = [
    "MappingError",
    "RefusedError",
    "Report",
    "Run",
    "UnreadableFileError",
    "import_file",
    "read_mapping",
]
