"""What the command line says of people: where the first owner is made, and the API's document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete

from dashapp.cli import main
from dashapp.cli.commands.running import _tell_set_up
from dashapp.db.tenants import AgencyMember


def test_serve_prints_the_set_up_address_while_nobody_owns_anything(
    app: Flask, running: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    _tell_set_up(running)
    assert capsys.readouterr().err == ""
    with running.session() as session:
        session.execute(delete(AgencyMember))
    _tell_set_up(running)
    said = capsys.readouterr().err
    assert f"{running.settings.public_url}/setup/" in said
    way = said.strip().rpartition(running.settings.public_url)[2]
    assert app.test_client().get(way, headers={"Accept": "text/html"}).status_code == 200


def test_openapi_prints_the_document_the_api_serves(
    app: Flask, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITRINE_HOME", str(tmp_path))
    printed = CliRunner().invoke(main, ["openapi", "--json"])
    assert printed.exit_code == 0, printed.output
    served = app.test_client().get("/api/v1/openapi.json").json
    assert json.loads(printed.stdout)["paths"] == served["paths"]
