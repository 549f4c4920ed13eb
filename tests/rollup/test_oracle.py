"""Every stored column of every snapshot is what the plain-Python oracle computes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import oracle
from tests.exploring import tried_on
from tests.rollup.organisations import organisation
from tests.rollup.states import NOW, rolled_back, stored, sweep

pytestmark = pytest.mark.django_db


@tried_on(75)
@given(data=st.data())
def test_a_sweep_stores_what_the_oracle_computes(data: st.DataObject) -> None:
    with rolled_back():
        organisation(data)
        sweep()
        assert oracle.differences(oracle.expected(now=NOW), stored()) == []
