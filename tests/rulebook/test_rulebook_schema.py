"""The schema tells an editor what every key is for."""

import json

from bridge.rulebook.schema import schema_text


def test_every_key_says_what_it_is_for():
    schema = json.loads(schema_text())
    about = {"File": schema, **schema["$defs"]}
    mute = [
        f"{name}.{key}"
        for name, model in about.items()
        for key, found in model.get("properties", {}).items()
        if "description" not in found and "description" not in about.get(found.get("$ref", "").rpartition("/")[2], {})
    ]
    assert mute == []
