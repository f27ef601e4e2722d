"""The config file's JSON Schema, for editors. Written from the models, so that it cannot say anything else."""

import json
from pathlib import Path

from bridge.rulebook.models import File


def schema_text() -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **File.model_json_schema(),
        "title": "Handrail config",
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(path: Path) -> None:
    path.write_text(schema_text(), encoding="utf-8")
