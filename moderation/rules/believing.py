"""Telling a disguise from an accident.

A view that unites spellings unites innocent ones too: 威信 (prestige) sounds like 微信, 女子 is drawn like 好, and
`dubo` may be a name. So a find outside the canonical view is a *proposal*: that the author meant the term. It is
believed where that explains the text much better than the text explains itself. Both are measured by jieba's dictionary
as a unigram language model, over the run of Han characters around the find (the noisy channel: Kernighan, Church and
Gale 1990, "A Spelling Correction Program Based on a Noisy Channel Model"; `likelihood.py`):

    as written   log P(the run, cut into words in the likeliest way)
    as meant     log P(what stands before) + log P(a word as rare as terms are) + log P(what stands after)

* An ordinary word that happens to sound like the term is about as likely as the term: not believed.
* A find that cuts a word in two (因为|新, which sounds like 微信) makes the text less likely: not believed.
* Characters that stand together for no other reason (薇芯, 木又利, 微xin) are very unlikely as written: believed.

Characters that differ from the term ask for more, since more had to be assumed. Where the text shows the term itself,
nothing had to be. A find of digits alone is a number, and Latin words in title case are a name.

What stands around a find (`surroundings.py`) moves what is asked: words of trade, of reaching somebody and of
insult lower it, words of innocent subjects, titles behind a name, formulas and programs raise it, and so does all that
stands there by what it weighs. Where other characters stand for the term's, one for each, this decides most: few
writers hide a word among words that say nothing. The weights of that case were fitted by logistic regression to
generated homophones in the starter corpus's offences, to what sounds like a term in its harmless rows and in everyday
comments, and to the judged sets but the development one (docs/experiments.md); the others are set by hand.

Spellings that no view undoes (`spellings.py`: backwards, initials, slang, pieces) are believed by rules of their own,
most of them by those words.

A term that several disguises at once hide is a path over all readings of the text; `composed.py` sums what it costs.

The canonical view drops spaces between Han characters; a term across one is a proposal too (别犯傻 逼真一点).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from moderation.dictionary import dictionary
from moderation.readings import tone
from moderation.rules.composed import is_composed
from moderation.rules.found import ALL_HAN
from moderation.rules.innocent import is_innocent
from moderation.rules.lettered import in_chat, in_initials, in_old_letters, in_script, is_lettered, is_numbered
from moderation.rules.likelihood import gain
from moderation.rules.names import insults, is_introduced, is_like_name
from moderation.rules.pictures import holds_picture, is_drawn, is_pictured
from moderation.rules.proposal import LITTLE, UNITS, Proposal
from moderation.rules.spelling import Spelling
from moderation.rules.surroundings import Surroundings
from moderation.views.lattice import Way
from moderation.views.view import ViewName

GAIN = 3.0
"""How much likelier the meant text must be before anything had to be assumed (natural logarithms, as all below)."""

CHANGE, SPLIT, FURTHER = 3.0, 6.0, 1.5
"""What the first character asks for that differs from the term, and that would be written as its parts (these are
characters too); and what each further one asks for: one is an accident, two are hardly one."""

SHADY, PLAIN, NAME = 3.2, 3.0, 5.5
"""What each word that speaks for a disguise around a find takes from what is asked; what is asked besides for each word
that an innocent text holds, and where what sounds like a term may be a name."""

OTHERS, EACH, OTHER_TONE, OTHER_SURNAME = 5.4, 1.55, 0.9, 1.6
"""Where other characters stand for the term's, one for each: what is asked at all, for each of them, where a tone
differs, and where the first is a surname."""

MOST_GAINED, MOST_GAINED_EACH = 4.0, 3.0
"""What is gained at most there, and by each character: a rare word is as unlikely as a disguise."""

LIKE_NAME, INTRODUCED = 2.6, 3.0
"""What is asked besides where the find may be a whole name, less by each word that speaks for a disguise; and where a
word that stands before names introduces it."""

OTHERS_SHADY, OTHERS_PLAIN, OTHERS_SAID = 1.7, 0.2, 2.15
"""What the words around take from that or add to it, in place of the above, and what all that is said there does."""

CALLED = 2.5
"""What is taken from that for an insult where somebody is called so."""

KEPT_GAIN = 1.5
"""What each character that is the term's own takes from that, of terms of more than two: it needs no explanation."""

DRAWN_LIKE = 1.5
"""What is asked besides of a character for another that shares a part with it."""

BACKWARDS, SURELY_BACKWARDS = 2.0, 13.0
"""What is asked besides of a term written backwards; what is gained where nobody writes the characters so."""

SURNAMES = frozenset(
    "魏韦卫范戴沙洪罗薄简班高代花贾焦金陶尤刁柯管侯柳蒋江姜邵史舒宋孙汤唐田万汪温文翁吴武夏向邢"
    "徐严颜杨叶易尹尤于余俞袁岳詹张章赵郑钟周朱祝庄邹左"
)
"""Characters that a name may begin with and a homophone, too."""

