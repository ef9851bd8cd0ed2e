"""Duties of a legal profile (`configs/profiles/*.toml`), and what the checks of an installation say of each.

A profile is data: articles, what each asks in our words, what answers it, and the names of checks. A duty is `met`
where every check of it held just now, `off` where one did not, with what switches it on. Where part of it is the
platform's own act, it is `platform` at best, with what we hand over for it: our part is checked all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import Field

from moderation.errors import ChaffinchError, ConfigError, Fault
from moderation.taxonomy import Words
from moderation.toml import StrictModel, parse_file

FOLDER = "profiles"


class Status(StrEnum):
    """How a duty stands."""

    MET = "met"
    PLATFORM = "platform"
    OFF = "off"


class DutyText(StrictModel):
    """A duty as a profile has it."""

    article: str
    """Of the law."""
    duty: Words
    """What it asks, in our words."""
    answered_by: Words
    """The feature that answers it."""
    checks: tuple[str, ...] = Field(min_length=1)
    """Names of the checks that prove it, all of which have to hold."""
    platform: Words | None = None
    """What of it is the platform's own act, and what we hand it."""


class LeastAudit(StrictModel):
    """What a neutrality audit has to have looked at for the duty to be met: less says nothing of anybody."""

    comparisons: int = Field(default=4, ge=1)
    """Comparisons, of groups by moderators, rules, models and in all."""
    texts: int = Field(default=30, ge=1)
    """Unlike texts of groups, with names, digits and signs taken out."""


class Profile(StrictModel):
    """One file of `configs/profiles/`."""

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    """As it is asked for."""
    title: Words
    """The law."""
    in_force: date
    """Since when."""
    replaced: date | None = None
    """Since when another text holds in its place."""
    policy: str
    """The policy that sets what this law asks; checks look at it."""
    neutrality: LeastAudit = LeastAudit()
    """The least that the neutrality audit looks at."""
    duties: tuple[DutyText, ...] = Field(min_length=1)
    """In the order of the articles."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a check saw: whether it holds, in a sentence; where it does not, what to do. `at` None: it never ran.

    `seen_zh` is the same in Chinese; empty where nobody wrote it.
    """

    holds: bool
    seen: str
    at: datetime | None
    seen_zh: str = ""


Check = Callable[[], Found]


@dataclass(frozen=True, slots=True)
class Answer:
    """A duty with its status. `checked_at` is the oldest of its checks; None where one never ran."""

    article: str
    duty: Words
    answered_by: Words
    status: Status
    checks: tuple[str, ...]
    checked_at: datetime | None
    evidence: str
    evidence_zh: str = ""
    """The same in Chinese, without the platform's own act, which the profile has in both languages."""


def names(configs: Path) -> list[str]:
    """The profiles that there are."""
    return sorted(path.stem for path in (configs / FOLDER).glob("*.toml"))


def load_profile(configs: Path, name: str) -> Profile:
    """The profile. Raises `ConfigError` where there is none of this name, or with every fault."""
    if name not in names(configs):
        known = ", ".join(names(configs)) or "none"
        raise ConfigError("There is no such profile.", [Fault(name, f"there are: {known}")])
    profile = parse_file(Profile, configs / FOLDER / f"{name}.toml")
    if profile.name != name:
        raise ConfigError(f"{name}.toml cannot be used.", [Fault("name", f"has to be '{name}', as the file")])
    return profile


def run(profile: Profile, checks: Mapping[str, Check]) -> list[Answer]:
    """Every duty, each check run once. Raises `ConfigError` with every check that the profile names and nobody has."""
    wanted = list(dict.fromkeys(name for duty in profile.duties for name in duty.checks))
    if unknown := [name for name in wanted if name not in checks]:
        known = ", ".join(sorted(checks))
        raise ConfigError(
            f"{profile.name}.toml cannot be used.",
            [Fault(name, f"there is no such check; there are: {known}") for name in unknown],
        )
    found = {name: _guarded(checks[name]) for name in wanted}
    return [_answer(duty, {name: found[name] for name in duty.checks}) for duty in profile.duties]


def _guarded(check: Check) -> Found:
    """A check that fails in a way nobody foresaw proves nothing; the others are still told."""
    try:
        return check()
    except ChaffinchError as error:
        return Found(False, str(error), None, f"检查未能完成：{error}")
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        told_zh = f"检查本身未能完成（{what}）：请报告此问题"
        return Found(False, f"the check itself failed ({what}): report it", None, told_zh)


def _answer(duty: DutyText, found: Mapping[str, Found]) -> Answer:
    failed = {name: each for name, each in found.items() if not each.holds}
    told, told_zh = _sentences(failed or found), _sentences_zh(failed or found)
    status = Status.OFF if failed else Status.PLATFORM if duty.platform else Status.MET
    if status is Status.PLATFORM and duty.platform is not None:
        told = f"{told} The platform's own act: {duty.platform.en}"
    oldest = _oldest(found.values())
    return Answer(duty.article, duty.duty, duty.answered_by, status, duty.checks, oldest, told, told_zh)


def _sentences(found: Mapping[str, Found]) -> str:
    return " ".join(f"{name}: {each.seen.rstrip('.')}." for name, each in found.items())


def _sentences_zh(found: Mapping[str, Found]) -> str:
    return "".join(f"{name}：{(each.seen_zh or each.seen).rstrip('.。')}。" for name, each in found.items())


def _oldest(found: Iterable[Found]) -> datetime | None:
    moments = [each.at for each in found]
    dated = [moment for moment in moments if moment is not None]
    return min(dated) if len(dated) == len(moments) else None
