"""The filters of jobs."""

from __future__ import annotations

from ppm.core.filters.kinds import SearchFilter
from ppm.core.filters.rows import RowFilter
from ppm.core.models import Job


class JobFilter(RowFilter):
    """Filters of jobs."""

    search = SearchFilter("title", "message")

    class Meta:
        model = Job
        fields = ("kind", "state", "owner", "created_at", "finished_at", "request_id")
