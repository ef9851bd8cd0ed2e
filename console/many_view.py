"""What a second person reads of a verdict over many: the texts with their counts, who is behind them, what is left out.

Nobody says yes to what they have not seen: a list that is longer than its beginning has to be opened first, each page
of it. What gives another contact than the campaign stands first, then what differs much from the case in which the
verdict was given, then what most comments have.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from console import differences
from console.attachment_view import NO_ATTACHMENTS, AttachmentsView, view_attachments
from console.excerpts import excerpt, longest_of
from console.harshness import Heeded, harsh_together
from console.hit_view import spares
from console.in_hand import in_hand
from console.marks import Piece
from console.people import display_name
from console.visit import Visit
from governance import bulk, groups
from governance.hour import HOUR
from governance.other_sellers import by_another_contact
from moderation.typed import number
from records import bulk as stored
from records import campaign_findings, cases, comments, decisions
from records import groups as behind
from records.attachments import unpacked
from records.bulk import BulkRecord, MemberState, Standing
from records.campaign_findings import FindingRecord
from records.known_as import known_as
from records.unit_of_work import Reading

AT_FIRST = 12
"""Texts that are shown before the list is opened."""

ON_A_PAGE = 100
"""Texts on a page of the opened list."""

COMPARED = 200
"""Code points of a text by which it is put in order."""


@dataclass(frozen=True, slots=True)
class SameText:
    """Comments with one text, which is shown in part where it is long (`of` characters then); `decision_id` of one."""

    text: tuple[Piece, ...]
    of: int
    comment_ids: tuple[str, ...]
    decision_id: str
    harsh: tuple[str, ...]
    is_other: bool = False
    """Whether it gives another contact than the campaign's."""

    attachments: AttachmentsView = NO_ATTACHMENTS
    spared: bool = False
    """Whether an entry of a list spared them something."""

    @property
    def times(self) -> int:
        """How many they are."""
        return len(self.comment_ids)

    @property
    def comment_id(self) -> str:
        """One of them."""
        return self.comment_ids[0]


@dataclass(frozen=True, slots=True)
class ManyView:
    """`lines` of the `texts` it is about on this `page` (0: the beginning) of `pages`, of which `opened` were opened.

    `left_out` waits and is no part of it, `changed` is and was edited or erased since; `passed_over` is left as it is.
    """

    lines: tuple[SameText, ...]
    texts: int
    page: int
    pages: int
    opened: int
    left_out: tuple[SameText, ...]
    left_out_texts: int
    left_out_comments: int
    changed: int
    passed_over: int
    finding: FindingRecord | None
    beside: tuple[tuple[str, bool, int], ...] = ()
    """Who decided comments of the campaign otherwise within the hour before it was asked, or since: the name, whether
    it is who asks, and how many."""

    is_hidden: bool = False
    """Whether whoever looks has one of the comments in hand, and is not told what others say of it."""

    @property
    def harsh(self) -> tuple[str, ...]:
        """For which labels some of the texts are blurred at first."""
        return tuple(dict.fromkeys(title for one in (*self.lines, *self.left_out) for title in one.harsh))

    @property
    def is_read(self) -> bool:
        """Whether all of its texts were before the eyes of whoever looks."""
        return not self.is_hidden and self.opened >= self.pages


