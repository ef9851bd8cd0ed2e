"""What a law asks, and how it stands here, as `chaffinch duties` last found it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.responses import RedirectResponse, Response

from console.duty_desk import DutyDesk
from console.permissions import Action
from console.rendering import render
from console.visit import Visit
from governance import duties, shipped_profiles
from governance.duties import DutyText, Profile, Status
from governance.shipped_profiles import AsLoaded
from moderation.errors import NotFoundError
from moderation.taxonomy import Words

STATES = {Status.MET: "duties.met", Status.PLATFORM: "duties.platform", Status.OFF: "duties.off"}


@dataclass(frozen=True, slots=True)
class Line:
    """A duty in the reader's language. `state` is empty where no check of it ran yet.

    `seen` is in `seen_in`: English, where an earlier program left no other.
    """

    article: str
    duty: str
    answered_by: str
    handed: str
    checks: tuple[str, ...]
    state: str
    seen: str
    seen_in: str
    at: str


def show(visit: Visit) -> Response:
    """GET /duties: a profile's duties, each with what its checks saw."""
    return _page(visit, visit.query.get("profile", ""))


def run(visit: Visit) -> Response:
    """POST /duties: runs the checks of a profile now."""
    desk, name = _desk(visit), visit.form.one("profile")
    if name not in [each.name for each in desk.profiles()]:
        raise NotFoundError("There is no such profile.")
    if problem := desk.run(name):
        return _page(visit, name, problem=problem, status=409)
    return RedirectResponse(visit.url(f"/duties?profile={name}"), status_code=303)


def _page(visit: Visit, wanted: str, *, problem: str = "", status: int = 200) -> Response:
    desk = visit.parts.duties
    profiles = list(desk.profiles()) if desk else []
    profile = next((each for each in profiles if each.name == wanted), profiles[0] if profiles else None)
    told = desk.last(profile.name) if desk and profile else None
    is_changed = profile is not None and told is not None and not _is_as_noted(visit, profile.name, told)
    told = None if is_changed else told
    configs = visit.parts.packs.parent
    is_other = profile is not None and told is not None and _is_other(configs, profile, told)
    told = None if is_other else told
    lines = lines_of(profile, told, visit.preferences.locale) if profile else []
    counts = [(state, sum(line.state == state for line in lines)) for state in Status]
    return render(
        visit,
        "duties.html",
        status=status,
        profiles=profiles,
        profile=profile,
        title={each.name: getattr(each.title, visit.preferences.locale) for each in profiles},
        told=told,
        is_changed=is_changed,
        is_other=is_other,
        loaded=_as_loaded(visit, configs, profile) if profile else None,
        lines=lines,
        counts=[(state.value, number) for state, number in counts if number],
        states=STATES,
        may_run=desk is not None and visit.may(Action.RUN_DUTIES),
        problem=problem,
    )


def _is_as_noted(visit: Visit, profile: str, told: Mapping[str, Any]) -> bool:
    """Whether the file is the one that the run left of which the ledger tells: anybody can write a file."""
    with visit.parts.database.reading() as look:
        return duties.is_as_noted(look, profile, str(told.get("digest", "")))


def _is_other(configs: Path, profile: Profile, told: Mapping[str, Any]) -> bool:
    """Whether the last run was of a file that said something else; earlier programs left no hash of it."""
    return "file" in told and told["file"] != shipped_profiles.hash_of(configs, profile.name)


def _as_loaded(visit: Visit, configs: Path, profile: Profile) -> AsLoaded:
    with visit.parts.database.reading() as look:
        return shipped_profiles.as_loaded(look, configs, profile)


def lines_of(profile: Profile, told: Mapping[str, Any] | None, locale: str) -> list[Line]:
    """The profile's duties with what the last run said of each; one that the run did not know has no state."""
    found = {(each["article"], each["duty"]["en"]): each for each in (told or {}).get("duties", ())}

    def line(duty: DutyText) -> Line:
        seen = found.get((duty.article, duty.duty.en), {})
        return Line(
            duty.article,
            _in(duty.duty, locale),
            _in(duty.answered_by, locale),
            _in(duty.platform, locale) if duty.platform else "",
            duty.checks,
            seen.get("status", ""),
            *_seen(seen, locale),
            (seen.get("checked_at") or "")[:16].replace("T", " "),
        )

    return [line(duty) for duty in profile.duties]


def _seen(told: Mapping[str, Any], locale: str) -> tuple[str, str]:
    """What checks saw and in which language, without the platform's own act, which the profile has in both."""
    if locale == "zh" and told.get("evidence_zh"):
        return told["evidence_zh"], locale
    return str(told.get("evidence", "")).partition(" The platform's own act: ")[0], "en"


def _in(words: Words, locale: str) -> str:
    return str(getattr(words, locale))


def _desk(visit: Visit) -> DutyDesk:
    """Raises `NotFoundError` where this console has none."""
    if visit.parts.duties is None:
        raise NotFoundError("No profiles are at hand here.")
    return visit.parts.duties
