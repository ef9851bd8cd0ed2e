"""All rules together: one scan a view, then the few rules of which something was found.

Work is linear in the text and in what is found in it. A view is made only when a rule seeks something in it, contacts
only when a rule that otherwise hits asks for one, and the dictionary is asked only about finds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import re2

from moderation.comment import MAX_TEXT
from moderation.decision import Outcome
from moderation.normaliser import Normalised, normalise, term_in
from moderation.rules.believing import is_believable
from moderation.rules.context import NOTHING_KNOWN, FoundContact, RuleContext
from moderation.rules.edges import is_edge, is_in_kana, is_word
from moderation.rules.elsewhere import (
    calls_by,
    chained,
    is_counting,
    is_in_code,
    is_in_verse,
    is_of_face,
    is_pinyin_name,
    is_spelt_out,
    parts_phrases,
)
from moderation.rules.excuses import Excuses, apart_from
from moderation.rules.found import ALL_HAN, Found, canonical_range, drawn_together, found_at, without_fillers
from moderation.rules.homographs import is_another_word
from moderation.rules.index import Owner, TermFind, ViewIndex, stands_alone
from moderation.rules.innocent import speaks_for
from moderation.rules.names import insults
from moderation.rules.nearness import nearest_parts
from moderation.rules.paths import PathIndex, Step, is_free
from moderation.rules.patterns import PATTERN_SPANS, compile_pattern, spans_of
from moderation.rules.pictures import holds_picture
from moderation.rules.proposal import Proposal
from moderation.rules.rule import CONTACT, MAIN, NOT, Conditions, Rule, RuleState
from moderation.rules.spelling import Spelling
from moderation.rules.spellings import written
from moderation.rules.surroundings import Surroundings, around
from moderation.spans import Span, merged
from moderation.views.view import View, ViewName

MAX_SPANS = 16
"""Spans kept for one rule and text: enough to show, bounded for a text that repeats one term."""

MAX_FINDS = MAX_TEXT
"""Finds kept for one part of a rule that asks what is near what: no repetition in a comment hides the one that is."""

MAX_MATCHES = 1000
"""Matches looked at for one pattern of such a rule."""

SLACK, EDGE_SAID, OTHER_LETTERS = 1.5, 2.0, 5.0
"""What an edge may lose more for each word around that speaks for a disguise, by what all that stands there says, and
where the term is written with other characters, which is evidence by itself."""

PIECED = frozenset({ViewName.EMOJI, ViewName.PHONETIC})
"""The views of rules that ask for pieces of a text, too."""

IN_PIECES = frozenset({Spelling.PLAIN, Spelling.MIXED, Spelling.INITIALS})
"""How terms may be spelt in a piece."""

LEAST_DISGUISED = 2
"""Characters or syllables that a term must have to be looked for in a disguise: one alone is everywhere."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A find: where in the text as sent, in which view it was seen, and the term; of a pattern there is none."""

    span: Span
    view: ViewName
    term: str = ""


Finds = dict[int, list[Mark]]
"""What was found of one rule, by its parts."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched, where in the text as sent, and in which views it was seen.

    `attachment` is the one in whose words it was, which then hold the spans; None for the text itself.
    """

    rule: Rule
    spans: tuple[Span, ...]
    views: tuple[ViewName, ...] = ()
    attachment: int | None = None

    @property
    def is_shadow(self) -> bool:
        """Whether it is only counted."""
        return self.rule.state is RuleState.SHADOW


