# SPDX-License-Identifier: Apache-2.0
"""The definitions of calls against the rules that carry them out, and against each other."""

import pytest

from model import abi
from model.calls import ALL, BY_NUMBER, CALLS, NAMES, Definition, Kind, Shared
from model.spec.steps import TABLE


def test_each_has_a_rule_and_each_rule_a_definition() -> None:
    assert {call.nr for call in CALLS} == set(TABLE)


def test_none_is_defined_twice() -> None:
    assert len(BY_NUMBER) == len(ALL)
    assert len({call.name for call in ALL}) == len(ALL)
    assert all(abi.REFUSED_CALLS.get(call.name, call.nr) == call.nr for call in ALL)
    assert len(set(NAMES.values())) == len(NAMES)


@pytest.mark.parametrize("call", CALLS, ids=lambda x: x.name)
def test_a_definition_is_in_itself_right(call: Definition) -> None:
    assert 0 <= call.needed <= len(call.arguments) <= abi.MAX_ARGS
    on_object = Shared.OBJECT in call.shared
    assert on_object == (call.arguments[:1] == (Kind.DESCRIPTOR,))
    assert not on_object or call.shared[0] is Shared.OBJECT
    if Kind.TARGET in call.arguments or Kind.SOURCE in call.arguments:
        assert Kind.COUNT in call.arguments
        assert Shared.MEMORY in call.shared
