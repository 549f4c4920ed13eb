"""Overrides of the computed health: which count, and which wait for somebody else."""

from __future__ import annotations

from dataclasses import dataclass

from ppm.core.health_scale import RATED, SEVERITY
from ppm.core.models import Health, Outcome, Snapshot, StatusReport


@dataclass(frozen=True)
class Override:
    """A status report that runs on a day and wants to override the computed health."""

    report: StatusReport
    snapshot: Snapshot | None

    @property
    def ruling(self) -> str:
        """What was ruled of it; empty where nothing was."""
        return self.report.ruling.outcome if hasattr(self.report, "ruling") else ""

    @property
    def is_refused(self) -> bool:
        """Whether somebody else refused it."""
        return self.ruling == Outcome.REJECTED

    @property
    def counts(self) -> bool:
        """Whether it counts, or will when the figures are computed next."""
        if is_applied_to(self.snapshot, self.report):
            return True
        is_approved = self.ruling == Outcome.APPROVED
        at_once = counts_at_once(self.report.health, self.snapshot)
        return is_ratable(self.snapshot) and (is_approved or at_once)

    @property
    def waits(self) -> bool:
        """Whether it needs somebody else's approval and has no ruling yet."""
        return is_ratable(self.snapshot) and not (self.counts or self.ruling)


def is_applied_to(snapshot: Snapshot | None, report: StatusReport) -> bool:
    """Tell whether the figures count the override already."""
    applied = snapshot.reasons.get("override") if snapshot else None
    return applied is not None and applied["report"] == report.pk


def is_ratable(snapshot: Snapshot | None) -> bool:
    """Tell whether the work is under way, so that a rating can count."""
    return snapshot is not None and snapshot.computed_health in RATED


def counts_at_once(health: str, snapshot: Snapshot | None) -> bool:
    """Tell whether a rating is worse than what counts without any override."""
    if snapshot is None:
        return False
    is_overridden = "override" in snapshot.reasons
    present = Health(snapshot.computed_health if is_overridden else snapshot.health)
    return present in SEVERITY and SEVERITY[Health(health)] > SEVERITY[present]
