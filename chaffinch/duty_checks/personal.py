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
        return place.off(f"{len(faults)} faults in configs/{processing.FILE}, the first: {faults[0]}")
    for language in LANGUAGES:
        page = place.page("/collected", language)
        missing = [
            name for name, each in record.purposes.items() if escape(getattr(each.purpose, language)) not in page
        ]
        if missing:
            return place.off(f"/public/collected in {language} does not tell the purpose {missing[0]}")
    count = sum(map(len, columns.values()))
    return place.held(f"{count} columns have purpose, basis, period and who sees them; /public/collected tells all")


def retention(place: Installation) -> Found:
    """Texts have an end on every surface, everybody can read when, and nothing is there that should be gone."""
    rules = load_retention(place.settings.configs)
    endless = [f"{surface} {kind}" for surface in SURFACES for kind in KINDS if not rules.days(surface, kind)]
    if endless:
        return place.off(f"kept for good: {', '.join(endless[:3])}: set days in configs/{keeping.FILE}")
    for language in LANGUAGES:
        if escape(getattr(keeping.told(rules), language)) not in place.page("/collected", language):
            todo = "put {retention} into [periods] of configs/processing.toml"
            return place.off(f"/public/collected in {language} does not tell for how many days: {todo}")
    with place.reading() as look:
        late = keeping.due(look, rules, now=place.now - GRACE)
    if late:
        count = sum(each.comments for each in late)
        return place.off(f"{count} comments are kept longer than that: chaffinch retention, each night")
    return place.held(f"{keeping.told(rules).en}; nothing is older")


def pseudonyms(place: Installation) -> Found:
    """What is stored of authors opens with the key, and a pseudonym stands nowhere as it is."""
    with place.reading() as look:
        ciphers = accountability.ciphers(look, limit=SAMPLED)
    try:
        for each in ciphers:
            place.keyring.reveal("author", each)
    except ChaffinchError as error:
        return place.off(f"a stored pseudonym does not open ({error}): put the keys of these records back")
    with place.rehearsing() as unit:
        comment = comments.get(unit, stored(place, unit, Outcome.PASS).comment_id)
    written = [value for value in (comment.author_cipher, comment.author_index) if value]
    if len(written) < 2 or any(AUTHOR in value for value in written):
        return place.off("a pseudonym was stored as it is: report it")
    return place.held(f"the newest {len(ciphers)} stored pseudonyms open with the key; a new one is written encrypted")


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
        return place.off("the export of an author misses a comment of theirs: report it")
    if after or text is not None:
        return place.off("something of an erased author stays: report it")
    return place.held(f"of a rehearsed author {len(before)} records were exported and none is left once erased")
