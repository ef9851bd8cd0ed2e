"""`docs/console.md` shows every page; the pictures are taken by `python -m tests.album` and looked at by people."""

from __future__ import annotations

import pytest

from tests.album.album import ALBUM, PAGE, PICTURES, Album, Chapter, Shot, addresses, document, faults

MOST_BYTES, MOST_OF_ALL = 80_000, 3_000_000


def pictures() -> dict[str, int]:
    return {path.name: path.stat().st_size for path in PICTURES.iterdir()}


def test_every_page_has_a_picture_or_a_reason_why_not() -> None:
    assert [] == faults(ALBUM, addresses(), set(pictures()))


def test_the_document_is_as_the_album_has_it() -> None:
    assert document() == PAGE.read_text(encoding="utf-8"), "python -m tests.album"


def test_pictures_are_small() -> None:
    found = pictures()
    assert {} == {name: size for name, size in found.items() if size > MOST_BYTES}
    assert MOST_OF_ALL > sum(found.values())


def test_both_languages_and_both_themes_are_shown() -> None:
    shots = [shot for chapter in ALBUM.chapters for shot in chapter.shots]
    assert {("en", "light"), ("en", "dark"), ("zh", "light"), ("zh", "dark")} == {
        (shot.locale, shot.scheme) for shot in shots
    }


@pytest.mark.parametrize(
    ("pages", "files", "unseen", "said"),
    [
        (
            {"/console/work", "/console/new"},
            {"work.webp"},
            {},
            "/console/new has neither a picture nor a reason why not",
        ),
        ({"/console/work"}, set(), {}, "work.webp is not there"),
        ({"/console/work"}, {"work.webp", "old.webp"}, {}, "old.webp is a picture of nothing"),
        (set(), {"work.webp"}, {}, "/console/work is no page"),
        (
            {"/console/work"},
            {"work.webp"},
            {"/console/work": "dull"},
            "/console/work has a picture and a reason why not",
        ),
        ({"/console/work"}, {"work.webp"}, {"/console/gone": "dull"}, "/console/gone is no page"),
    ],
)
def test_what_is_missing_or_too_much_is_told(
    pages: set[str], files: set[str], unseen: dict[str, str], said: str
) -> None:
    shot = Shot(name="work", path="/work", told="One case at a time.")
    album = Album(chapters=(Chapter(title="Work", public=False, shots=(shot,)),), unseen=unseen)
    assert [said] == faults(album, pages, files)