class RuleSet:
    """Compiled rules; immutable, so that a reload swaps one reference and no answer mixes two sets.

    Rules in the shadow are looked for beside the live ones, and only `find_all` tells of them. `replacing` are the ids
    of those that would take a live one's place; `contact_kinds` is what any rule asks of contacts.
    """

    def __init__(self, rules: Iterable[Rule], version: str) -> None:
        self.version = version
        self._all = tuple(rules)
        self._indexes: dict[ViewName, ViewIndex] = {ViewName.CANONICAL: ViewIndex()}
        self._read_always = {ViewName.CANONICAL, ViewName.PHONETIC}
        self._patterns: list[tuple[int, re2._Regexp]] = []
        self._paths = PathIndex()
        for at, rule in enumerate(self._all):
            self._seek_terms(at, rule)
            self._seek_patterns(at, rule)
        self._pieced = frozenset(at for at, rule in enumerate(self._all) if PIECED.issubset(rule.views))
        self._scans = tuple(
            (view, index, self._conditions_of(view), view in self._read_always) for view, index in self._indexes.items()
        )
        self._reads_paths = not self._paths.is_empty
        self._reads_pieces = bool(self._pieced) and ViewName.PHONETIC in self._indexes
        self._always = tuple(
            (at, rule.when, frozenset(rule.when.features)) for at, rule in enumerate(self._all) if not rule.needs_text
        )
        live = {rule.id for rule in self.rules}
        self.replacing = frozenset(rule.id for rule in self.shadows if rule.id in live)
        self.contact_kinds = frozenset(kind for rule in self._all for kind in rule.contacts)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that decide."""
        return tuple(rule for rule in self._all if rule.state is not RuleState.SHADOW)

    @property
    def shadows(self) -> tuple[Rule, ...]:
        """The rules that are only counted."""
        return tuple(rule for rule in self._all if rule.state is RuleState.SHADOW)

    def prepare(self) -> None:
        """Builds what the first text would wait for. Raises `re2.error` where patterns outgrow their memory."""
        for index in self._indexes.values():
            index.prepare()
        if any(rule.whole_words or rule.views != (ViewName.CANONICAL,) for rule in self._all):
            is_word(found_at(normalise("预备一下"), Span(1, 2)))

    def find(self, text: Normalised, context: RuleContext = NOTHING_KNOWN) -> list[Hit]:
        """Every live rule that matches `text`, in the order of the set."""
        hits = self.find_all(text, context)
        return [hit for hit in hits if not hit.is_shadow] if hits else hits

    def find_all(self, text: Normalised, context: RuleContext = NOTHING_KNOWN) -> list[Hit]:
        """Every rule that matches `text`, those in the shadow too, in the order of the set."""
        found = self.finds(text, context)
        if not (found or self._always):
            return []
        asked = _Asked(text, context)
        known = context.features.keys()
        always = [at for at, when, counts in self._always if counts <= known and when.hold(context)]
        hits = (self._hit(at, found[at], asked) for at in sorted({*found, *always}))
        return [hit for hit in hits if hit is not None]

    def _hit(self, at: int, finds: Finds, asked: _Asked) -> Hit | None:
        """A rule as a hit; a word that excuses, and holds one of its own terms, speaks for that find alone."""
        rule = self._all[at]
        if NOT not in finds:
            return _hit(rule, finds, asked)
        kept = {part: apart_from(marks, finds[NOT]) for part, marks in finds.items() if part != NOT}
        said = [mark for mark in finds[NOT] if not self._holds_term_of(at, mark.term)]
        return _hit(rule, {part: marks for part, marks in kept.items() if marks}, asked, said)

    def _holds_term_of(self, at: int, word: str) -> bool:
        found, _ = self._indexes[ViewName.CANONICAL].find(word)
        return any(owner.rule == at and owner.part != NOT for find in found for owner in find.owners)

    def marks_of(self, text: Normalised, rule_ids: Collection[str]) -> list[Mark]:
        """What was found of these rules, each once, by place."""
        found = self.finds(text)
        mine = (finds for at, finds in found.items() if self._all[at].id in rule_ids)
        marks = {mark for finds in mine for part, some in finds.items() if part != NOT for mark in some}
        return sorted(marks, key=lambda mark: (mark.span.start, mark.span.end, mark.term))

    def _index(self, view: ViewName) -> ViewIndex:
        return self._indexes.setdefault(view, ViewIndex())

    def _seek_terms(self, at: int, rule: Rule) -> None:
        sought = dict.fromkeys((canonical_term(term), part) for term, part in rule.sought())  # the same order anywhere
        for term, part in sought:
            for view in rule.views:
                self._seek_term(term, Owner(at, part, term, rule.whole_words, view), rule)
            for each in written(term, rule.views):
                self._seek(each.text, Owner(at, part, term, rule.whole_words, each.view, each.spelling), rule)
            if PIECED.issubset(rule.views):
                owner = Owner(at, part, term, rule.whole_words, ViewName.PHONETIC, Spelling.COMPOSED)
                self._paths.add_term(term, owner)
        for term in {canonical_term(term) for term in rule.none_of}:
            owner = Owner(at, NOT, term, whole_word=False, view=ViewName.CANONICAL)
            self._index(ViewName.CANONICAL).add_term(term, owner)

    def _seek_term(self, term: str, owner: Owner, rule: Rule) -> None:
        """Seeks a term in a view, and in the canonical one too where it stands in for a view that shows the same."""
        shown = term if owner.view is ViewName.CANONICAL else term_in(owner.view, term)
        if not shown or (owner.view is not ViewName.CANONICAL and len(shown) < LEAST_DISGUISED):
            return
        self._seek(shown, owner, rule)

    def _seek(self, shown: str, owner: Owner, rule: Rule) -> None:
        self._index(owner.view).add_term(shown, owner)
        is_sought_there = ViewName.CANONICAL in rule.views and shown == owner.term
        if owner.view not in self._read_always and not is_sought_there:
            self._index(ViewName.CANONICAL).add_term(shown, owner)

    def _seek_patterns(self, at: int, rule: Rule) -> None:
        for pattern in rule.patterns:
            for view in rule.views:
                if view is not ViewName.PHONETIC:
                    self._index(view).add_pattern(len(self._patterns), pattern)
                if ViewName.CANONICAL not in rule.views:
                    self._read_always.add(view)
            self._patterns.append((at, compile_pattern(pattern)))

    def _conditions_of(self, view: ViewName) -> tuple[Conditions, ...]:
        """On which conditions the view is asked for; nothing where some rule asks on none."""
        asked = [rule.when for rule in self._all if view in rule.views and rule.needs_text]
        if view is ViewName.CANONICAL or any(when.are_none for when in asked):
            return ()
        return tuple({when.model_dump_json(): when for when in asked}.values())

    def finds(self, text: Normalised, context: RuleContext = NOTHING_KNOWN) -> dict[int, Finds]:
        """What was found of each rule; rules of which nothing was found are absent, as are those not asked there."""
        found: dict[int, Finds] = defaultdict(dict)
        canonical = text.canonical.text
        for name, index, conditions, is_read_always in self._scans:
            if conditions and not any(when.hold(context) for when in conditions):
                continue
            read = text.view(name).text
            if not is_read_always and read == canonical:
                continue  # the canonical view stands in for it
            terms, patterns = index.find(read)
            for find in terms:
                self._note_term(found, find, name, text)
            for number in sorted(patterns):
                self._note_pattern(found, number, name, text)
        if self._reads_pieces and text.pieces:
            self._note_pieces(found, text)
        if self._reads_paths and text.stretches:
            self._note_paths(found, text)
        return found

    def _note_pattern(self, found: dict[int, Finds], number: int, view: ViewName, text: Normalised) -> None:
        at, pattern = self._patterns[number]
        most = MAX_MATCHES if self._all[at].near or self._all[at].none_of else PATTERN_SPANS
        if spans := spans_of(pattern, text.view(view), most):
            found[at].setdefault(MAIN, []).extend(Mark(span, view) for span in spans)

    def _note_pieces(self, found: dict[int, Finds], text: Normalised) -> None:
        """Notes the terms that are read in pieces of the text, where a rule asks for them and has not found any yet."""
        index = self._indexes[ViewName.PHONETIC]
        asked: set[tuple[Owner, Span]] = set()
        for view in text.pieces:
            for find in index.find(view.text)[0]:
                if not stands_alone(view.text, find.start, find.end):
                    continue
                span = view.to_source(find.start, find.end)
                for owner in find.owners:
                    if owner.rule not in self._pieced or owner.spelling not in IN_PIECES:
                        continue
                    if (owner, span) in asked or owner.part in found.get(owner.rule, ()):
                        continue
                    asked.add((owner, span))
                    if _is_meant(owner, span, text, as_written(view, find, text), in_piece=True):
                        found[owner.rule].setdefault(owner.part, []).append(Mark(span, owner.view, owner.term))

    def _note_paths(self, found: dict[int, Finds], text: Normalised) -> None:
        """Notes the terms that several disguises at once hide, of rules of which nothing was found yet."""
        shown = text.canonical
        for stretch in text.stretches:
            for path in self._paths.find(stretch):
                span = shown.to_source(path.start, path.end)
                for owner in path.owners:
                    if owner.part in found.get(owner.rule, ()) or not is_free(shown.text, path):
                        continue
                    if _is_meant(owner, span, text, (), path=path.steps):
                        found[owner.rule].setdefault(owner.part, []).append(Mark(span, owner.view, owner.term))

    def _note_term(self, found: dict[int, Finds], find: TermFind, read: ViewName, text: Normalised) -> None:
        """Notes a term that was read in the view `read` for everybody who seeks it there and may have it."""
        view = text.view(read)
        span = view.to_source(find.start, find.end)
        if not (stands_alone(view.text, find.start, find.end) or _is_set_apart(read, span, text)):
            return
        for owner in find.owners:
            marks = found[owner.rule].get(owner.part, ()) if owner.rule in found else ()
            if len(marks) >= (MAX_FINDS if self._all[owner.rule].near else MAX_SPANS):
                continue
            if owner.view is not read and text.view(owner.view).text != text.canonical.text:
                continue  # the canonical view does not stand in for it here
            if _is_meant(owner, span, text, as_written(view, find, text)):
                found[owner.rule].setdefault(owner.part, []).append(Mark(span, owner.view, owner.term))


@lru_cache(maxsize=1 << 17)
def canonical_term(term: str) -> str:
    """A term as the canonical view would show it, whatever spelling its author chose."""
    return term_in(ViewName.CANONICAL, term)


def sees(text: str, term: str) -> bool:
    """Whether a rule with this one term, which may use every view, would hit `text`."""
    rule = Rule("sees.term", "any", {}, Outcome.REVIEW, "", views=tuple(ViewName), terms=(term,), whole_words=True)
    return bool(RuleSet([rule], "sees").find(normalise(text)))


def _is_meant(
    owner: Owner,
    span: Span,
    text: Normalised,
    signs: tuple[str, ...],
    *,
    in_piece: bool = False,
    path: tuple[Step, ...] = (),
) -> bool:
    """Whether the find counts: believable where the view is a disguise's, a word where the rule asks for words."""
    as_sent = span.of(text.source)
    is_plain = owner.spelling is Spelling.PLAIN
    if is_plain and owner.view is ViewName.CANONICAL and not owner.whole_word and len(as_sent) == len(owner.term):
        return True
    found = found_at(text, span)
    links = chained(text, span)
    near = around(text.view(ViewName.JOINED) if links else text.canonical, span)
    drawn = without_fillers(text, span, found)
    proposal = Proposal(
        found, drawn, owner.term, as_sent, owner.view, near, owner.spelling, links, signs, in_piece, path,
        text.canonical.text,
    )  # fmt: skip
    if found.text != owner.term and not is_believable(proposal):
        return False
    if (owner.whole_word or found.text != owner.term) and is_in_code(text, span, near, calls=calls_by(owner.term)):
        return False
    if _is_set_so(proposal, span, text):
        return False
    if not owner.term.isascii() and not near.trade and is_pinyin_name(text.source, span):
        return False
    return not owner.whole_word or _is_whole(owner, found, span, text, near)


