"""What users agree to: texts that everybody can read as they were published, and who accepted which."""

from __future__ import annotations

import json

from markupsafe import escape

from chaffinch.duty_checks.rehearsal import AUTHOR, WHY
from chaffinch.installation import Installation
from console.public.reader import LANGUAGES
from governance.agreements import check_accepted
from governance.duties import Found
from moderation.errors import InvalidInputError
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
        begins = f" before {every[-1].valid_from:%Y-%m-%d %H:%M} UTC" if every else ""
        todo = "chaffinch agreement publish VERSION --zh FILE --en FILE --by NAME --why WORDS"
        return place.off(f"no user agreement holds{begins}: {todo}")
    for each in whole:
        entry = told[each.id]
        said = None if entry is None else json.loads(entry.body)["facts"]["content_hash"]
        if not said == each.content_hash == _hash_of(each):
            return place.off(f"the words of {each.version} are not those of its entry: chaffinch audit verify")
    for language in LANGUAGES:
        page, text = place.page("/agreement", language), {"zh": holds.text_zh, "en": holds.text_en}[language]
        lacking = [
            each for each in (text, holds.content_hash, *(one.version for one in every)) if escape(each) not in page
        ]
        if lacking:
            return place.off(f"/public/agreement in {language} lacks '{lacking[0][:40]}': report it")
    return place.held(
        f"{holds.version} holds since {holds.valid_from:%Y-%m-%d}; /public/agreement has it in "
        f"{' and '.join(LANGUAGES)}, of {len(every)} versions"
    )


def accepted(place: Installation) -> Found:
    """5(2) and 6: which agreement an account accepted, and when, is kept; it is one that was published."""
    with place.rehearsing() as unit:
        wrong = _rehearsed(place, unit)
    if wrong:
        return place.off(f"{wrong}: report it")
    with place.reading() as look:
        counts, any_holds = agreements.accepted(look), agreements.in_force(look, now=place.now) is not None
    unknown = ", ".join(f"{each.version} ({each.accounts})" for each in counts if not each.published)
    if any_holds and unknown:
        return place.off(
            f"accounts accepted what was never published here: {unknown}; chaffinch agreement publish it, or state of "
            "them what they did accept"
        )
    named = ", ".join(f"{each.version}: {each.accounts}" for each in counts) or "none yet"
    return place.held(f"version and moment are kept with an account, and held against what was published; {named}")


def _rehearsed(place: Installation, unit: Unit) -> str | None:
    """What went otherwise than it has to."""
    standing = agreements.in_force(unit, now=place.now)
    if standing is None:
        draft = Draft("rehearsal-1", "演练", "a rehearsal", place.now)
        standing = agreements.add(unit, draft, by="rehearsal", why=WHY, now=place.now)
    if standing is None:
        return "an agreement cannot be published"
    said = Statement(agreement_version=standing.version, consented_at=place.now)
    found = authors.state(unit, place.keyring, AUTHOR, said, actor=MACHINE, now=place.now)
    if (found.agreement_version, found.consented_at) != (said.agreement_version, said.consented_at):
        return "version and moment of an accepted agreement are not kept"
    if standing.version not in {each.version for each in agreements.accepted(unit) if each.published}:
        return "who accepted what is not counted"
    try:
        check_accepted(unit, UNKNOWN, None, now=place.now)
    except InvalidInputError:
        return None
    return "an agreement that nobody published is taken as accepted"


def _hash_of(each: Agreement) -> str:
    return content_hash_of(each.version, zh=each.text_zh, en=each.text_en)
