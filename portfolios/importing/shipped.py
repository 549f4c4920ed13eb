"""The mappings that come along, by name: for exports of tools that many use."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "examples"


def shipped(name: str) -> str:
    """Return the text of the mapping of that name; nothing where there is none."""
    path = FOLDER / f"{name}.toml"
    is_name = re.fullmatch("[a-z][a-z0-9_]*", name)
    return path.read_text(encoding="utf-8") if is_name and path.is_file() else ""
