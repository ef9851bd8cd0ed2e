"""What of a legal profile is not as it was shipped, duty by duty.

A profile says what counts as done, and whoever may write to `configs/` asks nobody. So what Chaffinch shipped of each
is known here (`shipped_profiles.json`, written by `python -m tests.shipped`), beside the code and not beside the files:
the checks of every duty, the bar of the neutrality audit, the policy that is looked at. A duty that is not as shipped
is `off` until two people stand for the files (`changed_parts.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from governance import changed_parts, what_decides
from governance.duties import DutyText, Profile, load_profile, names
from moderation.shipped import PROFILES, hashes
from moderation.taxonomy import Words
from records.house_values import ApprovalRecord
from records.unit_of_work import Reading

KNOWN = Path(__file__).resolve().with_suffix(".json")
HEAD = ("policy", "proof_days", "in_force", "replaced", "title")
_PROOF = "_proof"
_AUDIT = "neutrality"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as shipped, and the articles of the profile whose duties hang on it."""

    what: Words
    articles: tuple[str, ...] = ()
    of_shipped: bool = True
    """Whether the profile is one that was shipped: the house's own differs from nothing."""


@dataclass(frozen=True, slots=True)
class AsLoaded:
    """Which profile that is: the hash of its file, what of it is not as shipped, and who stands for that."""

    file: str
    differs: tuple[Difference, ...]
    stands: ApprovalRecord | None

    @property
    def unvouched(self) -> dict[str, list[Words]]:
        """By article what nobody stands for."""
        return {} if self.stands else bearing_on(self.differs)

    @property
    def is_vouched(self) -> bool:
        """Whether nothing that was shipped is otherwise here by nobody's word."""
        return self.stands is not None or not any(each.of_shipped for each in self.differs)

    @property
    def facts(self) -> dict[str, Any]:
        """As the ledger has it."""
        differs = [each.what.en for each in self.differs]
        return {"file": self.file, "differs": differs, "stands": self.stands.id if self.stands else None}

    @property
    def document(self) -> dict[str, Any]:
        """For programs and for the page."""
        differs = [{"articles": list(each.articles), "what": each.what.as_dict()} for each in self.differs]
        return {
            "as_shipped": not self.differs,
            "file": self.file,
            "differs": differs,
            "stands": ", ".join(filter(None, (self.stands.asked_by, self.stands.answered_by))) if self.stands else None,
        }


def as_loaded(look: Reading, configs: Path, profile: Profile) -> AsLoaded:
    """What a run of its checks says of the profile itself."""
    differs = tuple(differences(profile))
    changed = what_decides.differing(look, configs)
    stands = changed_parts.stands(look, changed) if differs and changed else None
    return AsLoaded(hash_of(configs, profile.name), differs, stands)


def facts_of(profile: Profile) -> dict[str, Any]:
    """What is compared of a profile: of its sentences a hash, everything else as it stands."""
    told = profile.model_dump(mode="json")
    duties = {each.article: _duty_facts(each) for each in profile.duties}
    return {**{name: told[name] for name in HEAD}, _AUDIT: told[_AUDIT], "duties": duties}


def _duty_facts(duty: DutyText) -> dict[str, Any]:
    told = duty.model_dump(mode="json")
    says = orjson.dumps([told["duty"], told["answered_by"]], option=orjson.OPT_SORT_KEYS)
    return {
        "checks": list(duty.checks),
        "platform": told["platform"],
        "says": hashlib.sha256(says).hexdigest()[:16],
    }


@cache
def known() -> Mapping[str, Any]:
    """By name the facts of each profile as it was shipped."""
    told: dict[str, Any] = json.loads(KNOWN.read_text(encoding="utf-8"))
    return told


def file_of(name: str) -> str:
    """The name of a profile's file, as `moderation.shipped` has it."""
    return f"{PROFILES}/{name}.toml"


def hash_of(configs: Path, name: str) -> str:
    """The SHA-256 of a profile's file; empty where there is none."""
    return hashes(configs).get(file_of(name), "")


