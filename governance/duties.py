"""Duties of a legal profile (`configs/profiles/*.toml`), and what the checks of an installation say of each.

A profile is data: articles, what each asks in our words, what answers it, and the names of checks. A duty is `met`
where every check of it held just now, `off` where one did not, with what switches it on. Where part of it is the
platform's own act, it is `platform` at best, with what we hand over for it: our part is checked all the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from moderation.errors import ChaffinchError, ConfigError, Fault
from moderation.taxonomy import Words
from moderation.toml import StrictModel, parse_file
from records import ledger
from records.unit_of_work import Reading, Unit

FOLDER = "profiles"
CHECKED = "duties.checked"


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
    """What a neutrality audit has to have looked at for the duty to be met: less says nothing of anybody.

    Each field is bounded here: no file asks for so little that nothing could be found.
    """

    comparisons: int = Field(default=4, ge=4)
    """Comparisons, of groups by moderators, rules, models and in all."""
    texts: int = Field(default=30, ge=30)
    """Unlike texts of groups, with names, digits and signs taken out."""
    days: int = Field(default=7, ge=7)
    """Days on which the comments were decided: what somebody sends in an hour to be audited is no traffic."""
    alpha: float = Field(default=0.01, ge=0.01, le=0.2)
    """The smallest chance of a false finding that an audit may be made with: a smaller one finds less."""
    difference: float = Field(default=0.05, ge=0.0, le=0.05)
    """The largest difference that it may call too small to matter."""
    pairs: int = Field(default=40, ge=1, le=40)
    """The most pairs that it may ask for before it judges."""
    swap: Literal[True] = True
    """The model that answers has to be asked with names exchanged."""
    span_days: int = Field(default=90, ge=30)
    """How far back from when it was made it has to look, or to the first decision there is."""
    newest_days: int = Field(default=2, ge=0, le=7)
    """How long before it was made its span may end."""
    share: float = Field(default=0.1, ge=0.05, le=1.0)
    """Of the decisions in its span, those about comments that belong to a group."""


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
    proof_days: int = Field(default=90, ge=1, le=180)
    """For how many days the outcome of a long proof is believed, if it is of the code that runs."""
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
    rests_on: tuple[str, ...] = ()
    """`rehearsal` (the code can), `records` (this house did), `proof`; nothing: settings, files and pages."""


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


def run(
    profile: Profile, checks: Mapping[str, Check], unvouched: Mapping[str, Sequence[Words]] | None = None
) -> list[Answer]:
    """Every duty, each check run once.

    `unvouched` is by article what is not as shipped and nobody stands for: such a duty is `off`, whatever checks saw.
    Raises `ConfigError` with every check that the profile names and nobody has.
    """
    wanted = list(dict.fromkeys(name for duty in profile.duties for name in duty.checks))
    if unknown := [name for name in wanted if name not in checks]:
        known = ", ".join(sorted(checks))
        raise ConfigError(
            f"{profile.name}.toml cannot be used.",
            [Fault(name, f"there is no such check; there are: {known}") for name in unknown],
        )
    found = {name: _guarded(checks[name]) for name in wanted}
    answers = [_answer(duty, {name: found[name] for name in duty.checks}) for duty in profile.duties]
    told = unvouched or {}
    return [_put_off(each, told[each.article]) if each.article in told else each for each in answers]


def _put_off(answer: Answer, differs: Sequence[Words]) -> Answer:
    """As it is where the profile itself was changed."""
    en, zh = "; ".join(each.en for each in differs), "；".join(each.zh for each in differs)
    told = f"Not as shipped, and nobody stands for it ({en}): chaffinch rules vouch, and a second person's answer."
    told_zh = f"与发布的不同，且无人负责（{zh}）：请运行 chaffinch rules vouch，并由第二人答复。"
    return replace(
        answer, status=Status.OFF, evidence=f"{told} {answer.evidence}", evidence_zh=told_zh + answer.evidence_zh
    )


def note_run(
    unit: Unit,
    profile: str,
    answers: Iterable[Answer],
    digest: str,
    *,
    now: datetime,
    as_loaded: Mapping[str, Any] | None = None,
) -> None:
    """The entry that says what a run found, with the digest of the report that it left; the caller commits.

    `as_loaded` is which profile that was: the hash of its file, what of it is not as shipped, and who stands for it.
    """
    counts = Counter(each.status.value for each in answers)
    facts = {
        "profile": profile,
        "report": digest,
        **{status.value: counts[status.value] for status in Status},
        **(as_loaded or {}),
    }
    actor = ledger.Actor("system", "duties")
    entry = ledger.Entry(CHECKED, actor, "profile", profile, "the checks of the profile ran", profile, facts=facts)
    ledger.append(unit, entry, now=now)


def is_as_noted(look: Reading, profile: str, digest: str) -> bool:
    """Whether a report is the one that the last run left, by the ledger."""
    entry = ledger.last(look, CHECKED, profile)
    return entry is not None and json.loads(entry.body)["facts"].get("report") == digest


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
    if status is not Status.OFF and _is_rehearsed(found.values()):
        told, told_zh = f"{told} {_REHEARSED.en}", f"{told_zh}{_REHEARSED.zh}"
    if status is Status.PLATFORM and duty.platform is not None:
        told = f"{told} The platform's own act: {duty.platform.en}"
    oldest = _oldest(found.values())
    return Answer(duty.article, duty.duty, duty.answered_by, status, duty.checks, oldest, told, told_zh)


_RESTS = {"rehearsal": Words(zh="演练", en="rehearsed"), "records": Words(zh="本站记录", en="records"),
          "proof": Words(zh="验证", en="proof")}  # fmt: skip
_REHEARSED = Words(
    zh="以上仅为演练：说明程序能够做到，并未查看本站实际做了什么。",
    en="Rehearsed only: the code can; what this house did was not looked at.",
)


def _is_rehearsed(found: Iterable[Found]) -> bool:
    """Whether nothing but rehearsals stands behind it."""
    rests = [each.rests_on for each in found]
    return any(rests) and all(set(each) <= {"rehearsal"} for each in rests)


def _sentences(found: Mapping[str, Found]) -> str:
    return " ".join(f"{name}{_on(each)}: {each.seen.rstrip('.')}." for name, each in found.items())


def _on(found: Found) -> str:
    return f" ({', '.join(_RESTS[each].en for each in found.rests_on)})" if found.rests_on else ""


def _sentences_zh(found: Mapping[str, Found]) -> str:
    return "".join(
        f"{name}{_on_zh(each)}：{(each.seen_zh or each.seen).rstrip('.。')}。" for name, each in found.items()
    )


def _on_zh(found: Found) -> str:
    return f"（{'、'.join(_RESTS[each].zh for each in found.rests_on)}）" if found.rests_on else ""


def _oldest(found: Iterable[Found]) -> datetime | None:
    moments = [each.at for each in found]
    dated = [moment for moment in moments if moment is not None]
    return min(dated) if len(dated) == len(moments) else None
