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


def test_every_field_and_parameter_says_what_it_is() -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for field, about in schema.get("properties", {}).items()
        if not about.get("description")
    ]
    silent += [
        f"{operation['operationId']}: {one['name']}"
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for one in operation["parameters"]
        if not one.get("description")
    ]
    assert silent == []


def test_whoever_must_choose_a_value_sees_an_example() -> None:
    """Without a default and a list of values."""
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            for one in operation["parameters"]:
                schema = one["schema"]
                chosen = schema.get("default") is not None or "enum" in str(schema)
                assert chosen or schema.get("examples") or one["in"] == "path", one["name"]


def test_a_list_of_rows_can_be_read_from_the_description() -> None:
    rows = DOCUMENT["components"]["schemas"]["Exported_UsageRow_"]["properties"]["rows"]
    assert rows["items"] == {"$ref": "#/components/schemas/UsageRow"}
