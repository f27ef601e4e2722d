"""What this program can speak to, told to the rulebook: a platform's options are judged with the rest of the file."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from adapters import BOTS, CHAT, options_of
from bridge.rulebook.book import RuleBook
from bridge.rulebook.build_shores import Kinds
from bridge.rulebook.complaints import Path as Place
from bridge.rulebook.complaints import did_you_mean
from bridge.rulebook.load import load
from bridge.rulebook.wording import sentences

_PYDANTIC = ("must", "String should")
"""How sentences begin that no adapter wrote: they do not say what the option is for."""


def judge(kind: str, options: Mapping[str, object]) -> Sequence[tuple[Place, str]]:
    """What the adapter of a platform finds wrong with its section; empty when it will take it."""
    model = options_of(kind)
    try:
        model.model_validate(options)
    except ValidationError as error:
        return [(where, _said(model, where, sentence)) for where, sentence in sentences(error)]
    return []


def _said(model: type[BaseModel], where: Place, sentence: str) -> str:
    """The sentence with what the option means, or with the option that was probably meant."""
    if where and where[0] not in model.model_fields:
        return sentence + did_you_mean(str(where[0]), model.model_fields)
    about = model.model_fields.get(str(where[0]) if where else sentence.removesuffix(" is missing"))
    if about is None or about.description is None or (where and not sentence.startswith(_PYDANTIC)):
        return sentence
    # Pydantic names a pattern as an expression, which helps nobody who has to write the file.
    plain = "is not of the form expected here" if "pattern" in sentence else sentence
    return f"{plain} ({about.description})"


def own(kind: str) -> Collection[str]:
    """Options of a platform's kind that no two entries may share."""
    return getattr(options_of(kind), "OWN", ()) if kind in CHAT else ()


KINDS = Kinds(chat=CHAT.keys(), bots=BOTS.keys(), judge=judge, own=own)


def load_book(config: Path, env: Mapping[str, str]) -> RuleBook:
    """The rulebook of this program: `load` with all that can be known before anything is connected.

    Raises: RulebookError with every complaint.
    """
    return load(config, env, KINDS)