def _is_set_so(it: Proposal, span: Span, text: Normalised) -> bool:
    """Whether the signs of a find belong to a face in words, count something, or are how the text is set."""
    others = it.drawn.text != it.term
    if others and not it.near.shady and is_of_face(text, span):
        return True
    if it.found.text != it.term and not (it.near.abuse or it.near.reach) and is_counting(text, span):
        return True
    if not speaks_for(it) and is_spelt_out(text, span, it.term):
        return True
    if it.drawn is it.found:
        return False
    shady = it.near.shady if insults(it.term) else min(3, it.near.offered)
    return is_in_verse(it.chained, shady, parts_phrases=parts_phrases(text, span), other_letters=others)


def as_written(view: View, find: TermFind, text: Normalised) -> tuple[str, ...]:
    """What the canonical view shows for each character of the find; nothing where one sign shows several again."""
    shown: list[str] = []
    last = (-1, -1)
    for at in range(find.start, find.end):
        place = view.starts[at], view.ends[at]
        start, end = canonical_range(text, Span(*place))
        shown.append("" if place == last else text.canonical.text[start:end])
        last = place
    return tuple(shown)


def _is_whole(owner: Owner, found: Found, span: Span, text: Normalised, near: Surroundings) -> bool:
    """Whether the find may be a word of its own, as written and once fillers are gone."""
    is_plain = owner.spelling is Spelling.PLAIN
    if is_in_kana(text, span):
        return False
    if found.text == owner.term and not near.shady and is_another_word(text.source, span.start, span.end):
        return False
    slack = SLACK * near.shady + EDGE_SAID * near.said
    if not is_word(found, slack):
        return False
    others = OTHER_LETTERS if set(owner.term) - set(found.text) else 0.0
    if owner.spelling is Spelling.COMPOSED:
        return is_edge(_kept_at_ends(owner.term, found), slack)
    is_natural = ALL_HAN.fullmatch(found.text) is not None and len(found.text) == len(owner.term)
    if (is_natural or holds_picture(found.text)) and not is_edge(_kept_at_ends(owner.term, found), slack):
        return False
    return not is_plain or is_edge(_as_meant(owner, span, text, found), slack + others)


