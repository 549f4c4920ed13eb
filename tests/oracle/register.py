"""What any component has of its own: costs, estimates, risks, issues, changes, overrides."""

from datetime import date
from decimal import Decimal
from functools import cached_property

from ppm.core.health_scale import Verdict
from ppm.core.models import (
    Change,
    ChangeAssessment,
    CostEntry,
    Estimate,
    Health,
    HealthPolicy,
    Issue,
    IssueAssessment,
    OverrideRuling,
    Risk,
    RiskAssessment,
    StatusReport,
)
from projects.evm import money
from projects.health import Override, effective, issues_health
from tests.oracle.facts import ZERO, Facts, Figures, Row, newest, total

PENDING_OR_APPROVED = ("submitted", "approved", "implemented")
DECIDED = ("approved", "implemented")
EXTREME = 17


class Own:
    """A component and its own facts, as known on its tree's date."""

    def __init__(self, facts: Facts, component: Row, as_of: date) -> None:
        """Take a row of the component's kind."""
        self.facts, self.component, self.as_of = facts, component, as_of
        self.id: int = component["id"]
        self.state: str = component["state"]

    @cached_property
    def policy(self) -> HealthPolicy:
        """The health policy in force."""
        return self.facts.policy(self.component)

    @cached_property
    def costs(self) -> list[Row]:
        """Cost entries up to the date."""
        entries = self.facts.of(CostEntry, component_id=self.id)
        return [entry for entry in entries if entry["date"] <= self.as_of]

    def spent_by(self, day: date) -> Decimal | None:
        """Actual cost dated up to a day; `None` without any entry."""
        actual = (c["amount"] for c in self.costs if c["kind"] == "actual" and c["date"] <= day)
        return total(*actual)

    @cached_property
    def actual(self) -> Decimal | None:
        """Actual cost to date."""
        return self.spent_by(self.as_of)

    @cached_property
    def committed(self) -> Decimal | None:
        """Commitments to date."""
        return total(*(c["amount"] for c in self.costs if c["kind"] == "commitment"))

    @cached_property
    def estimate(self) -> Row | None:
        """The manager's newest estimate."""
        return newest(self.facts.of(Estimate, component_id=self.id), self.as_of)

    @cached_property
    def risks(self) -> list[tuple[Row, Row]]:
        """Each assessed risk with its newest assessment."""
        return self._assessed(Risk, RiskAssessment, "risk_id")

    @cached_property
    def exposure(self) -> Decimal | None:
        """Probability times impact over the open risks; `None` without an open one."""
        open_ones = (a for _, a in self.risks if a["is_open"])
        return total(*(money(a["probability"] * a["impact"]) for a in open_ones))

    @cached_property
    def extreme_risks(self) -> int:
        """Open risks in the worst corner of the matrix that nothing is done about."""
        return sum(
            a["is_open"]
            and risk["response"] == "none"
            and (a["likelihood"] or 0) * (a["severity"] or 0) >= EXTREME
            for risk, a in self.risks
        )

    @cached_property
    def issues(self) -> Verdict:
        """Colour of the issues by how late they are."""
        issues = self._assessed(Issue, IssueAssessment, "issue_id")
        late = [
            (a, (self.as_of - a["due_date"]).days)
            for _, a in issues
            if a["is_open"] and a["due_date"] and a["due_date"] < self.as_of
        ]
        critical = [days for a, days in late if a["severity"] == "critical"]
        return issues_health(
            has_issues=bool(issues),
            critical_overdue=len(critical),
            oldest_critical_days=max(critical, default=0),
            overdue=len(late),
        )

    @cached_property
    def changes(self) -> list[Row]:
        """The newest assessment of each change."""
        return [a for _, a in self._assessed(Change, ChangeAssessment, "change_id")]

    @cached_property
    def change_value(self) -> Decimal | None:
        """Cost effect of pending and approved changes, whatever its sign; `None` without any."""
        if not self.changes:
            return None
        counted = (a for a in self.changes if a["status"] in PENDING_OR_APPROVED)
        return sum((abs(a["cost_effect"]) for a in counted), ZERO)

    @cached_property
    def dropped_requirements(self) -> int:
        """Approved changes that give a mandatory requirement up."""
        return sum(a["drops_requirement"] and a["status"] in DECIDED for a in self.changes)

    def overridden(self, computed: Health, *, is_outdated: bool = False) -> Figures:
        """Lay the newest override that holds over the computed health."""
        reports = self.facts.of(StatusReport, component_id=self.id)
        holding = [r for r in reports if r["override_reason"] and r["valid_until"] >= self.as_of]
        report = newest(holding, self.as_of)
        current = effective(
            computed=computed, override=None, is_outdated=is_outdated, as_of=self.as_of
        )
        if report is None:
            return {"health": current, "override": None}
        override = Override(
            health=Health(report["health"]),
            valid_from=report["date"],
            valid_until=report["valid_until"],
            is_approved=self._is_approved(report),
        )
        health = effective(
            computed=computed, override=override, is_outdated=is_outdated, as_of=self.as_of
        )
        can_be = computed in (Health.GREEN, Health.AMBER, Health.RED, Health.UNKNOWN)
        counts = can_be and (override.is_approved or health != current)
        told = {"report": report["id"], "health": health, "until": str(report["valid_until"])}
        return {"health": health, "override": told if counts else None}

    def _is_approved(self, report: Row) -> bool:
        rulings = self.facts.of(OverrideRuling, report_id=report["id"])
        return any(r["outcome"] == "approved" and r["date"] <= self.as_of for r in rulings)

    def _assessed(
        self, entry: type[Risk | Issue | Change], assessment: type, key: str
    ) -> list[tuple[Row, Row]]:
        entries = self.facts.of(entry, component_id=self.id)
        pairs = (
            (e, newest(self.facts.of(assessment, **{key: e["id"]}), self.as_of)) for e in entries
        )
        return [(e, a) for e, a in pairs if a is not None]
