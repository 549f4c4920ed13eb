"""Versions of rows: who changes one says which version was read, so none is overwritten unseen.

The version stands in each row, and first in its `ETag`: `"7-9f86d081"` is version 7, read with
this body. `If-Match` takes that, or `"7"` alone; `*` overwrites whatever is there.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.request import Request

from ppm.core.models import Component, Versioned
from ppm.core.problems import GONE, Conflict
from ppm.core.reach import unscoped

TAG = re.compile(r'(?:W/)?"(\d{1,9})(?:-[0-9a-f]+)?"')


class VersionNeeded(APIException):
    """The caller is to say which version was read."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_code = "version_needed"
    default_detail = (
        "Say in If-Match which version you have read: the row's ETag, or * to overwrite any."
    )


class Outdated(APIException):
    """Somebody else has changed the row; the answer's `ETag` is the version that it is at."""

    status_code = HTTPStatus.PRECONDITION_FAILED
    default_code = "outdated"

    def __init__(self, version: int) -> None:
        """Tell the version."""
        super().__init__(
            f"Somebody has changed this row: it is at version {version}. Read it again."
        )
        self.headers = {"ETag": tag_of(version)}


def tag_of(version: int) -> str:
    """Write the version as an `ETag`."""
    return f'"{version}"'


def is_versioned(model: Any) -> bool:
    """Tell whether rows of the model count their changes."""
    return issubclass(model, Versioned | Component)


def versions_in(request: Request) -> frozenset[str]:
    """Read which versions of the row the caller takes it to be at; `*` is any."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        raise VersionNeeded
    return frozenset({"*"} if header == "*" else TAG.findall(header))


def require_version(row: Any, versions: frozenset[str]) -> None:
    """Refuse a change by somebody who has read another version of the row."""
    if not versions & {"*", str(row.version)}:
        raise Outdated(row.version)


def hold(row: Any, versions: frozenset[str]) -> None:
    """Lock the row until the transaction ends, if it is still as it was judged."""
    with unscoped("the row of the request, locked"):
        rows = type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk)
        version = rows.values_list("version", flat=True).first()
    if version is None:
        raise Conflict(GONE, code="gone")
    if version != row.version:
        row.version = version
        require_version(row, versions)