def _kept_at_ends(term: str, found: Found) -> Found:
    """The term with what stands beside it on the sides where its own character stands: 毒辣 in 🧊毒辣."""
    before = found.before if found.text[0] == term[0] else ""
    return Found(before, term, found.after if found.text[-1] == term[-1] else "")


def _as_meant(owner: Owner, span: Span, text: Normalised, found: Found) -> Found:
    """The term among what stands there once fillers are gone, nothing on a side where letters stand for its characters.

    Whoever writes 代kao驾照 wrote 考 and 驾照 apart.
    """
    drawn = drawn_together(text, span, owner.term)
    before = "" if found.text[:1].isascii() and found.text[:1] != owner.term[0] else drawn.before
    after = "" if found.text[-1:].isascii() and found.text[-1:] != owner.term[-1] else drawn.after
    return Found(before, drawn.text, after)


def _is_set_apart(view: ViewName, span: Span, text: Normalised) -> bool:
    """Whether a find that a view drew together stands alone as written.

    In `в т*е*л*е*г*р*а*м` the space is another mark than those within the word, so it is the word's edge.
    """
    if view is ViewName.CANONICAL:
        return False
    start, end = canonical_range(text, span)
    shown = text.canonical.text
    around = {*shown[max(0, start - 1) : start], *shown[end : end + 1]}
    return stands_alone(shown, start, end) and around.isdisjoint(shown[start:end])


