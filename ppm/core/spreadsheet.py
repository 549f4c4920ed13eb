"""Text for spreadsheets: none of it is computed, whatever it begins with.

Every export of the product writes its text through this module (R15).
"""

from __future__ import annotations

import re

FORMULA = re.compile(
    r"[\s\x00-\x1f\ufeff\u200b-\u200f]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\x00-\x1f]"
)
"""What a program may take for a formula, also behind signs that it skips, and in full width."""

MARK = "\ufeff"
"""Before text in UTF-8: without it a spreadsheet takes it for another encoding."""


def harmless(text: str) -> str:
    """Put a quote before what a spreadsheet would compute."""
    return f"'{text}" if FORMULA.match(text) else text
