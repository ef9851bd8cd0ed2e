"""What users agree to: texts that everybody can read as they were published, and who accepted which."""

from __future__ import annotations

import json

from markupsafe import escape

from chaffinch.duty_checks.rehearsal import AUTHOR, WHY
from chaffinch.duty_words import say
from chaffinch.installation import Installation
from console.public.reader import LANGUAGES
from governance.agreements import check_accepted
from governance.duties import Found
from moderation.errors import InvalidInputError
from moderation.taxonomy import Words
from records import agreements, authors, ledger
from records.agreements import Agreement, Draft, content_hash_of
from records.authors import Statement
from records.ledger import MACHINE
from records.unit_of_work import Unit

UNKNOWN = "rehearsal-never-published"


def texts(place: Installation) -> Found:
    """6: an agreement holds, everybody can read it in both languages, and its words are those that were published."""
    with place.reading() as look:
        holds, every = agreements.in_force(look, now=place.now), agreements.every(look)
        whole = [agreements.get(look, each.version) for each in every]
        told = {each.id: ledger.last(look, "agreement.published", each.id) for each in every}
    if holds is None:
        begins = say("agreements.before", at=every[-1].valid_from) if every else ""
        todo = "chaffinch agreement publish VERSION --zh FILE --en FILE --by NAME --why WORDS"
        return place.off("agreements.texts_2", begins=begins, todo=todo)
    for each in whole:
        entry = told[each.id]
        said = None if entry is None else json.loads(entry.body)["facts"]["content_hash"]
        if not said == each.content_hash == _hash_of(each):
            return place.off("agreements.texts_3", version=each.version)
    for language in LANGUAGES:
        page, text = place.page("/agreement", language), {"zh": holds.text_zh, "en": holds.text_en}[language]
        lacking = [
            each for each in (text, holds.content_hash, *(one.version for one in every)) if escape(each) not in page
        ]
        if lacking:
            return place.off("agreements.texts_4", language=language, lacking=lacking[0][:40])
    return place.held(
        "agreements.texts_1",
        version=holds.version,
        valid_from=holds.valid_from,
        languages=" and ".join(LANGUAGES),
        n=len(every),
    )


def accepted(place: Installation) -> Found:
    """5(2) and 6: which agreement an account accepted, and when, is kept; it is one that was published.

    Before any is, a platform states what it calls its own texts: that is kept, and held against nothing.
    """
    with place.rehearsing() as unit:
        wrong = _rehearsed(place, unit)
    if wrong:
        return place.off("general.report", wrong=wrong)
    with place.reading() as look:
        counts = agreements.accepted(look)
    unknown = ", ".join(f"{each.version} ({each.accounts})" for each in counts if not each.published)
    if unknown:
        return place.off("agreements.accepted_2", unknown=unknown)
    named = ", ".join(f"{each.version}: {each.accounts}" for each in counts) or say("agreements.none_yet")
    return place.held("agreements.accepted_1", named=named)


def _rehearsed(place: Installation, unit: Unit) -> Words | None:
    """What went otherwise than it has to."""
    standing = agreements.in_force(unit, now=place.now)
    if standing is None:
        draft = Draft("rehearsal-1", "演练", "a rehearsal", place.now)
        standing = agreements.add(unit, draft, by="rehearsal", why=WHY, now=place.now)
    if standing is None:
        return say("agreements.rehearsed_2")
    said = Statement(agreement_version=standing.version, consented_at=place.now)
    found = authors.state(unit, place.keyring, AUTHOR, said, actor=MACHINE, now=place.now)
    if (found.agreement_version, found.consented_at) != (said.agreement_version, said.consented_at):
        return say("agreements.rehearsed_3")
    if standing.version not in {each.version for each in agreements.accepted(unit) if each.published}:
        return say("agreements.rehearsed_4")
    try:
        check_accepted(unit, UNKNOWN, None, now=place.now)
    except InvalidInputError:
        return None
    return say("agreements.rehearsed_1")


def _hash_of(each: Agreement) -> str:
    return content_hash_of(each.version, zh=each.text_zh, en=each.text_en)
