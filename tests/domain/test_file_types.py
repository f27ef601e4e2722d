"""What a file is, by its bytes; what it may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.file_types import Sniffer
from bridge.domain.files import NAME_BYTES, Unfit, UnfitFile, file_name, in_size
from tests.file_samples import PDF, PNG, REFUSED, TAKEN


def judged(name: str, content: bytes, *, at_once: int = 7):
    sniffer = Sniffer()
    for at in range(0, len(content), at_once):
        sniffer.feed(content[at : at + at_once])
    return sniffer.judged(name)


@pytest.mark.parametrize("at_once", [1, 7, 4096])
@pytest.mark.parametrize(("name", "content", "kind"), TAKEN, ids=[name for name, _, _ in TAKEN])
def test_every_kind_is_known_by_its_bytes(name, content, kind, at_once):
    found = judged(name, content, at_once=at_once)
    assert (found.content_type, found.name, found.size) == (kind, name, len(content))


@pytest.mark.parametrize("at_once", [3, 4096])
@pytest.mark.parametrize(("name", "content"), REFUSED)
def test_what_runs_renders_or_is_two_things_at_once_is_not_taken(name, content, at_once):
    with pytest.raises(UnfitFile) as refused:
        judged(name, content, at_once=at_once)
    assert refused.value.why is Unfit.TYPE
    assert "Taken are images" in refused.value.sentence


def test_an_empty_file_is_none():
    with pytest.raises(UnfitFile) as refused:
        judged("a.txt", b"")
    assert refused.value.why is Unfit.EMPTY


@pytest.mark.parametrize(
    ("called", "content", "kept"),
    [
        ("photo.JPG", PNG, "photo.JPG.png"),
        ("photo", PNG, "photo.png"),
        ("bill.txt", PDF, "bill.txt.pdf"),
        ("notes", b"hello", "notes.txt"),
        ("notes.pdf", b"hello", "notes.pdf.txt"),
        ("a.json", b"no json", "a.json.txt"),
        ("main.py", b"print()", "main.py"),
    ],
)
def test_a_name_that_says_another_kind_gets_the_right_ending(called, content, kept):
    assert judged(called, content).name == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../x", "x"),
        ("..\\..\\x.txt", "x.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\ana\\bill.pdf", "bill.pdf"),
        ("a\0.png", "a.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie_ x.png"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("\u2066a\u2069.png", "a.png"),
        ("a\U000e0041b.png", "ab.png"),
        ("...", "file"),
        ("", "file"),
        (" . .png", "png"),
        ("<img src=x>.png", "_img src=x_.png"),
        ("r\u00e9sum\u00e9 \u2615.pdf", "r\u00e9sum\u00e9 \u2615.pdf"),
        ("\u0646\u06cc\u200c\u062e.txt", "\u0646\u06cc\u200c\u062e.txt"),
    ],
)  # fmt: skip
def test_a_name_is_one_visible_step_of_a_path(sent, kept):
    assert file_name(sent) == kept


def test_a_long_name_keeps_its_ending():
    kept = file_name("\u00e9" * 300 + ".pdf")
    assert kept.endswith("\u00e9.pdf")
    assert len(kept.encode()) <= NAME_BYTES


@given(st.text(max_size=400))
def test_any_name_is_made_safe(sent):
    kept = file_name(sent)
    assert kept
    assert len(kept.encode()) <= NAME_BYTES
    assert not set(kept) & set('/\\\0\r\n<>:"|?*\u202e\u2066')
    assert not kept.startswith((".", " "))


@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_bytes_are_judged(content, name):
    try:
        found = judged(name, content)
    except UnfitFile:
        return
    assert found.size == len(content)


@pytest.mark.parametrize(
    ("size", "words"), [(None, ""), (12, "12 B"), (31_044, "31 kB"), (2_500_000, "2.5 MB"), (31_000_000, "31 MB")]
)
def test_a_size_is_told_in_words_people_use(size, words):
    assert in_size(size) == words
