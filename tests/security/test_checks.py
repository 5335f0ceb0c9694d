"""The register of checks is whole: each number is held by tests that exist, or says why it is not."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.security.checks import CHECKS

TESTS = Path(__file__).resolve().parents[1]


@cache
def functions(file: str) -> frozenset[str]:
    """The test functions of a file below tests/."""
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_there_are_seventy() -> None:
    assert list(CHECKS) == list(range(1, 71))


@pytest.mark.parametrize("number", sorted(CHECKS))
def test_each_is_held_by_tests_that_exist_or_says_why_not(number: int) -> None:
    check = CHECKS[number]
    assert check.held_by or check.missing
    assert len(set(check.held_by)) == len(check.held_by)
    for test in check.held_by:
        file, _, function = test.partition("::")
        assert function in functions(file), f"check {number} names {test}, which is not there"


def test_each_is_said_in_a_sentence() -> None:
    for number, check in CHECKS.items():
        for text in filter(None, (check.what, check.missing)):
            assert text[0].isupper(), number
            assert text.endswith("."), number
            assert len(text) <= 125, number
    said = [check.what for check in CHECKS.values()]
    assert len(set(said)) == len(said)


def test_what_is_not_held_is_in_the_security_policy() -> None:
    """`SECURITY.md` says how many of the checks are held whole, in part and not; it is wrong when they move."""
    policy = (TESTS.parent / "SECURITY.md").read_text("utf-8")
    whole = sum(1 for check in CHECKS.values() if check.held_by and not check.missing)
    part = sum(1 for check in CHECKS.values() if check.held_by and check.missing)
    none = sum(1 for check in CHECKS.values() if not check.held_by)
    assert f"{whole} are held whole, {part} in part, {none} not yet" in policy
