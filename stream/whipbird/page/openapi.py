"""The description of the API (OpenAPI 3.1), from the models that check requests and make answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from whipbird import __version__
from whipbird.page.models import (
    EventItem,
    EventList,
    Given,
    LabelList,
    NoteList,
    Queue,
    ScoreList,
    SourceList,
    VerdictList,
)
from whipbird.page.queries import EventsQuery, NoteBody, VerdictBody

__all__ = ["description"]

REF = "#/components/schemas/{model}"
ANSWERS: tuple[type[BaseModel], ...] = (
    EventItem,
    EventList,
    Given,
    LabelList,
    NoteList,
    Queue,
    ScoreList,
    SourceList,
    VerdictList,
)
BODIES: tuple[type[BaseModel], ...] = (VerdictBody, NoteBody)
NUMBER = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
LANGUAGE = {
    "name": "language",
    "in": "query",
    "description": "Of the names; default: that of the browser.",
    "schema": {"type": "string"},
}
PROBLEM = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
}
PROBLEMS = {
    "401": "The password or a token is needed.",
    "403": "Not allowed.",
    "404": "Not there.",
    "422": "A value is not valid.",
    "503": "The database cannot be used now.",
}


def description(prefix: str = "") -> dict[str, Any]:
    """The whole description."""
    _, found = models_json_schema(
        [*((model, "serialization") for model in ANSWERS), *((model, "validation") for model in BODIES)],
        ref_template=REF,
    )
    schemas = found["$defs"] | {"Problem": PROBLEM}
    return {
        "openapi": "3.1.0",
        "info": {"title": "whipbird", "version": __version__},
        "servers": [{"url": prefix or "/"}],
        "security": [{}, {"token": []}],
        "paths": _paths(),
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _paths() -> dict[str, Any]:
    label = {"name": "label", "in": "query", "schema": {"type": "string"}}
    return {
        "/api/events": {"get": _operation("Events, the newest first", "EventList", [*_query(), LANGUAGE])},
        "/api/events/{number}": {"get": _operation("One event", "EventItem", [NUMBER, LANGUAGE])},
        "/api/events/{number}/verdict": {
            "post": _operation("Say what an event is", "Given", [NUMBER], "201") | {"requestBody": _body("VerdictBody")}
        },
        "/api/events/{number}/notes": {
            "get": _operation("The notes on an event", "NoteList", [NUMBER]),
            "post": _operation("Write a note", "Given", [NUMBER], "201") | {"requestBody": _body("NoteBody")},
        },
        "/api/events/{number}/clip": {
            "delete": _operation("Delete the clip of an event, which stays", None, [NUMBER], "204")
        },
        "/api/notes/{number}": {"delete": _operation("Delete a note", None, [NUMBER], "204")},
        "/api/events/{number}/scores": {
            "get": _operation("The scores of an event's model over its sound", "ScoreList", [NUMBER])
        },
        "/api/verdicts": {"get": _operation("Events with verdicts", "VerdictList", [])},
        "/api/verdicts/{number}": {"delete": _operation("Withdraw a verdict", None, [NUMBER], "204")},
        "/api/labels": {"get": _operation("Labels with events", "LabelList", [LANGUAGE])},
        "/api/sources": {"get": _operation("Sources", "SourceList", [])},
        "/api/review": {"get": _operation("The next events of a label to judge", "Queue", [label, LANGUAGE])},
    }


def _body(model: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": {"$ref": REF.format(model=model)}}}}


def _query() -> list[dict[str, Any]]:
    schema = EventsQuery.model_json_schema(by_alias=True, ref_template=REF)
    return [{"name": name, "in": "query", "schema": own} for name, own in schema["properties"].items()]


def _operation(
    summary: str, answer: str | None, parameters: list[dict[str, Any]], status: str = "200"
) -> dict[str, Any]:
    done: dict[str, Any] = {"description": summary}
    if answer is not None:
        done["content"] = {"application/json": {"schema": {"$ref": REF.format(model=answer)}}}
    problem = {"application/json": {"schema": {"$ref": REF.format(model="Problem")}}}
    return {
        "summary": summary,
        "parameters": parameters,
        "responses": {
            status: done,
            **{code: {"description": text, "content": problem} for code, text in PROBLEMS.items()},
        },
    }
