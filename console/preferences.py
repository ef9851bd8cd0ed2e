"""How a person wants to see the pages: language, theme, blur. Kept in a cookie that says nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

COOKIE = "chaffinch_view"
COOKIE_SECONDS = 365 * 24 * 3600
LOCALES = ("zh", "en")
THEMES = ("auto", "light", "dark")
BLURS = ("on", "off")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What applies to a page. `blur` hides abusive text until it is asked for."""

    locale: str = "en"
    theme: str = "auto"
    blur: bool = True

    def as_cookie(self) -> str:
        """As `read` takes it."""
        return f"{self.locale}-{self.theme}-{'on' if self.blur else 'off'}"

    def changed(self, form: Mapping[str, str]) -> Preferences:
        """With what the form asks for; values that nobody offers are ignored."""
        locale, theme, blur = form.get("locale"), form.get("theme"), form.get("blur")
        return replace(
            self,
            locale=locale if locale in LOCALES else self.locale,
            theme=theme if theme in THEMES else self.theme,
            blur=blur == "on" if blur in BLURS else self.blur,
        )


def read(cookie: str | None, accept_language: str = "", default_locale: str | None = None) -> Preferences:
    """From the cookie; without one the user's own language, else the browser's."""
    parts = (cookie or "").split("-")
    if len(parts) == 3:
        return Preferences(locale=default_locale or _preferred(accept_language)).changed(
            dict(zip(("locale", "theme", "blur"), parts, strict=True))
        )
    return Preferences(locale=default_locale if default_locale in LOCALES else _preferred(accept_language))


def _preferred(accept_language: str) -> str:
    """The first language of the header that we have, in the order written (browsers sort it)."""
    for item in accept_language.split(","):
        language = item.strip().partition(";")[0].partition("-")[0].lower()
        if language in LOCALES:
            return language
    return "en"
