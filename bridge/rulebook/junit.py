"""Test results as JUnit XML, for build servers."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from bridge.rulebook.route_tests import Result

SUITE = "handrail.routes"
_UNWRITABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[Result], file: str) -> bytes:
    """The whole document, in UTF-8."""
    failed = sum(1 for result in results if result.failures)
    counts = {"tests": str(len(results)), "failures": str(failed), "errors": "0", "skipped": "0"}
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": SUITE, **counts})
    for result in results:
        about = {"classname": SUITE, "name": result.test.name, "file": file, "line": str(result.test.line)}
        case = ET.SubElement(suite, "testcase", {key: _clean(value) for key, value in about.items()})
        if result.failures:
            failure = ET.SubElement(case, "failure", {"message": _clean(result.failures[0]), "type": "expectation"})
            failure.text = _clean("\n".join(result.failures))
    ET.indent(suites)
    return bytes(ET.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _clean(text: str) -> str:
    """XML has no way to write most control characters, nor half of a surrogate pair."""
    return _UNWRITABLE.sub("\ufffd", text)
