"""A mapping on disk for the tests that bring their own rows."""

from pathlib import Path

import pytest

from tests.importing.running import write_mapping


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """Return the path of the small mapping."""
    return write_mapping(tmp_path / "mapping.toml")
