"""The document that describes the API (OpenAPI 3.1); `vitrine openapi` prints it."""

from __future__ import annotations

from typing import Any

from data.figures.registry import rates
from data.question import NAMES

#: The options of a metric, as `vitrine query` has them.
_OPTIONS: dict[str, dict[str, Any]] = {
    "data_type": {"enum": list(rates())},
    "attribution": {"enum": ["email", "lead"]},
    "clock": {"enum": ["calendar", "elapsed"]},
    "engagement": {"enum": ["human", "all"]},
    "sender_provider": {"enum": ["any", "gmail", "outlook", "custom"]},
    "recipient_provider": {"enum": ["any", "gmail", "outlook", "other"]},
    "campaign": {"maxLength": 500},
    "user": {"maxLength": 254},
    "from": {"format": "date"},
    "to": {"format": "date"},
    "by": {
        "enum": [
            "day",
            "week",
            "campaign",
            "step",
            "variation",
            "user",
            "sender",
            "sender_provider",
            "recipient_provider",
        ]
    },
    "sort": {"enum": ["rate", "count"]},
    "limit": {"pattern": "^[0-9]+$"},
    "event": {"maxLength": 60},
    "as_of": {"format": "date-time"},
}


def document(public_url: str) -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vitrine API",
            "version": "1",
            "description": "Workspaces, metrics, events and share links for programs. Keys are made in the "
            "settings, for an agency or for one workspace, and only read unless they were made to write. What is "
            "not the key's is 404, exactly as what is not there.",
        },
        "servers": [{"url": f"{public_url}/api/v1"}],
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "vtr_…"}},
            "schemas": _schemas(),
        },
    }


def _paths() -> dict[str, Any]:
    slug = _parameter("slug", "path", {"type": "string", "pattern": "^[a-z0-9-]{1,60}$"})
    metric = _parameter("name", "path", {"type": "string", "enum": sorted(NAMES)})
    options = [_parameter(name, "query", {"type": "string", **schema}) for name, schema in _OPTIONS.items()]
    return {
        "/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "security": [],
                "responses": {"200": _json("The document", {"type": "object"})},
            }
        },
        "/workspaces": {
            "get": {
                "operationId": "workspaces",
                "summary": "The workspaces of the key",
                "responses": _answers("200", "By name", _listed("workspaces", "Workspace")),
            }
        },
        "/workspaces/{slug}/metrics/{name}": {
            "get": {
                "operationId": "metrics",
                "summary": "A metric by its name",
                "parameters": [slug, metric, *options],
                "responses": _answers("200", "The answer, with the options in force", {"type": "object"}),
            }
        },
        "/workspaces/{slug}/events": {
            "post": {
                "operationId": "events",
                "summary": "Take canonical events in; a key that writes",
                "parameters": [slug],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "oneOf": [
                                    {"type": "object"},
                                    {"type": "array", "items": {"type": "object"}},
                                ]
                            }
                        },
                        "application/x-ndjson": {"schema": {"type": "string"}},
                    },
                },
                "responses": _answers("200", "All are on the disk", _ref("Receipt"), "413", "415"),
            }
        },
        "/shares": {
            "get": {
                "operationId": "shares",
                "summary": "Links that are not revoked; addresses for a key that writes",
                "parameters": [_parameter("workspace", "query", {"type": "string", "maxLength": 60})],
                "responses": _answers("200", "Newest first", _listed("shares", "Share")),
            },
            "post": {
                "operationId": "create_share",
                "summary": "A new link; a key that writes",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _ref("NewShare")}},
                },
                "responses": _answers("201", "The link", _ref("Share"), "415"),
            },
        },
        "/shares/{share_id}": {
            "delete": {
                "operationId": "revoke_share",
                "summary": "Revoke a link for good; a key that writes",
                "parameters": [_parameter("share_id", "path", {"type": "integer", "minimum": 0})],
                "responses": {
                    "204": {"description": "It is revoked"},
                    **_problems("401", "404", "429"),
                },
            }
        },
    }


def _schemas() -> dict[str, Any]:
    text = {"type": "string"}
    moment = {"type": "string", "format": "date-time"}
    return {
        "Workspace": _object(workspace=text, name=text, timezone=text),
        "Share": {
            **_object(
                id={"type": "integer"},
                workspace=text,
                state={"enum": ["active", "paused"]},
                password={"type": "boolean"},
                created_at=moment,
                expires_at={"anyOf": [moment, {"type": "null"}]},
                url={"type": "string", "format": "uri"},
            ),
            "required": ["id", "workspace", "state", "password", "created_at", "expires_at"],
        },
        "NewShare": {
            "type": "object",
            "additionalProperties": False,
            "required": ["workspace"],
            "properties": {
                "workspace": {"type": "string", "maxLength": 60},
                "password": {"type": "string", "minLength": 8, "maxLength": 128},
                "expires": {"type": "string", "format": "date"},
            },
        },
        "Receipt": _object(
            new={"type": "integer"},
            duplicate={"type": "integer"},
            clashes={"type": "integer"},
            parked={"type": "integer"},
            parked_rows={"type": "array", "items": _object(where=text, why=text)},
        ),
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "error_id": text,
            },
        },
    }


def _parameter(name: str, where: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _listed(name: str, schema: str) -> dict[str, Any]:
    return _object(**{name: {"type": "array", "items": _ref(schema)}})


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _answers(code: str, description: str, schema: dict[str, Any], *more: str) -> dict[str, Any]:
    return {code: _json(description, schema), **_problems("400", "401", "404", "429", "503", *more)}


def _problems(*codes: str) -> dict[str, Any]:
    return {
        code: {
            "description": "What is wrong, as a sentence",
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
        for code in sorted(codes)
    }