def differences(profile: Profile) -> list[Difference]:
    """What is not as shipped; nothing where all is. A profile that nobody shipped is one difference, of no article."""
    was = known().get(profile.name)
    if was is None:
        zh, en = "不是随程序发布的法规配置，由本站自行编写", "nobody shipped this profile: the house wrote it"
        return [Difference(Words(zh=zh, en=en), of_shipped=False)]
    return [*_of_head(profile, was), *_of_audit(profile, was), *_of_duties(profile, was)]


def of_changed(configs: Path, differs: Collection[str]) -> list[Words]:
    """What the profiles among files that are not as shipped no longer ask, each sentence after the profile's name.

    Raises `ConfigError` where one of them cannot be used.
    """
    changed = [name for name in names(configs) if file_of(name) in differs]
    told = [(name, each.what) for name in changed for each in differences(load_profile(configs, name))]
    return [Words(zh=f"{name}：{what.zh}", en=f"{name}: {what.en}") for name, what in told]


def bearing_on(found: Collection[Difference]) -> dict[str, list[Words]]:
    """By article what is not as shipped."""
    told: dict[str, list[Words]] = {}
    for each in found:
        for article in each.articles:
            told.setdefault(article, []).append(each.what)
    return told


def _of_head(profile: Profile, was: Mapping[str, Any]) -> Iterator[Difference]:
    now = facts_of(profile)
    hang = {
        "policy": tuple(each.article for each in profile.duties),
        "proof_days": _with_checks(profile, lambda name: name.endswith(_PROOF)),
    }
    for name in HEAD:
        if now[name] != was[name]:
            yield Difference(_was_and_is(name, was[name], now[name]), hang.get(name, ()))


def _of_audit(profile: Profile, was: Mapping[str, Any]) -> Iterator[Difference]:
    now = facts_of(profile)[_AUDIT]
    for name in now:
        if now[name] != was[_AUDIT].get(name):
            told = _was_and_is(f"[{_AUDIT}] {name}", was[_AUDIT].get(name), now[name])
            yield Difference(told, _with_checks(profile, lambda check: check == _AUDIT))


def _of_duties(profile: Profile, was: Mapping[str, Any]) -> Iterator[Difference]:
    now = facts_of(profile)["duties"]
    written = [each.article for each in profile.duties]
    for article, shipped_duty in was["duties"].items():
        if article not in now:
            yield Difference(Words(zh=f"第 {article} 条被删去", en=f"article {article} was taken out"))
        elif written.count(article) > 1:
            twice = Words(zh=f"第 {article} 条出现多次", en=f"article {article} stands there more than once")
            yield Difference(twice, (article,))
        else:
            yield from (Difference(told, (article,)) for told in _of_duty(article, shipped_duty, now[article]))
    for article in now.keys() - was["duties"].keys():
        yield Difference(Words(zh=f"新增第 {article} 条", en=f"article {article} was added"), (article,))


def _of_duty(article: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Words]:
    gone = [name for name in was["checks"] if name not in now["checks"]]
    more = [name for name in now["checks"] if name not in was["checks"]]
    if gone:
        names = ", ".join(gone)
        yield Words(zh=f"第 {article} 条缺少检查 {names}", en=f"article {article} lacks the checks {names}")
    if more:
        names = ", ".join(more)
        yield Words(zh=f"第 {article} 条增加检查 {names}", en=f"article {article} has the further checks {names}")
    if was["platform"] != now["platform"]:
        zh = f"第 {article} 条由平台自行完成的部分与发布的不同"
        yield Words(zh=zh, en=f"article {article} says something else of the platform's own act")
    if was["says"] != now["says"]:
        yield Words(zh=f"第 {article} 条的文字与发布的不同", en=f"article {article} is worded otherwise")


def _with_checks(profile: Profile, wanted: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(each.article for each in profile.duties if any(wanted(name) for name in each.checks))


def _was_and_is(name: str, was: object, now: object) -> Words:
    return Words(
        zh=f"{name} 发布时为 {_shown(was)}，现为 {_shown(now)}", en=f"{name} is {_shown(now)}, shipped as {_shown(was)}"
    )


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
