"""What a secret looks like, so that none is taken from the file and none is printed."""

import re

_TOKEN = re.compile(
    r"\bxox[a-z](?:\.xox[a-z])?-[\w-]{6,}|\bxapp-[\w-]{6,}|\bwhsec_[\w+/=-]{8,}|\bhr_[\w-]{12,}"
    r"|\b[A-Za-z0-9_-]{23,30}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}"
    r"|\b(?:sk|ghp|gho|glpat|AKIA)[_-]?[A-Za-z0-9_-]{16,}|-----BEGIN |\beyJ[\w-]{10,}\.[\w-]{10,}\."
    r"|://[^/\s:@]*:[^/\s@]+@"
)
"""Slack, Handrail, Discord and other well-known tokens, private keys, addresses with a password."""

_KEY = re.compile(r"token|secret|passw|api_?key|private_?key|credential", re.IGNORECASE)


def looks_secret(text: str) -> bool:
    return _TOKEN.search(text) is not None


def names_a_secret(key: str) -> bool:
    return _KEY.search(key) is not None
