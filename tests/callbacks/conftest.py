"""The web app over both agencies, as tests/web has it, and a way to call a callback as a browser does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.callbacks.account_acts import erin, quay
from tests.callbacks.contact_acts import ana
from tests.callbacks.editing import views
from tests.support.data_house import filled, rows
from tests.support.world import Browser, alice, app, browser, client, make_app, running, world, world_template

__all__ = [
    "alice",
    "ana",
    "app",
    "browser",
    "client",
    "erin",
    "filled",
    "make_app",
    "quay",
    "rows",
    "running",
    "views",
    "world",
    "world_template",
]

Call = Callable[..., TestResponse]


@pytest.fixture
def call(app: Flask) -> Call:
    """`call(browser, "edit-save", 1, path, …)`: the callback whose first input is of that id."""
    registered = app.extensions["vitrine_desk"].callback_map

    def call_(who: Browser, first_input: str, *values: Any) -> TestResponse:
        output, found = next(
            (key, one)
            for key, one in registered.items()
            if one["inputs"][0]["id"] == first_input and "callback" in one
        )
        parts = output[2:-2].split("...") if output.startswith("..") else [output]
        outputs = [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in parts]
        wanted = [*found["inputs"], *found["state"]]
        filled = [{**one, "value": value} for one, value in zip(wanted, values, strict=True)]
        body = {
            "output": output,
            "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": filled[: len(found["inputs"])],
            "state": filled[len(found["inputs"]) :],
            "changedPropIds": [f"{wanted[0]['id']}.{wanted[0]['property']}"],
        }
        return who.post("/_dash-update-component", data=json.dumps(body), content_type="application/json")

    return call_
