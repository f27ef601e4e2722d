"""The pages for people at /docs: painted from the OpenAPI document, without scripts and without other hosts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bridge.api.openapi import Doc, document
from bridge.api.problems import CODES, Problem

CSP: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HERE: Final = Path(__file__).parent / "pages"


class Docs:
    """Painted once: the interface does not change while the daemon runs."""

    def __init__(self, base: str) -> None:
        self._pages = Environment(
            loader=FileSystemLoader(_HERE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["prose"] = prose
        self._document = document(base)
        self._json = json.dumps(self._document, ensure_ascii=False, indent=1).encode()
        self._index = self._pages.get_template("docs.html").render(page_of(self._document, base))
        self._style = (_HERE / "docs.css").read_text(encoding="utf-8")

    async def openapi(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=self._json, content_type="application/json", headers={"Access-Control-Allow-Origin": "*"}
        )

    async def index(self, _request: web.Request) -> web.Response:
        return _html(self._index)

    async def problem(self, request: web.Request) -> web.Response:
        """The page behind a problem's `type`."""
        slug = request.match_info["slug"]
        if slug not in CODES:
            raise Problem("not-found", "There is no such problem.")
        return _html(self._pages.get_template("problem.html").render(slug=slug, code=CODES[slug]))

    async def style(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._style, content_type="text/css", headers={"Cache-Control": "max-age=300"})


def prose(text: str) -> Markup:
    """Plain words in which `this` is code; everything else is escaped."""
    parts = text.split("`")
    painted = (
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )
    return Markup().join(painted)


def page_of(doc: Doc, base: str) -> dict[str, Any]:
    """What the template shows, taken from the document alone."""
    schemas: Mapping[str, Doc] = doc["components"]["schemas"]
    calls = [
        _call(path, method, operation, schemas, base or "http://127.0.0.1:8700")
        for path, methods in doc["paths"].items()
        for method, operation in methods.items()
    ]
    return {
        "info": doc["info"],
        "schemes": doc["components"]["securitySchemes"],
        "calls": calls,
        "schemas": [
            {"name": name, "about": each.get("description", ""), "rows": _rows(each, schemas)}
            for name, each in schemas.items()
        ],
        "codes": CODES,
    }


def _call(path: str, method: str, operation: Doc, schemas: Mapping[str, Doc], base: str) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    parameters = operation.get("parameters", [])
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "about": operation.get("description", ""),
        "parameters": parameters,
        "takes": _ref_name(body) if body else None,
        "curl": _curl(method, path, operation, schemas, base),
        "answers": [
            {"status": status, "about": answer["description"], "gives": _answer_name(answer)}
            for status, answer in operation["responses"].items()
        ],
    }


def _curl(method: str, path: str, operation: Doc, schemas: Mapping[str, Doc], base: str) -> str:
    query: list[str] = []
    for each in operation.get("parameters", []):
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(each["example"]))
        elif each["in"] == "query" and each["name"] in {"after", "wait"}:
            query.append(f"{each['name']}={25 if each['name'] == 'wait' else 0}")
    address = f"{base}{path}" + (f"?{'&'.join(query)}" if query else "")
    parts = ["curl" if method == "get" else f"curl -X {method.upper()}", f"'{address}'"]
    if operation.get("security") != []:
        parts.append('-H "Authorization: Bearer $HANDRAIL_KEY"')
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None:
        body = json.dumps(example(content["schema"], schemas), ensure_ascii=False, indent=2).replace("'", "\\u0027")
        parts += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(parts)


def example(schema: Doc, schemas: Mapping[str, Doc]) -> Any:
    """A value the schema describes, put together from the examples of its fields."""
    if "$ref" in schema:
        return example(schemas[_ref_name(schema)], schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    if "properties" in schema:  # before anyOf, which beside properties only says which of them are needed
        return {name: example(each, schemas) for name, each in schema["properties"].items()}
    if schema.get("anyOf"):
        return example(schema["anyOf"][0], schemas)
    return None


def _rows(schema: Doc, schemas: Mapping[str, Doc]) -> list[dict[str, Any]]:
    required = set(schema.get("required", []))
    return [
        {
            "name": name,
            "kind": _kind(each),
            "refs": _refs(each),
            "required": name in required,
            "about": each.get("description") or schemas.get(_ref_name(each), {}).get("description", ""),
            "example": json.dumps(each["examples"][0], ensure_ascii=False) if each.get("examples") else "",
        }
        for name, each in schema.get("properties", {}).items()
    ]


def _kind(schema: Doc) -> str:
    if "$ref" in schema:
        return _ref_name(schema)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    bound = f", at most {schema['maxLength']}" if "maxLength" in schema else ""
    return f"{schema.get('format') or schema.get('type', 'any')}{bound}"


def _refs(schema: Doc) -> list[str]:
    if "$ref" in schema:
        return [_ref_name(schema)]
    inner = [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
    return [name for each in inner for name in _refs(each)]


def _answer_name(answer: Doc) -> str | None:
    for content in answer.get("content", {}).values():
        if "$ref" in content.get("schema", {}):
            return _ref_name(content["schema"])
    return None


def _ref_name(schema: Doc) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _html(page: str) -> web.Response:
    headers = {"Content-Security-Policy": CSP, "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
    return web.Response(text=page, content_type="text/html", headers=headers)
