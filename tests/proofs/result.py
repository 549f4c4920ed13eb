"""What a proof found: its figures, and in what it failed."""

from dataclasses import dataclass, field

Figure = float | int | str | None


@dataclass
class Result:
    """Figures by name, in the order in which they are printed, and sentences about failures."""

    figures: dict[str, Figure] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def note(self, name: str, figure: Figure, *, most: float | None = None) -> None:
        """Keep a figure and print it; above `most` it is a failure."""
        self.figures[name] = figure
        limit = "" if most is None else f"  (at most {most:g})"
        shown = f"{figure:,.4g}" if isinstance(figure, float) else figure
        print(f"  {name.replace('_', ' '):<44} {shown}{limit}", flush=True)
        if most is not None and isinstance(figure, int | float) and figure > most:
            self.fail(f"{name} is {shown}, above {most:g}")

    def fail(self, sentence: str) -> None:
        """Keep a failure and print it."""
        self.failures.append(sentence)
        print(f"  FAILED: {sentence}", flush=True)
