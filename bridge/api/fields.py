"""Kinds of fields of the request models, each with its bound and its rule."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from bridge.api.limits import ATTRIBUTES_BYTES, METADATA_BYTES, OBJECT_KEYS, TEXT_CHARACTERS, TITLE_CHARACTERS
from bridge.api.strict_json import Json
from bridge.domain.file_links import FILE_ID
from bridge.domain.web_addresses import why_not_fetched, why_not_shown
from bridge.domain.words import Scalar

URL_NOT_ALLOWED: Final = "url-not-allowed"
"""Error code that turns the whole answer into that problem."""
FILE_HOSTS: Final = "file_hosts"
"""Key of the validation context: the hosts this bot's files may come from."""

EXTERNAL_ID: Final = r"[A-Za-z0-9._:;@/|+=~!$#*,&-]{1,200}"
EXTERNAL_ID_PATTERN: Final = rf"^(?!.*(\.\.|//))(?!/)(?!\.+$){EXTERNAL_ID}$"
"""`is_external_id` as JSON Schema says it."""
_EXTERNAL_ID: Final = re.compile(EXTERNAL_ID)
_TAGS: Final = range(0xE0000, 0xE0080)
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_external_id(text: str) -> bool:
    """Ids of bots and their platforms in all usual spellings, but nothing that walks through folders."""
    return (
        _EXTERNAL_ID.fullmatch(text) is not None
        and ".." not in text
        and "//" not in text
        and not text.startswith("/")
        and text.strip(".") != ""
    )


def clean_name(text: str) -> str:
    """A name safe to stand in a line of ours: no tag characters, no bidi controls, one line. Joiners stay."""
    kept = (char for char in text if char not in _BIDI and ord(char) not in _TAGS)
    spaced = (" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in kept)
    return re.sub(" +", " ", "".join(spaced)).strip()


def _external_id(text: str) -> str:
    if not is_external_id(text):
        raise PydanticCustomError(
            "external-id", "Use 1 to 200 letters, digits and ._:;@/|+=~!$#*,&- without '..', '//' or a leading slash."
        )
    return text


def _file_id(text: str) -> str:
    if not FILE_ID.fullmatch(text):
        raise PydanticCustomError("file-id", "This is no id of a file: POST /v1/files gives one.")
    return text


def _shown_url(url: str) -> str:
    if (reason := why_not_shown(url)) is not None:
        raise PydanticCustomError("url", "{reason}", {"reason": reason})
    return url


def _file_url(url: str, info: ValidationInfo) -> str:
    hosts = (info.context or {}).get(FILE_HOSTS, ())
    if (reason := why_not_fetched(url, hosts)) is not None:
        raise PydanticCustomError(URL_NOT_ALLOWED, "{reason}", {"reason": reason})
    return url


def _moment(value: Any) -> Any:
    """ISO 8601 with an offset, to UTC. Strict models take no strings for datetimes by themselves."""
    try:
        if isinstance(value, str) and len(value) <= 40 and (read := datetime.fromisoformat(value)).tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("moment", "Write the time as ISO 8601 with an offset, e.g. 2026-11-22T09:00:03Z.")


def _attributes(value: Any) -> Any:
    """Checked as a whole, so that a wrong value is one complaint and not one per kind of scalar."""
    if not isinstance(value, dict):
        raise PydanticCustomError("object", "Attributes are an object of names and plain values.")
    for key, each in value.items():
        if not 1 <= len(key) <= 100:
            raise PydanticCustomError("attribute-name", "A name of an attribute has 1 to 100 characters.")
        if isinstance(each, dict | list):
            raise PydanticCustomError("attribute-value", "An attribute is text, a number, true, false or null.")
    _bounded(value, ATTRIBUTES_BYTES)
    return value


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    _bounded(value, METADATA_BYTES)
    return value


def _bounded(value: Json, most: int) -> None:
    if len(compact(value).encode()) > most:
        raise PydanticCustomError("too-large", "At most {most} bytes as JSON.", {"most": most})


def compact(value: Json) -> str:
    """The shortest JSON of a value, letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _zone(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_+./-]{1,64}", text) or ".." in text or text.startswith("/"):
        raise PydanticCustomError("timezone", "Use an IANA name such as Europe/Paris.")
    return text


def _word(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise PydanticCustomError("word", "Use one line of printable characters without blanks around it.")
    return text


ExternalId = Annotated[
    str,
    AfterValidator(_external_id),
    Field(
        json_schema_extra={
            "minLength": 1,
            "maxLength": 200,
            "pattern": EXTERNAL_ID_PATTERN,
        }
    ),
]
Words = Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS)]
Title = Annotated[str, Field(min_length=1, max_length=TITLE_CHARACTERS)]
Name = Annotated[str, Field(max_length=300), AfterValidator(clean_name)]
Word = Annotated[
    str,
    Field(min_length=1, max_length=100, json_schema_extra={"pattern": r"^\S(.*\S)?$"}),
    AfterValidator(_word),
]
"""A short code of the bot's own: a channel, a tag, a reason, a language."""
Zone = Annotated[
    str,
    Field(max_length=64, json_schema_extra={"pattern": r"^(?!.*\.\.)(?!/)[A-Za-z0-9_+./-]{1,64}$"}),
    AfterValidator(_zone),
]
ShownUrl = Annotated[str, AfterValidator(_shown_url), Field(max_length=2000, json_schema_extra={"format": "uri"})]
FileUrl = Annotated[str, AfterValidator(_file_url), Field(json_schema_extra={"format": "uri", "maxLength": 2000})]
FileId = Annotated[str, AfterValidator(_file_id), Field(json_schema_extra={"pattern": f"^{FILE_ID.pattern}$"})]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Attributes = Annotated[
    dict[str, Scalar],
    BeforeValidator(_attributes),
    Field(json_schema_extra={"propertyNames": {"minLength": 1, "maxLength": 100}, "maxProperties": OBJECT_KEYS}),
]
Metadata = Annotated[dict[str, Any], AfterValidator(_metadata)]
