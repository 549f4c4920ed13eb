"""Import a table of real data into the tree: `import_components FILE --mapping MAPPING.toml`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portfolios.importing import (
    MappingError,
    RefusedError,
    Report,
    Run,
    UnreadableFileError,
    import_file,
    read_mapping,
)
from ppm.core.management.arguments import day


class Command(BaseCommand):
    """Import components, tasks and facts from CSV or XLSX; `docs/importing.md` says how."""

    help = "Import components, tasks and facts from a CSV or XLSX file by a TOML mapping."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the file, the mapping and what to do with them."""
        parser.add_argument("file", type=Path, help="the CSV (UTF-8) or XLSX file")
        parser.add_argument("--mapping", type=Path, required=True, help="the TOML mapping")
        parser.add_argument("--as-of", type=day, metavar="DATE", help="status date, YYYY-MM-DD")
        parser.add_argument("--dry-run", action="store_true", help="report, but write nothing")
        parser.add_argument("--partial", action="store_true", help="write the sound rows anyway")
        parser.add_argument("--json", action="store_true", help="report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, report, and fail if rows were rejected and nothing was written for it."""
        try:
            report = self._import(options)
        except (MappingError, UnreadableFileError, RefusedError) as error:
            raise CommandError(str(error)) from error
        self._tell(report, options["json"])
        if not report.is_acceptable(options["partial"]):
            sys.exit(1)

    def _import(self, options: dict[str, Any]) -> Report:
        mapping = read_mapping(options["mapping"])
        given = options["as_of"] or mapping.as_of
        run = Run(
            as_of=given or timezone.localdate(),
            request_id=uuid4(),
            sets_status_date=given is not None,
            partial=options["partial"],
            dry_run=options["dry_run"],
            say=self._say,
        )
        return import_file(options["file"], mapping, run)

    def _say(self, line: str, done: int, total: int) -> None:
        """Show progress, to a person only."""
        if self.stderr.isatty():
            self.stderr.write(line)

    def _tell(self, report: Report, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(report.lines()))
