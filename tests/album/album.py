"""Every page, and the picture of it in `docs/console.md`; those that have none say why.

`python -m tests.album` fills a home, takes the pictures and writes the page: that is where sentences are changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from console.permissions import ALLOWED, Role
from console.public.routes import PAGES as PUBLIC
from console.routes import PAGES as CONSOLE
from moderation.toml import StrictModel, parse_file

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
PICTURES: Final = DOCS / "images" / "pages"
PAGE: Final = DOCS / "console.md"

CONSOLE_AT, PUBLIC_AT = "/console", "/public"


class Shot(StrictModel):
    """A picture of a page: its file's name, its path in the table of pages, and what the page is for."""

    name: str
    path: str
    told: str
    who: str = "li"
    """Looks at it; nobody is logged in where it is empty."""
    locale: str = "en"
    scheme: str = "light"
    query: str = ""
    """Added to the address."""
    most: int = 1500
    """Height in pixels at which a longer page is cut."""

    @property
    def file(self) -> str:
        """In `docs/images/pages`."""
        return f"{self.name}.webp"


class Chapter(StrictModel):
    """Pages that belong together; of the public, or of the console."""

    title: str
    public: bool
    shots: tuple[Shot, ...]

    def whole(self, shot: Shot) -> str:
        """The path of a picture's page below the server's address."""
        return f"{PUBLIC_AT if self.public else CONSOLE_AT}{shot.path}"


class Album(StrictModel):
    """All of them; `unseen` says why a page has no picture, by its whole path."""

    chapters: tuple[Chapter, ...]
    unseen: dict[str, str]


ALBUM: Final = parse_file(Album, Path(__file__).with_name("pages.toml"))
A_FILE: Final = "a file for a spreadsheet; the page of the same name has its table"


def addresses() -> set[str]:
    """Every path that a browser can be sent to."""
    return {f"{CONSOLE_AT}{page.path}" for page in CONSOLE if page.method == "GET"} | {
        f"{PUBLIC_AT}{page.path}" for page in PUBLIC if page.method == "GET"
    }


def faults(album: Album, pages: set[str], files: set[str]) -> list[str]:
    """What is missing or too much: of pages a picture or a reason, of pictures a file or a page."""
    named = [shot.file for chapter in album.chapters for shot in chapter.shots]
    seen = {chapter.whole(shot) for chapter in album.chapters for shot in chapter.shots}
    excused = {path for path in pages if path.endswith(".csv")} | set(album.unseen)
    return [
        *(f"{path} has neither a picture nor a reason why not" for path in sorted(pages - seen - excused)),
        *(f"{path} is no page" for path in sorted((seen | set(album.unseen)) - pages)),
        *(f"{path} has a picture and a reason why not" for path in sorted(seen & excused)),
        *(f"{file} is not there" for file in sorted(set(named) - files)),
        *(f"{file} is a picture of nothing" for file in sorted(files - set(named))),
    ]


def who_opens(path: str) -> str:
    """The roles that may open a page of the console, in words."""
    action = next(page.action for page in CONSOLE if page.method == "GET" and page.path == path)
    if action is None:
        return EVERYBODY
    allowed = ALLOWED[action]
    if allowed == frozenset(Role):
        return "every account"
    return ", ".join(role.value.replace("_", " ") for role in Role if role in allowed)


def document() -> str:
    """`docs/console.md`."""
    parts = [HEAD]
    for chapter in ALBUM.chapters:
        parts += [f"## {chapter.title}", *(_entry(chapter, shot) for shot in chapter.shots)]
    left = "\n".join(f"* `{path}`: {why}" for path, why in ALBUM.unseen.items())
    return "\n\n".join([*parts, f"## Without a picture\n\n{left}\n* every address that ends in `.csv`: {A_FILE}\n"])


def _entry(chapter: Chapter, shot: Shot) -> str:
    opens = EVERYBODY if chapter.public else who_opens(shot.path)
    title = shot.name.replace("-", " ").capitalize()
    told = f"{shot.told}\n`{chapter.whole(shot)}` · opened by: {opens}"
    return f"### {title}\n\n{told}\n\n![{title}](images/pages/{shot.file})"


EVERYBODY: Final = "everybody, without an account"

HEAD: Final = """# Every page, in pictures

What moderators, leads, inspectors and readers see. Written, pictures and all, by

    python -m tests.album        # Chromium and a Chinese font; some two minutes

which fills a home with the demo's comments and a week of invented work around them (`tests/album/`) and looks at the
real pages of a real server. The model there is a list of words and the flow behind the staffing page is made up, so the
figures say nothing. Every page is there in Chinese and English, light and dark, from 360 pixels up; one of each is
shown, 1280 pixels wide and cut where it is long. A test fails where a page has neither a picture nor a reason why not.
"""
