"""Personal data: what is held is told, encrypted, and goes when it is asked to."""

from __future__ import annotations

from datetime import timedelta

from markupsafe import escape

from chaffinch.duty_checks.rehearsal import AUTHOR, TEXT, stored
from chaffinch.installation import Installation
from console.public.reader import LANGUAGES
from governance import processing
from governance import retention as keeping
from governance.duties import Found
from governance.processing import load_record
from governance.retention import KINDS, SURFACES, load_retention
from moderation.decision import Outcome
from moderation.errors import ChaffinchError
from records import accountability, comments, erasing

SAMPLED = 200

GRACE = timedelta(days=7)
"""How far the nightly run may be behind."""


def processing_record(place: Installation) -> Found:
    """Every column of this database is in the record, and everybody can read it."""
    record = load_record(place.settings.configs)
    with place.reading() as look:
        columns = accountability.columns(look)
    if faults := list(processing.faults(record, columns)):
        return place.off("personal.processing_record_2", n=len(faults), file=processing.FILE, faults=faults[0])
    for language in LANGUAGES:
        page = place.page("/collected", language)
        missing = [
            name for name, each in record.purposes.items() if escape(getattr(each.purpose, language)) not in page
        ]
        if missing:
            return place.off("personal.processing_record_3", language=language, missing=missing[0])
        bases = processing.bases(record, place.policy_name, language)
        if unsaid := [name for name, said in bases.items() if not all(escape(each) in page for each in said)]:
            return place.off("personal.processing_record_4", language=language, unsaid=unsaid[0])
    count = sum(map(len, columns.values()))
    return place.held("personal.processing_record_1", count=count)


TOLD = 2
"""Where the public page tells how long texts are kept: at its head, and in the record of what is collected."""


def retention(place: Installation) -> Found:
    """Texts have an end on every surface, everybody can read when, and nothing is there that should be gone."""
    rules = load_retention(place.settings.configs)
    endless = [f"{surface} {kind}" for surface in SURFACES for kind in KINDS if not rules.days(surface, kind)]
    if endless:
        return place.off("personal.retention_2", endless=", ".join(endless[:3]), file=keeping.FILE)
    for language in LANGUAGES:
        period = escape(getattr(keeping.told(rules), language))
        if place.page("/collected", language).count(period) < TOLD:
            todo = "put {retention} into [periods] of configs/processing.toml"
            return place.off("personal.retention_4", language=language, todo=todo)
    with place.reading() as look:
        late = keeping.due(look, rules, now=place.now - GRACE)
    if late:
        count = sum(each.comments for each in late)
        return place.off("personal.retention_3", count=count)
    return place.held("personal.retention_1", rules=keeping.told(rules))


def pseudonyms(place: Installation) -> Found:
    """What is stored of authors opens with the key, and a pseudonym stands nowhere as it is."""
    with place.reading() as look:
        ciphers = accountability.ciphers(look, limit=SAMPLED)
    try:
        for each in ciphers:
            place.keyring.reveal("author", each)
    except ChaffinchError as error:
        return place.off("personal.pseudonyms_3", error=error)
    with place.rehearsing() as unit:
        comment = comments.get(unit, stored(place, unit, Outcome.PASS).comment_id)
    written = [value for value in (comment.author_cipher, comment.author_index) if value]
    if len(written) < 2 or any(AUTHOR in value for value in written):
        return place.off("personal.pseudonyms_2")
    return place.held("personal.pseudonyms_1", n=len(ciphers))


def erasure(place: Installation) -> Found:
    """An author is erased, here, in a rehearsal: the text is gone and nothing is held any more."""
    with place.rehearsing() as unit:
        comment_id = stored(place, unit, Outcome.BLOCK).comment_id
        before = list(erasing.held(unit, place.keyring, AUTHOR))
        while erasing.erase_some(unit, place.keyring, AUTHOR, now=place.now).comments:
            pass
        erasing.forget_author(unit, place.keyring, AUTHOR, now=place.now)
        after = list(erasing.held(unit, place.keyring, AUTHOR))
        text = comments.get(unit, comment_id).text
    if not any(TEXT in str(each) for each in before):
        return place.off("personal.erasure_2")
    if after or text is not None:
        return place.off("personal.erasure_3")
    return place.held("personal.erasure_1", n=len(before))
