"""What gunicorn does for this product; it reads this file by itself.

Addresses and numbers of processes are said on its command line.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from datetime import timedelta
from typing import Any

import structlog
from gunicorn.glogging import Logger

from ppm.settings import LOGGING


class StructuredLogger(Logger):  # type: ignore[misc]
    """Writes a line an answer, in the form of all other lines.

    Neither the query string nor the address of the caller: they may be personal.
    """

    def access(
        self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta
    ) -> None:
        """Write the line; `ppm.watch` holds what `ppm.core.middleware` knows of the request."""
        structlog.stdlib.get_logger("gunicorn.access").info(
            "answered",
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            status=resp.status_code,
            seconds=round(request_time.total_seconds(), 4),
            **environ.get("ppm.watch", {}),
        )


# The processes count requests together, in files of one folder. prometheus_client looks for its
# name when it is imported, which the application does later.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
is_ours = FOLDER not in os.environ
if is_ours:
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="gunicorn-counts-")


def on_exit(server: Any) -> None:
    """Remove the counts: Prometheus takes their absence for a new beginning."""
    if is_ours:
        shutil.rmtree(os.environ[FOLDER], ignore_errors=True)


logger_class = StructuredLogger
logconfig_dict = LOGGING
logging.captureWarnings(capture=True)
