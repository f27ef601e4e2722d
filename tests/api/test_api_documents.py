"""The OpenAPI document, its page, and the calls they promise."""

import json
import re

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from bridge.api.answers import ProblemOut
from bridge.api.docs import example
from bridge.api.openapi import document
from bridge.api.problems import CODES
from tests.api.replying import replied
from tests.api.test_api_calls import FULL


@pytest.fixture(scope="module")
def doc():
    return document("https://handrail.example")


def operations(doc):
    return [
        (path, method, operation) for path, methods in doc["paths"].items() for method, operation in methods.items()
    ]


def validator(doc, schema):
    root = {**schema, "components": doc["components"], "$schema": "https://json-schema.org/draft/2020-12/schema"}
    return Draft202012Validator(root, registry=Registry().with_resource("", Resource.from_contents(root)))


def json_of(answer):
    return answer["content"]["application/json"]["schema"]


def test_it_has_the_shape_of_openapi_3_1(doc):
    assert re.fullmatch(r"3\.1\.\d+", doc["openapi"])
    assert doc["info"]["title"]
    assert doc["info"]["version"]
    names = [operation["operationId"] for _, _, operation in operations(doc)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(doc):
        assert path.startswith("/")
        assert method in {"get", "post", "patch", "delete"}
        in_path = {each["name"] for each in operation.get("parameters", []) if each["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        for each in operation.get("parameters", []):
            assert each["required"] is (each["in"] == "path")
            assert each["description"]
            Draft202012Validator.check_schema(each["schema"])
            Draft202012Validator(each["schema"]).validate(each["example"])
        for status, answer in operation["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status)
            assert answer["description"]


def test_every_reference_leads_somewhere_and_every_schema_is_one(doc):
    for name in set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(doc))):
        assert name in doc["components"]["schemas"]
    for schema in doc["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_field_is_described_and_every_request_field_has_an_example(doc):
    for name, schema in doc["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, described in schema["properties"].items():
            same = doc["components"]["schemas"].get(described.get("$ref", "").rpartition("/")[2], {})
            assert described.get("description") or same.get("description"), (name, field)
            if name.endswith("In"):
                assert described.get("examples"), (name, field)


def test_every_call_needs_a_key_or_all_four_signed_headers(doc):
    schemes = doc["components"]["securitySchemes"]
    assert [sorted(way) for way in doc["security"]] == [
        ["bearer"],
        ["handrail-bot", "webhook-id", "webhook-signature", "webhook-timestamp"],
    ]
    assert {name for way in doc["security"] for name in way} == set(schemes)
    open_to_all = {path for path, _, operation in operations(doc) if operation.get("security") == []}
    assert open_to_all == {"/livez", "/readyz", "/metrics", "/openapi.json", "/docs"}


def test_every_refusal_is_a_problem_with_a_sound_example(doc):
    schema = validator(doc, {"$ref": "#/components/schemas/ProblemOut"})
    for path, _, operation in operations(doc):
        if not path.startswith("/v1"):
            continue
        assert {"401", "413", "415", "408", "429", "503"} <= operation["responses"].keys()
        for status, answer in operation["responses"].items():
            if status[0] != "4" and status[0] != "5":
                continue
            for code, shown in answer["content"]["application/problem+json"]["examples"].items():
                schema.validate(shown["value"])
                assert CODES[code].status == int(status)
            assert ("Retry-After" in answer.get("headers", {})) == (status in {"429", "503"})


def test_the_examples_of_the_document_are_what_it_describes(doc):
    for _, _, operation in operations(doc):
        for content in operation.get("requestBody", {"content": {}})["content"].values():
            if "$ref" in content["schema"]:  # a form with a file has no example
                validator(doc, content["schema"]).validate(example(content["schema"], doc["components"]["schemas"]))


async def test_every_documented_call_exists_and_takes_its_own_example(handrail, doc):
    ticket = await handrail.escalated({**FULL, "conversation": {"external_id": "ids"}})
    await handrail.call("POST", f"/v1/tickets/{ticket}/messages", {"text": "x", "external_id": "m7"})
    message = await replied(handrail, ticket)
    # "m7" stands for the user as well: only the call that erases them asks.
    await handrail.escalated({**FULL, "conversation": {"external_id": "erased"}, "user": {"external_id": "m7"}})
    last = ("delete", "take_back")
    for path, method, operation in sorted(operations(doc), key=lambda each: (each[2]["operationId"] in last, each[1])):
        body = None
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]
            if "application/json" not in content:
                continue  # a form with a file: tests/api/test_api_files.py sends some
            body = example(content["application/json"]["schema"], doc["components"]["schemas"])
        if operation["operationId"] == "post_receipt":
            body["message_id"] = message
        answer = await handrail.call(method.upper(), path.format(ticket=ticket, external_id="m7"), body)
        described = operation["responses"]
        assert str(answer.status) in described, (method, path, answer.raw)
        assert answer.status < 300, (method, path, answer.raw)
        if path.startswith("/v1") and answer.raw:
            validator(doc, json_of(described[str(answer.status)])).validate(answer.json)


async def test_a_real_refusal_is_as_described(handrail, doc):
    answer = await handrail.call("POST", "/v1/tickets", {"priority": 1})
    validator(doc, {"$ref": "#/components/schemas/ProblemOut"}).validate(answer.json)
    ProblemOut.model_validate(answer.json)


async def test_the_document_is_served_without_a_key(handrail):
    answer = await handrail.send("GET", "/openapi.json", None, {})
    assert answer.status == 200
    assert answer.json["paths"].keys() == document("")["paths"].keys()


async def test_the_page_names_every_call_and_loads_nothing_from_elsewhere(handrail, doc):
    answer = await handrail.send("GET", "/docs", None, {})
    page = answer.raw.decode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for path, _, operation in operations(doc):
        assert f'id="{operation["operationId"]}"' in page
        assert path in page
    assert "<script" not in page
    assert "style=" not in page
    assert re.findall(r'(?:src|href)="(?!#|/)([^"]*)"', page) == []
    targets, names = set(re.findall(r'href="#([^"]+)"', page)), set(re.findall(r'id="([^"]+)"', page))
    assert targets <= names
    assert (await handrail.send("GET", "/docs/style.css", None, {})).headers[
        "content-type"
    ] == "text/css; charset=utf-8"


@pytest.mark.parametrize("slug", sorted(CODES))
def test_every_code_tells_what_to_do(slug):
    assert CODES[slug].remedy.endswith((".", "more."))


async def test_the_page_of_a_problem_is_where_its_type_points(handrail):
    problem = (await handrail.send("GET", "/v1/tickets", None, {})).json
    page = await handrail.send("GET", problem["type"], None, {})
    assert (page.status, "missing-auth" in page.raw.decode()) == (200, True)
    assert (await handrail.send("GET", "/docs/problems/nope", None, {})).slug == "not-found"
