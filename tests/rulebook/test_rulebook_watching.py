"""A changed file is noticed once it is still; half-written ones and those of secrets too."""

import os

import pytest

from bridge.rulebook.watching import Watch
from tests.rulebook.written import SITE, changed, write


@pytest.fixture
def watch(tmp_path):
    (tmp_path / "key").write_text("hr_first_key_for_tests", encoding="utf-8")
    path = write(tmp_path, changed("{env: SHOP_BOT_KEY}", "{file: key}"))
    made = Watch(path)
    assert not made.changed()
    return made, path


def test_a_change_is_told_once_after_it_was_still_for_one_look(watch):
    looks, path = watch
    path.write_text(SITE, encoding="utf-8")
    assert [looks.changed() for _ in range(4)] == [False, True, False, False]


def test_a_file_that_is_still_being_written_is_waited_for(watch):
    looks, path = watch
    for cut in (100, 200, 300):
        path.write_text(SITE[:cut], encoding="utf-8")
        assert not looks.changed()
    assert looks.changed()


def test_a_file_exchanged_for_one_of_the_same_size_and_time_is_noticed(watch):
    looks, path = watch
    before = path.stat()
    new = path.with_name("new")
    new.write_bytes(path.read_bytes())
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(path)
    assert [looks.changed() for _ in range(3)] == [False, True, False]


def test_a_moment_without_a_file_is_no_news_when_the_same_file_comes_back(watch):
    looks, path = watch
    aside = path.with_name("aside")
    path.rename(aside)
    assert not looks.changed()
    aside.rename(path)
    assert [looks.changed() for _ in range(3)] == [False, False, False]


def test_a_secret_in_a_file_that_is_exchanged_is_a_change(watch, tmp_path):
    looks, _ = watch
    (tmp_path / "key").write_text("hr_second_key_for_tests", encoding="utf-8")
    assert [looks.changed() for _ in range(3)] == [False, True, False]


def test_files_that_are_named_later_are_looked_at_from_then_on(watch, tmp_path):
    looks, path = watch
    path.write_text(changed("{env: SHOP_BOT_KEY}", "{file: other}"), encoding="utf-8")
    assert [looks.changed() for _ in range(2)] == [False, True]
    looks.follow()
    (tmp_path / "other").write_text("hr_other_key_for_tests", encoding="utf-8")
    assert [looks.changed() for _ in range(3)] == [False, True, False]
    (tmp_path / "key").write_text("nobody names this any more", encoding="utf-8")
    assert [looks.changed() for _ in range(2)] == [False, False]


def test_what_was_read_on_request_is_no_news_to_the_watch(watch):
    looks, path = watch
    path.write_text(SITE, encoding="utf-8")
    looks.follow(looks.seen())
    assert [looks.changed() for _ in range(3)] == [False, False, False]


def test_what_changed_while_it_was_read_is_read_again(watch):
    looks, path = watch
    seen = looks.seen()
    path.write_text(SITE, encoding="utf-8")
    looks.follow(seen)
    assert [looks.changed() for _ in range(2)] == [True, False]
