"""The API does what its own description says: Schemathesis reads it and calls all of it, rightly and wrongly.

The calls carry a key of North that writes; nothing of South may come back, whatever is asked.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashapp.db.tenants import Agency
from dashapp.people import api_keys
from dashapp.web.api import caller

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _call_all(app: Flask, running: Any, world: Any, examples: int) -> int:
    """Call every operation so often with data that fit and with data that do not; gives how many there were."""
    with running.session() as session:
        north = session.get_one(Agency, world.ids["north"])
        _, key = api_keys.create(session, north, "schema", writes=True, days=None, actor="test", user_id=None)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation, mode in itertools.product(operations, GenerationMode):
        try:
            cases = operation.as_strategy(generation_mode=mode)
        except schemathesis.errors.SchemathesisError:
            continue  # nothing can be wrong about a call without parameters

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def calls(case: Any) -> None:
            answer = case.call(headers={"Authorization": f"Bearer {key}"})
            case.validate_response(answer, checks=CHECKS)
            assert "colossus" not in answer.text.lower()

        calls()
    return len(operations)


@pytest.fixture(autouse=True)
def _no_limit_on_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "CALLS", 1_000_000)


def test_the_api_does_what_it_says(app: Flask, running: Any, world: Any) -> None:
    assert _call_all(app, running, world, examples=6) >= 6


@pytest.mark.long
def test_the_api_does_what_it_says_in_many_examples(app: Flask, running: Any, world: Any) -> None:
    assert _call_all(app, running, world, examples=300) >= 6
