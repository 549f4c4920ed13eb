"""One run of Schemathesis's engine as one caller, and the figures of several.

Three of its checks are left out, each for the same reason: what the description can say of a
value is not all that decides.

- `positive_data_acceptance`: a body that fits its schema is refused where the rows that it names
  do not exist, or a constraint speaks; a cursor is a string, but not any string.
- `missing_required_header` and `object_level_authorization`: no operation needs a header but the
  authorization, which `ignored_auth` takes away; who sees what is asked by `tests/access/matrix`,
  with several callers and rows of each.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from ppm.core.api.schema import made_once

LEFT_OUT = (
    "positive_data_acceptance",
    "missing_required_header",
    "object_level_authorization",
)
KINDS = {
    "not_a_server_error": "server_errors",
    "status_code_conformance": "undocumented_statuses",
    "negative_data_rejection": "accepted_nonsense",
}
"""What the broken checks of most interest are called; the others are `other_violations`."""


@dataclass
class Tally:
    """What came of all cases so far."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    broken: Counter[str] = field(default_factory=Counter)
    """How often each check failed."""
    findings: list[str] = field(default_factory=list)
    """What failed, each with the command that repeats it, and what kept the engine from asking."""

    @property
    def cases(self) -> int:
        """How many requests were answered."""
        return self.statuses.total()

    def figures(self) -> dict[str, int]:
        """Count what was found, by its kind."""
        found = dict.fromkeys([*KINDS.values(), "other_violations"], 0)
        for check, times in self.broken.items():
            found[KINDS.get(check, "other_violations")] += times
        return found

    def slowest(self, share: float) -> float:
        """Return the seconds that all but a share of the answers stayed below."""
        return sorted(self.seconds)[int(len(self.seconds) * (1 - share))]

    def take(self, event: events.EngineEvent, caller: str) -> None:
        """Count what an event tells."""
        if isinstance(event, events.ScenarioFinished):
            self._count(event, f"{caller}, {event.phase.value}, {event.label}")
        elif isinstance(event, events.NonFatalError):
            self._note("engine", f"{caller}, {event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            self._note("engine", f"{caller}: {event.exception!r}")

    def _count(self, event: events.ScenarioFinished, where: str) -> None:
        for interaction in event.recorder.interactions.values():
            if interaction.response is not None:
                self.statuses[interaction.response.status_code] += 1
                self.seconds.append(interaction.response.elapsed)
        for checks in event.recorder.checks.values():
            for check in checks:
                if (info := check.failure_info) is not None:
                    said = f"{info.failure.title}: {info.failure.message}"
                    self._note(check.name, f"{where}: {said}\n{info.code_sample}")

    def _note(self, check: str, finding: str) -> None:
        self.broken[check] += 1
        self.findings.append(f"{check}: {finding}")


@dataclass(frozen=True)
class Run:
    """How one caller asks: the phases of the engine, and how often an operation in each."""

    caller: str
    token: str
    phases: Sequence[str]
    examples: int
    seed: int
    paths: str = ".*"
    """Which addresses, as a pattern."""

    def into(self, tally: Tally, address: str) -> None:
        """Ask, and count what comes of it."""
        settings = {
            "seed": self.seed,
            "base-url": address,
            "headers": {"Authorization": f"Bearer {self.token}"},
            "continue-on-failure": True,
            "generation": {"max-examples": self.examples, "no-shrink": True, "database": "none"},
            "checks": {name: {"enabled": False} for name in LEFT_OUT},
        }
        config = SchemathesisConfig.from_dict(settings)
        schema = openapi.from_dict(json.loads(description()), config=config)
        schema.config.phases.update(phases=list(self.phases))
        for event in from_schema(schema.include(path_regex=self.paths)).execute():
            tally.take(event, self.caller)


@cache
def description() -> str:
    """Return the API's description as it is served."""
    schema: Any = made_once()
    return json.dumps(schema, default=str)
