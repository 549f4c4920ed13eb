"""Whatever people do in whatever order, the figures are those of an independent model."""

import pytest

from tests.rollup.machine import run_batch

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", range(4))
def test_whatever_is_done_the_figures_are_those_of_the_model(number: int) -> None:
    run_batch(number)
