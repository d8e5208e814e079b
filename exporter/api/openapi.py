"""The OpenAPI 3.1 description of the API, made from the list of its endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from exporter.api.answer import PROBLEM_TYPE, STATUS, Problem
from exporter.api.caller import Role
from exporter.api.endpoint import TENANT_HEADER, Endpoint

_REF = "#/components/schemas/{model}"
_TENANT = {
    "name": TENANT_HEADER,
    "in": "header",
    "required": False,
    "description": "The tenant that is asked about; one of the token's own, or any for an admin.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "examples": ["acme"]},
}
_REFUSALS = (*sorted(set(STATUS.values())), 503)


def openapi(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The description as a document."""
    schemas, refs = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "comms-exporter", "version": version, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"token": []}],
    }


_ABOUT = "Delivery and cost of SMS, WhatsApp, email and LLM traffic. Money is exact; times are UTC."
_Refs = Mapping[Any, Any]
"""A reference for each model and mode."""


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[dict[str, Any], _Refs]:
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    for one in endpoints:
        if one.answer is not None:
            models.append((one.answer, "serialization"))
        if one.body is not None:
            models.append((one.body, "validation"))
    refs, definitions = models_json_schema(list(dict.fromkeys(models)), ref_template=_REF)
    return definitions.get("$defs", {}), dict(refs)


def _operation(one: Endpoint, refs: _Refs) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": one.summary,
        "description": f"Needs the role {one.role.value}{'' if one.role is Role.ADMIN else ' or a higher one'}.",
        "operationId": f"{one.method.lower()}{one.path.replace('/', '_').replace('{', '').replace('}', '')}",
        "parameters": [*_parameters(one), _TENANT],
        "responses": _responses(one, refs),
    }
    if one.body is not None:
        content = {"application/json": {"schema": refs[one.body, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(one: Endpoint) -> list[dict[str, Any]]:
    schema = one.parameters.model_json_schema()
    required = schema.get("required", ())
    found = []
    for name, about in schema.get("properties", {}).items():
        in_path = f"{{{name}}}" in one.path
        place = "path" if in_path else "query"
        parameter = {"name": name, "in": place, "required": in_path or name in required, "schema": about}
        if description := about.pop("description", None):
            parameter["description"] = description
        found.append(parameter)
    return found


def _responses(one: Endpoint, refs: _Refs) -> dict[str, Any]:
    well: dict[str, Any] = {"description": HTTPStatus(one.status).phrase}
    if one.answer is not None:
        well["content"] = {one.media_type: {"schema": refs[one.answer, "serialization"]}}
    elif one.status != 204:
        # What is no JSON has no schema (OpenAPI 3.1.0, 4.8.14.2): text is told by its media type.
        well["content"] = {one.media_type: {}}
    refusal = {"content": {PROBLEM_TYPE: {"schema": refs[Problem, "serialization"]}}}
    refusals = {str(status): {"description": HTTPStatus(status).phrase, **refusal} for status in _REFUSALS}
    return {str(one.status): well, **refusals}