def view_many(look: Reading, visit: Visit, bulk_id: str) -> ManyView:
    """The verdict over many that waits for a second person, at the page of its texts that is asked for."""
    made = stored.get(look, bulk_id)
    revisions = {
        one.comment_id: one.revision
        for one in stored.members(look, made.id, states=(MemberState.PENDING,), limit=bulk.MOST)
    }
    finding = campaign_findings.find(look, made.campaign_id)
    if made.moderator != visit.me.id and not in_hand(look, visit).asked.isdisjoint(revisions):
        return ManyView((), 0, 0, 1, 0, (), 0, 0, 0, 0, finding, is_hidden=True)
    now = {one.comment_id: one for one in stored.standing(look, made.campaign_id, limit=bulk.MOST)}
    same = [one for one, revision in revisions.items() if one not in now or _is_as_seen(now[one], revision)]
    case = cases.get(look, made.case_id)
    exemplar = comments.get(look, case.comment_id).text or ""
    rows = campaign_findings.members(look, made.campaign_id, limit=2 * differences.MOST_COMPARED)
    others = by_another_contact(rows, case.comment_id) if len(same) <= differences.MOST_COMPARED else frozenset()
    alike = sorted(_by_text(look, exemplar, same), key=lambda ids: ids[0] not in others)
    page, pages = _place(visit, len(alike))
    some = alike[:AT_FIRST] if page == 0 else alike[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    waiting, passed_over = _beside(look, made, revisions.keys())
    beside = _by_text(look, exemplar, waiting)
    shown = _lines(look, visit, exemplar, some)
    return ManyView(
        lines=tuple(replace(one, is_other=ids[0] in others) for one, ids in zip(shown, some, strict=True)),
        texts=len(alike),
        page=page,
        pages=pages,
        opened=max(page, pages if pages == 1 and len(alike) <= AT_FIRST else _told(visit, "opened", pages)),
        left_out=_lines(look, visit, exemplar, beside[:AT_FIRST]),
        left_out_texts=len(beside),
        left_out_comments=len(waiting),
        changed=len(revisions) - len(same),
        passed_over=passed_over,
        finding=finding,
        beside=_decided_beside(look, made),
    )


def _decided_beside(look: Reading, made: BulkRecord) -> tuple[tuple[str, bool, int], ...]:
    mine = known_as(look, made.moderator)
    found = stored.decided_beside(look, made, since=made.created_at - HOUR)
    return tuple((display_name(look, one.moderator), one.moderator in mine, one.comments) for one in found)


def _is_as_seen(one: Standing, revision: int) -> bool:
    return not one.is_erased and one.revision == revision


def _beside(look: Reading, made: BulkRecord, members: Iterable[str]) -> tuple[list[str], int]:
    """What waits beside it and is no part of it; how many of the campaign are left as they are for another reason."""
    case, known = cases.get(look, made.case_id), set(members)
    touched = bulk.touched(look, case, as_of=made.created_at)
    if touched is not None and touched.campaign_id == made.campaign_id:
        return sorted(touched.revisions.keys() - known), sum(touched.passed_over.values())
    if groups.is_of_group(look, made) and (group := behind.get(look, made.campaign_id)) is not None:
        return sorted({one.comment_id for one in behind.others(look, group)} - known), 0
    return [], 0


def _by_text(look: Reading, exemplar: str, comment_ids: list[str]) -> list[tuple[str, ...]]:
    """The comments by text and what is attached: what differs most first, if compared, then the most frequent."""
    alike: dict[tuple[str, str, bool], list[str]] = {}
    spared = decisions.spared_among(look, comment_ids)
    attached = comments.attached_to_many(look, comment_ids)
    for comment_id, text in comments.texts_of_many(look, comment_ids).items():
        alike.setdefault((text, attached.get(comment_id, ""), comment_id in spared), []).append(comment_id)
    few = len(alike) <= differences.MOST_COMPARED
    texts = {ids[0]: text[:COMPARED] for (text, *_), ids in alike.items()} if few else {}
    apart = differences.distances(exemplar[:COMPARED], texts)
    far = {each for each, distance in apart.items() if distance >= differences.FAR}
    return sorted(map(tuple, alike.values()), key=lambda ids: (ids[0] not in far, -len(ids), ids[0]))


def _lines(look: Reading, visit: Visit, exemplar: str, alike: list[tuple[str, ...]]) -> tuple[SameText, ...]:
    firsts = [ids[0] for ids in alike]
    records = decisions.latest_of_many(look, firsts)
    texts, attached = comments.texts_of_many(look, firsts), comments.attached_to_many(look, firsts)
    heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
    harsh = harsh_together(look, heeded, list(records.values()))
    longest = longest_of(len(alike))
    found = []
    for ids in alike:
        text = texts[ids[0]]
        spans = differences.places(exemplar[:COMPARED], text[:COMPARED])
        part = excerpt(text, spans, longest=longest)
        beside = view_attachments(unpacked(attached.get(ids[0])))
        record = records[ids[0]]
        found.append(
            SameText(part.text, part.of, ids, record.id, harsh[ids[0]], attachments=beside, spared=spares(record))
        )
    return tuple(found)


def _place(visit: Visit, texts: int) -> tuple[int, int]:
    """The page that is asked for, 0 for the beginning, and how many pages the whole list has."""
    pages = max(1, -(-texts // ON_A_PAGE))
    return _told(visit, "texts", pages), pages


def _told(visit: Visit, name: str, most: int) -> int:
    """A number that the form or the address says, no larger than there are pages."""
    said = visit.form.one(name) or visit.query.get(name, "")
    return min(number(said) or 0, most)
