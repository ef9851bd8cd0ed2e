"""Rules of files that begin to block once two people stand for the files: what the second person reads.

They are read from where every server reads them: by the hashes that the question names, out of the sets of packs that
came into force. A file that no server took up cannot be shown, so nobody is asked about it, and nobody agrees to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from governance.rule_packs import rules_of, unheard
from moderation.pack_files import PackFiles
from moderation.rule_packs import read_packs
from moderation.rules.rule_file import RuleFile
from moderation.shipped import MISSING, PACKS
from records import rule_packs
from records.rule_packs import PackSet
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Beginning:
    """A rule as its file has it, which blocks after a yes; `was` is what last ran of that id and two people knew."""

    rule: RuleFile
    file: str
    was: RuleFile | None


def beginnings(look: Reading, parts: Mapping[str, str]) -> list[Beginning]:
    """The rules that begin to block by a yes to these files, each told by its path in the configuration and hash."""
    sets = rule_packs.history(look)
    found = PackFiles({name: text for name, text in _texts(look, sets, parts).items() if text is not None})
    waiting = set(unheard(look, found, sets)) if sets else set()
    content = rules_of(found) if waiting else {}
    return [
        Beginning(rule, content[rule.id].file, _before(look, sets, rule.id, content[rule.id].content))
        for rule in _rules(found)
        if rule.id in waiting
    ]


def unread(look: Reading, parts: Mapping[str, str]) -> list[str]:
    """Which of these packs never came into force with these texts, so that nobody can be shown them."""
    texts = _texts(look, rule_packs.history(look), parts)
    return [f"{PACKS}/{name}" for name, text in texts.items() if text is None]


def _texts(look: Reading, sets: list[PackSet], parts: Mapping[str, str]) -> dict[str, str | None]:
    """By name the text of each pack; none of one that was in no set."""
    wanted = {
        name.removeprefix(f"{PACKS}/"): told
        for name, told in parts.items()
        if name.startswith(f"{PACKS}/") and told != MISSING
    }
    return {name: _text(look, sets, name, told) for name, told in wanted.items()}


def _text(look: Reading, sets: list[PackSet], name: str, told: str) -> str | None:
    number = next((each.number for each in reversed(sets) if each.hashes.get(name) == told), None)
    return None if number is None else rule_packs.files_of(look, number)[name]


def _before(look: Reading, sets: list[PackSet], rule_id: str, content: str) -> RuleFile | None:
    """The newest other version that decided as written: one that itself waited for two people is none."""
    agreed = rule_packs.agreed_hashes(look)
    for each in reversed(sets):
        had = each.rules.get(rule_id)
        if had is None or had.content == content:
            continue
        if rule_id not in each.reviewing or each.hashes[had.file] in agreed:
            files = rule_packs.files_of(look, each.number)
            return next(rule for rule in _rules(PackFiles({had.file: files[had.file]})) if rule.id == rule_id)
    return None


def _rules(packs: PackFiles) -> Iterator[RuleFile]:
    return (entry.rule for entry in read_packs(packs)[0])
