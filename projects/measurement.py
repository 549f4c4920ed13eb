"""Measuring projects: from their facts to their snapshots, many in one statement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from ppm.core.snapshotting import store
from ppm.core.sql import ISSUE, POLICY, RISK, SCOPE

STATEMENTS = (SCOPE, POLICY, RISK, ISSUE, Path(__file__).with_suffix(".sql"))


def measure(project_ids: Collection[int], *, as_of: date) -> list[int]:
    """Measure the projects on the date; return those whose snapshot changed."""
    return store(STATEMENTS, project_ids, as_of=as_of)