class _Asked:
    """One text with what is known beside it; its contacts are found once, when the first rule asks."""

    def __init__(self, text: Normalised, context: RuleContext) -> None:
        self.text = text
        self.context = context

    @cached_property
    def contacts(self) -> Sequence[FoundContact]:
        """The contacts in the text."""
        return self.context.find_contacts(self.text)


def _hit(rule: Rule, finds: Finds, asked: _Asked, said: Sequence[Mark] = ()) -> Hit | None:
    """The rule as a hit, if everything it asks is there and nothing of what is `said` excuses it.

    What costs most is asked last.
    """
    if not has_text(rule, finds) or not rule.when.hold(asked.context):
        return None
    if rule.contacts:
        contacts = [Mark(each.span, ViewName.CANONICAL) for each in asked.contacts if each.kind in rule.contacts]
        if not contacts:
            return None
        finds = {**finds, CONTACT: contacts}
    left = _unexcused(rule, finds, asked.text, said) if said else finds
    marks = None if left is None else _shown(rule, left, asked.text)
    if marks is None:
        return None
    views = tuple(view for view in ViewName if any(mark.view is view for mark in marks))
    return Hit(rule, merged(mark.span for mark in marks)[:MAX_SPANS], views)


def _unexcused(rule: Rule, finds: Finds, text: Normalised, said: Sequence[Mark]) -> Finds | None:
    """The finds for which nothing speaks; None where they are no longer enough. Beside words, a contact needs none."""
    excuses = Excuses(text, said)
    if not finds:
        return None if excuses.say_anything else finds
    kept = {CONTACT} if rule.needs_text else set()
    left = {part: marks if part in kept else excuses.left(marks) for part, marks in finds.items()}
    left = {part: marks for part, marks in left.items() if marks}
    return left if has_text(rule, left) and (not rule.contacts or CONTACT in left) else None


def has_text(rule: Rule, finds: Finds) -> bool:
    """Whether the terms and patterns that were found are enough."""
    if (rule.terms or rule.patterns) and MAIN not in finds:
        return False
    return all(part in finds for part in rule.all_parts()) and (not rule.any_of or bool(_whole_lists(rule, finds)))


def _whole_lists(rule: Rule, finds: Finds) -> list[range]:
    """The lists of `any_of` of which everything was found."""
    return [parts for parts in rule.any_parts() if all(part in finds for part in parts)]


def _shown(rule: Rule, finds: Finds, text: Normalised) -> list[Mark] | None:
    """The finds that make the hit; None where they should be near each other and are not."""
    if rule.near is None:
        return [mark for part, found in finds.items() if part != NOT for mark in found]
    always = [part for part in (MAIN, CONTACT, *rule.all_parts()) if part in finds]
    for parts in _whole_lists(rule, finds) or [range(0)]:
        near = nearest_parts([finds[part] for part in (*always, *parts)], rule.near, text)
        if near is not None:
            return near
    return None
