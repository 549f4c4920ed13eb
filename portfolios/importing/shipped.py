"""The mappings that come along, by name: for exports of tools that many use."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "examples"


def is_name(text: str) -> bool:
    """Tell whether a text is the name of a mapping, and no mapping itself."""
    return re.fullmatch(r"[a-z][a-z0-9_]*(\.toml)?", text) is not None


def shipped_names() -> list[str]:
    """List the mappings that come along."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def shipped(name: str) -> str:
    """Return the text of the mapping of that name; nothing where there is none."""
    stem = name.removesuffix(".toml")
    known = is_name(name) and stem in shipped_names()
    return (FOLDER / f"{stem}.toml").read_text(encoding="utf-8") if known else ""
