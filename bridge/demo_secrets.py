"""The demo bot's secrets: made up once per site, kept beside its data, never in the config file."""

import json
import os
import secrets
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path("data")
NAMES = ("HANDRAIL_DEMO_KEY", "HANDRAIL_DEMO_SECRET", "HANDRAIL_DEMO_CALLBACK_SECRET")


def new_key() -> str:
    """A bearer key of 256 bits, `hr_…`."""
    return f"hr_{secrets.token_urlsafe(32)}"


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it, `whsec_…`."""
    return f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"


def with_demo_secrets(env: Mapping[str, str], folder: Path = FOLDER) -> dict[str, str]:
    """The environment, with the demo's secrets added where they are not set."""
    missing = [name for name in NAMES if not env.get(name)]
    try:
        kept = _kept(folder) if missing else {}
    except OSError:
        kept = {}  # nothing may be written here: the file is refused if it names these secrets, and only then
    return {**env, **{name: value for name, value in kept.items() if name in missing}}


def _kept(folder: Path) -> Mapping[str, str]:
    """Secrets of this site; the same after a restart, since callbacks under way are signed with them."""
    path = folder / "demo-secrets.json"
    try:
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        kept = {}
    if set(NAMES) <= kept.keys():
        return kept
    made = {name: new_key() if name == NAMES[0] else new_secret() for name in NAMES}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(made, file)
    return made
