"""The description of the API for people: one page, made from the OpenAPI document, that asks nobody for anything."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}table,h2{overflow-wrap:anywhere}h2{margin-top:2.5rem}"
    "td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}"
    "pre{overflow-x:auto;padding:.75rem;background:#8882}td:first-child{min-width:7rem}"
)
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        f"style-src 'sha256-{_HASH}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_OF_REF = "#/components/schemas/"
_Json = Mapping[str, Any]


def docs_page(document: _Json) -> str:
    """The page of an OpenAPI document."""
    info = document["info"]
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = document["components"]["schemas"]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>API of comms-exporter</title>"
        f'<meta name=viewport content="width=device-width"><style>{_STYLE}</style><main>'
        f"<h1>API of comms-exporter {escape(info['version'])}</h1><p>{escape(info['description'])} "
        "Every request sends <code>Authorization: Bearer &lt;token&gt;</code>. The same for programs: "
        '<a href="openapi.json">openapi.json</a>.</p><nav><ul>'
        + "".join(f'<li><a href="#{one["operationId"]}">{_name(*rest)}</a>' for *rest, one in operations)
        + "</ul></nav>"
        + "".join(_operation(*one) for one in operations)
        + "".join(_schema(name, schema) for name, schema in schemas.items())
        + "</main></html>"
    )


def _name(method: str, path: str) -> str:
    return f"<code>{method} {escape(path)}</code>"


def _operation(method: str, path: str, operation: _Json) -> str:
    sent = " \\\n  -H 'Content-Type: application/json' -d '{…}'" if "requestBody" in operation else ""
    verb = "" if method == "GET" else f"-X {method} "
    curl = f"curl {verb}-H \"Authorization: Bearer $TOKEN\"{sent} 'http://127.0.0.1:9847{path}'"
    parameters = (
        (_with_mark(one["name"], one["required"]), _type(one["schema"]), one["description"])
        for one in operation["parameters"]
    )
    return (
        f'<section id="{operation["operationId"]}"><h2>{_name(method, path)}</h2>'
        f"<p>{escape(operation['summary'])} {escape(operation['description'])}</p><pre>{escape(curl)}</pre>"
        + _table(("Parameter", "Type", "Meaning"), parameters)
        + _table(("Status", "Type", "Answer"), _answers(operation))
        + "</section>"
    )


def _answers(operation: _Json) -> Iterator[tuple[str, str, str]]:
    if "requestBody" in operation:
        [content] = operation["requestBody"]["content"].values()
        yield "", _type(content["schema"]), "What the body of the request is."
    refusals = []
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            refusals.append(status)
        else:
            [(media_type, content)] = answer.get("content", {"": {}}).items()
            yield status, _type(content.get("schema", {})) or escape(media_type), answer["description"]
    if refusals:
        yield ", ".join(refusals), _type({"$ref": f"{_OF_REF}Problem"}), "A refusal, which says why."


def _schema(name: str, schema: _Json) -> str:
    required = schema.get("required", ())
    fields = (
        (_with_mark(field, field in required), _type(about), about.get("description", ""))
        for field, about in schema.get("properties", {}).items()
    )
    rows = _table(("Field", "Type", "Meaning"), fields) if "properties" in schema else _type(schema)
    about = escape(schema.get("description", ""))
    return f'<section id="{escape(name)}"><h2>{escape(name)}</h2><p>{about}</p>{rows}</section>'


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, str, str]]) -> str:
    """A table; the first two cells of a row are HTML, the third is text."""
    lines = "".join(f"<tr><td>{one}<td>{kind}<td>{escape(about)}" for one, kind, about in rows)
    return f"<table><tr>{''.join(f'<th>{head}' for head in heads)}{lines}</table>" if lines else ""


def _with_mark(name: str, is_required: bool) -> str:
    return f"<code>{escape(name)}</code>{' *' if is_required else ''}"


def _type(schema: _Json) -> str:
    """A type in a few words, with a link to what it is made of, and what is said of its values."""
    return _kind(schema) + escape(_example(schema))


def _kind(schema: _Json) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].removeprefix(_OF_REF))
        return f'<a href="#{name}">{name}</a>'
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in schema:
            return " or ".join(map(_type, schema[alternatives]))
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(" ".join(str(schema[key]) for key in ("type", "format") if key in schema))


def _example(schema: _Json) -> str:
    if schema.get("default") is not None:
        return f", {schema['default']} by default"
    return f", such as {schema['examples'][0]}" if "examples" in schema and "$ref" not in schema else ""