DIGIT = 2.0
"""What is asked besides of a digit for a character."""

MASKS = frozenset("*#_•●○×-")
"""What stands for letters that are left out."""

SHORT_BACKWARDS, SHORT_SLANG = 4, 2
"""Letters that are anything without a word beside them that speaks for a word backwards, for slang."""

PAUSE, PAUSES, FEW = 8.0, frozenset(",!?;。、"), 2
"""What is asked for besides where the term runs over a mark at which sentences pause (一身红，包也是红的), unless that
mark parts as many characters more (办、证、刻、章)."""


def is_believable(it: Proposal) -> bool:
    """Whether the author is likely to have meant the term."""
    is_number = it.found.text.isdecimal() and it.spelling is not Spelling.NUMBER
    if not it.found.text or is_number or is_innocent(it):
        return False
    spelling = it.spelling
    if spelling is Spelling.PLAIN and _all_initials(it.found.text, it.term):
        spelling = Spelling.INITIALS
    if spelling is Spelling.PLAIN and (it.in_piece or holds_picture(it.found.text)):
        spelling = Spelling.DRAWN if it.term.isascii() else Spelling.PIECED
    elif it.in_piece and spelling is not Spelling.INITIALS:
        spelling = Spelling.PIECED
    return _OF_SPELLING[spelling](it)


def _plainly(it: Proposal) -> bool:
    text = it.found.text
    if len(it.drawn.text) == len(it.term) and it.drawn.text != it.term and ALL_HAN.fullmatch(it.drawn.text):
        return _with_others(it)
    asked = GAIN + _assumed(text, it.term) + _by_topic(it.near)
    if it.chained < FEW and not PAUSES.isdisjoint(text) and PAUSES.isdisjoint(it.term):
        asked += PAUSE
    is_stranger = text[0] in SURNAMES and text[0] != it.term[0] and not it.near.shady
    if it.view is ViewName.PHONETIC and (it.near.is_name or is_stranger):
        asked += NAME
    return gain(it.found) > asked


def _with_others(it: Proposal) -> bool:
    """Whether other characters stand for the term's, one for each.

    Signs among them hide nothing from a reader, who reads the characters beside each other: `梅花落·聊赠一枝春`.
    """
    kept = sum(one == other for one, other in zip(it.drawn.text, it.term, strict=True))
    most = MOST_GAINED + MOST_GAINED_EACH * len(it.term) - KEPT_GAIN * kept * (len(it.term) > 2)
    return min(most, gain(it.drawn)) > _asked_of_others(it)


def _asked_of_others(it: Proposal) -> float:
    """What is asked where other characters stand for the term's, one for each: by their sound or by their look."""
    pairs = [(one, other) for one, other in zip(it.drawn.text, it.term, strict=True) if one != other]
    asked = OTHERS + EACH * len(pairs) - OTHERS_SHADY * it.near.shady - OTHERS_SAID * it.near.said
    asked += OTHERS_PLAIN * min(it.near.plain, 2) + NAME * it.near.is_name
    if any(tone(one) != tone(other) for one, other in pairs):
        asked += OTHER_TONE
    if it.near.is_called and insults(it.term):
        asked -= CALLED
    text = it.drawn.text
    introduced = is_introduced(it.drawn)
    if is_like_name(text, least=1 if introduced else None):
        asked += LIKE_NAME / (1 + it.near.shady) + INTRODUCED * introduced
    elif text[0] in SURNAMES and text[0] != it.term[0]:
        asked += OTHER_SURNAME
    return asked


def _by_topic(near: Surroundings) -> float:
    """What the surroundings add to what is asked, or take from it."""
    return PLAIN * min(near.plain, 2) - SHADY * near.shady - near.said


def _backwards(it: Proposal) -> bool:
    if it.found.text.isascii():
        return len(it.found.text) > SHORT_BACKWARDS or it.near.shady > 0
    gained = gain(it.found)
    is_worth = it.near.speaks > LITTLE or len(it.found.text) > 2 or gained > SURELY_BACKWARDS
    return is_worth and gained > GAIN + BACKWARDS + _by_topic(it.near)


def _mixed(it: Proposal) -> bool:
    letters = sum(char.isascii() for char in it.found.text)
    if it.near.speaks < LITTLE or it.near.is_name or it.near.in_maths or letters == len(it.found.text):
        return False
    return gain(it.found) > GAIN + _asked(CHANGE, letters) + _by_topic(it.near)


def _with_digit(it: Proposal) -> bool:
    """A digit before a unit counts something (去4次); elsewhere it is seldom alone behind a character."""
    counts = it.found.text[-1:].isdecimal() and it.found.after[:1] in UNITS
    if counts or it.near.is_name or it.near.in_maths or it.found.text.isdecimal():
        return False
    return gain(it.found) > GAIN + DIGIT + _by_topic(it.near)


