"""Whatever people do in whatever order, the figures are those of an independent model."""

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.rollup.machine import Company

pytestmark = pytest.mark.django_db


def test_whatever_is_done_the_figures_are_those_of_the_model() -> None:
    few = settings(max_examples=30, stateful_step_count=50, phases=[Phase.generate])
    run_state_machine_as_test(Company, settings=few)
