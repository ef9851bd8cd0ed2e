"""The page of a transcript: complete by itself, so that a platform may hand it on from any address of its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console.marks import pieces
from records.paging import DEFAULT_LIMIT

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_STYLE = (_TEMPLATES / "transcript.css").read_text(encoding="utf-8")
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
"""What the content security policy lets in."""

WORDS = {
    "zh": {
        "title": "评论实录",
        "about": "直播评论的静态版本：这里按最初提交的先后列出已经通过审核的评论，撤下的不再显示，后来放行的出现在"
        "原来的位置。时间为北京时间。",
        "lines": "评论",
        "reader": "读者 {label}",
        "unnamed": "匿名读者",
        "nothing": "还没有可以显示的评论。",
        "no_more": "没有更多评论了。",
        "pages": "翻页",
        "first": "从头开始",
        "next": "下一页",
        "ghost": "不可见字符 {name}",
        "attached": "附件（此处不显示）：",
        "attachments": {"image": "图片", "audio": "音频", "video": "视频", "file": "文件"},
        "between": "、",
    },
    "en": {
        "title": "Transcript of comments",
        "about": "The static version of a live comment stream: comments that passed review, in the order in "
        "which they were first sent; what was withdrawn is gone, and what was let through later is in its old place. "
        "Times are UTC.",
        "lines": "Comments",
        "reader": "Reader {label}",
        "unnamed": "Unnamed reader",
        "nothing": "There is no comment to show yet.",
        "no_more": "There are no more comments.",
        "pages": "Pages",
        "first": "From the beginning",
        "next": "Next page",
        "ghost": "invisible character {name}",
        "attached": "Attached (not shown here): ",
        "attachments": {"image": "image", "audio": "audio", "video": "video", "file": "file"},
        "between": ", ",
    },
}
_ZONES = {"zh": timezone(timedelta(hours=8)), "en": timezone(timedelta(0))}
"""China keeps one time, and no summer time; whoever reads English may be anywhere."""


@dataclass(frozen=True, slots=True)
class Line:
    """One comment. `author` is a label, or None for nobody; `attachments` are kinds of what was sent beside it."""

    author: str | None
    text: str
    lang: str
    at: datetime
    attachments: Sequence[str] = ()

    @property
    def language(self) -> str:
        """For a reader that speaks; empty where it is not known."""
        return "" if self.lang == "und" else self.lang


def rendered(
    lines: Sequence[Line], language: str, *, cursor: str | None, next_cursor: str | None, limit: int
) -> str:  # fmt: skip
    """The page in `zh` or `en`."""
    kept = {"lang": language} | ({} if limit == DEFAULT_LIMIT else {"limit": str(limit)})
    return (
        _environment()
        .get_template("transcript.html")
        .render(
            lines=lines,
            language=language,
            words=WORDS[language],
            zone=_ZONES[language],
            style=_STYLE,
            pieces=pieces,
            is_first=cursor is None,
            first=f"?{urlencode(kept)}",
            following=None if next_cursor is None else f"?{urlencode(kept | {'cursor': next_cursor})}",
        )
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
