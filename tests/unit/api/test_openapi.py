"""The description of the API: a valid OpenAPI 3.1 document that leaves nothing out."""

from __future__ import annotations

from typing import Any

from exporter.api.endpoints import endpoints
from exporter.api.openapi import openapi

ALL = endpoints(None)  # type: ignore[arg-type]
DOCUMENT = openapi(ALL, "1.2.3")


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        mine = [node["$ref"]] if "$ref" in node else []
        return mine + [ref for value in node.values() for ref in references(value)]
    return [ref for value in node for ref in references(value)] if isinstance(node, list) else []


def test_every_endpoint_is_described() -> None:
    described = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == {(one.path, one.method.lower()) for one in ALL}


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert found
    for ref in found:
        assert ref.startswith("#/components/schemas/"), ref
        assert ref.rpartition("/")[2] in DOCUMENT["components"]["schemas"]


def test_operations_have_names_of_their_own() -> None:
    names = [one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))


def test_every_parameter_of_a_path_is_described() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_every_operation_needs_a_token_and_may_be_refused() -> None:
    assert DOCUMENT["security"] == [{"token": []}]
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            assert {"400", "401", "403", "503"} <= operation["responses"].keys()
