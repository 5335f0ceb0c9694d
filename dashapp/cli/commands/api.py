"""`openapi`: the document that describes the API."""

from __future__ import annotations

import json

import click

from dashapp.cli.command import Answer, Command


@click.command(cls=Command)
def openapi() -> Answer:
    """Print the API's OpenAPI document."""
    from dashapp.config import load
    from dashapp.web.api.openapi import document

    made = document(load().public_url)
    return Answer(made, json.dumps(made, ensure_ascii=False, indent=2))
