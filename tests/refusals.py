"""How tests say that the database itself refuses a write."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, transaction


@contextmanager
def refused(constraint: str, sentence: str = "") -> Iterator[None]:
    """Expect the database to refuse what is done inside, by the constraint or guard of that name.

    `sentence` is what a guard says to the user. The transaction around it stays usable.
    """
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    diagnosis: Any = refusal.value.__cause__
    assert diagnosis.diag.constraint_name == constraint
    if sentence:
        assert diagnosis.diag.message_primary == sentence
