"""Exports: any list of the API, as its reader sees it, in a file."""

from ppm.core.exporting.asking import ask_for_export
from ppm.core.exporting.sending import send_file
from ppm.core.exporting.writing import FileFormat, export

__all__ = ["FileFormat", "ask_for_export", "export", "send_file"]
