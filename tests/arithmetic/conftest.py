"""The worked vectors: published and own examples with the figures they must give."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def vectors(data_dir: Path) -> dict[str, dict[str, Any]]:
    """Read the vectors, by id."""
    text = (data_dir.parent / "reference" / "vectors.json").read_text(encoding="utf-8")
    return {vector["id"]: vector for vector in json.loads(text)}
