"""One run of Schemathesis's engine as one caller, and the figures of several.

Two of its checks are left out.

- `positive_data_acceptance`: a body that fits its schema is refused where the rows that it names
  do not exist, or a constraint speaks; a cursor is a string, but not any string.
- `object_level_authorization`: who sees what is asked by `tests/access/matrix`, with several
  callers and rows of each.

And an answer from which the caller himself left out fields, or had rows put into, need not have
the shape that is described: no schema can say that of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from schemathesis import Case, HookContext, Response, openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.openapi.checks import JsonSchemaError

from ppm.core.api.schema import made_once

LEFT_OUT = ("positive_data_acceptance", "object_level_authorization")
REFUSING = ["400", "401", "403", "404", "405", "409", "412", "415", "422", "428"]
"""What nonsense is answered with; with 412 before it is read, where the version is another."""
SHAPING = {"fields", "expand"}
NEEDED = ["400", "401", "403", "404", "415", "428"]
"""What may be answered where a header is missing."""
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
            "checks": {
                **{name: {"enabled": False} for name in LEFT_OUT},
                "missing_required_header": {"expected-statuses": NEEDED},
                "negative_data_rejection": {"expected-statuses": REFUSING},
            },
        }
        config = SchemathesisConfig.from_dict(settings)
        schema = openapi.from_dict(json.loads(description()), config=config)
        schema.config.phases.update(phases=list(self.phases))
        schema.hook("filter_failure")(is_owed)
        schema.hook("map_headers")(with_a_version)
        for event in from_schema(schema.include(path_regex=self.paths)).execute():
            tally.take(event, self.caller)


def is_owed(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Tell whether an answer must have the shape that is described."""
    return not (isinstance(failure, JsonSchemaError) and SHAPING & set(case.query or {}))


def with_a_version(context: HookContext, headers: Any) -> Any:
    """Let every other change be of whatever version is there: most would come no further."""
    if len((headers or {}).get("If-Match", " ")) % 2 == 0:
        headers["If-Match"] = "*"
    return headers


@cache
def description() -> str:
    """Return the API's description as it is served."""
    schema: Any = made_once()
    return json.dumps(schema, default=str)