def _sure_slang(it: Proposal) -> bool:
    if it.found.text.isascii() and (
        it.near.in_code or it.near.in_maths or (it.near.plain and it.near.reach <= it.near.plain)
    ):
        return False
    if it.found.text.isascii() and len(it.found.text) <= SHORT_SLANG and not it.near.shady:
        return False
    if it.near.is_name and it.near.shady <= 1:
        return False
    stranger = not it.found.text.isascii() and set(it.term).isdisjoint(it.found.text)
    return it.near.shady + it.near.is_called >= max(it.near.plain, int(stranger))


def _near_slang(it: Proposal) -> bool:
    return max(it.near.reach, it.near.trade - 1) > it.near.plain and not it.near.in_code


def _masked(it: Proposal) -> bool:
    """As many stars as letters are missing: `a**hole`."""
    missing = len(it.term) - sum(map(str.isalpha, it.found.text))
    return missing > 0 and missing == sum(sign in MASKS for sign in it.written)


def _in_pieces(it: Proposal) -> bool:
    return not (it.near.plain or it.near.in_maths or it.near.in_code)


def _in_long_pieces(it: Proposal) -> bool:
    return it.near.shady > it.near.plain and _in_pieces(it)


def _in_parts(it: Proposal) -> bool:
    changed = (Counter(it.term) - Counter(it.found.text)).total()
    return gain(it.found) > GAIN + _asked(SPLIT, changed) + _by_topic(it.near)


def _drawn_like(it: Proposal) -> bool:
    text = it.found.text
    if not ALL_HAN.fullmatch(text) or len(text) != len(it.term) or dictionary().frequency(text):
        return False
    return min(MOST_GAINED + MOST_GAINED_EACH * len(text), gain(it.found)) > DRAWN_LIKE + _asked_of_others(it)


def _pieced(it: Proposal) -> bool:
    return is_pictured(it.signs, it.term, it.found.text, it.near, gain(it.found))


def _drawn(it: Proposal) -> bool:
    return is_drawn(it.term, it.found.text, it.near)


def _composed(it: Proposal) -> bool:
    ways = {step.way for step in it.path}
    innocent = it.near.in_code or it.near.in_maths or (it.near.is_name and _NEVER_IN_NAMES.isdisjoint(ways))
    if it.path[-1].way is Way.DRAWN and it.found.after[:1] in UNITS:
        return False
    if ways <= _OTHERS_ALONE and not _plainly(it):
        return False
    return not innocent and is_composed(it.path, it.term, it.text, it.near, gain(it.found))


_OF_SPELLING: dict[Spelling, Callable[[Proposal], bool]] = {
    Spelling.PLAIN: _plainly,
    Spelling.BACKWARDS: _backwards,
    Spelling.INITIALS: in_initials,
    Spelling.MIXED: _mixed,
    Spelling.SURE_SLANG: _sure_slang,
    Spelling.NEAR_SLANG: _near_slang,
    Spelling.PIECES: _in_pieces,
    Spelling.MASKED: _masked,
    Spelling.LONG_PIECES: _in_long_pieces,
    Spelling.PARTS: _in_parts,
    Spelling.DRAWN_LIKE: _drawn_like,
    Spelling.PIECED: _pieced,
    Spelling.DRAWN: _drawn,
    Spelling.DIGITS: _with_digit,
    Spelling.COMPOSED: _composed,
    Spelling.OLD_LETTERS: in_old_letters,
    Spelling.NUMBER: is_numbered,
    Spelling.SCRIPT: in_script,
    Spelling.CHAT: in_chat,
    Spelling.LETTERED: is_lettered,
}


_OTHERS_ALONE = frozenset({Way.HAN, Way.LOOKS})
_NEVER_IN_NAMES = frozenset({Way.PARTS, Way.LEET, Way.SCRIPTS, Way.PICTURE})
"""Ways of which people's names, with a title behind them, are not written."""


def _all_initials(text: str, term: str) -> bool:
    """Whether a few letters stand for a Chinese term, which the table of the trade's readings reads so."""
    letters = "".join(filter(str.isalpha, text))
    is_run = letters == text or (len(letters) == len(term) and not any(map(str.isdecimal, text)))
    return letters.isascii() and 0 < len(letters) <= len(term) and not term.isascii() and is_run


def _assumed(written: str, term: str) -> float:
    """What had to be assumed for `written` to be `term`."""
    in_han = ALL_HAN.fullmatch(written) is not None
    first = SPLIT if in_han and len(written) > len(term) else CHANGE
    return _asked(first, (Counter(term) - Counter(written)).total())


def _asked(first: float, changes: int) -> float:
    return first + FURTHER * (changes - 1) if changes else 0.0
