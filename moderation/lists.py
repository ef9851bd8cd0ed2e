"""Lists beside the rules: domains, contacts, accounts and attachments that people know by name.

An entry says what a hit does, review or block, or that the thing is allowed. What is allowed is that one thing and not
what stands around it:

* an allowed *domain* takes its own links out of what rules see, and a rule that found nothing but the host of such a
  link does not hit. The path is no part of it (anybody may write there), nor are accounts and mail addresses at it
  (an allowed t.me must not allow every account there), and a link that carries another host is not covered;
* an allowed *contact* takes that one contact out of what rules see;
* an allowed *attachment* counts as judged;
* an *account* cannot be allowed: that would let whatever it writes pass.

A contact's own entry counts before that of its domain, because it says more; but what two people agreed to hold or
block (its domain, one that its path names, its telephone number by whichever kind) comes before a milder entry of the
contact itself, unless two people agreed to that one knowing of that very entry: one person does not take back what two
agreed on. Accounts and contacts are kept as keyed
hashes alone; looking one up hashes what the comment shows. Everything is a look-up in a dictionary.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import NoReturn
from urllib.parse import unquote

from moderation.comment import Comment
from moderation.contacts.contact import Contact, ContactKind
from moderation.contacts.domains import as_shown, listed_host
from moderation.contacts.links import host_span
from moderation.contacts.numbered import numbers_in
from moderation.contacts.same_number import LISTED_BY_NUMBER, names_of
from moderation.decision import AllowingEntry, InAttachment, Outcome, Reason, Source, Spared
from moderation.errors import Fault, InvalidInputError
from moderation.normaliser import Normalised, normalise
from moderation.rules import MAX_SPANS, Hit
from moderation.spans import Span

DOMAIN, ACCOUNT, ATTACHMENT = "domain", "account", "attachment"
KINDS = (DOMAIN, ACCOUNT, ATTACHMENT, *(kind.value for kind in ContactKind))
"""What an entry may be about; a contact is listed by its kind."""

LISTED_AS = "list."
"""How the name of an entry begins where a decision names it as a rule is named."""

AUTHOR = "author"
"""What the keyed hash of an account binds in: as comments are stored (`records/storing.py`)."""

LISTED_ACCOUNT = "listed_account"
"""The code of a reason for which the account stands on a list: it says nothing of what the comment says."""

MESSAGES = {
    DOMAIN: {"zh": "评论中的链接指向名单上的网站", "en": "A link in the comment leads to a listed website"},
    ACCOUNT: {"zh": "发布者的账号在名单上", "en": "The author's account is on a list"},
    ATTACHMENT: {"zh": "附件与名单上的文件相同", "en": "An attachment is the same as a listed file"},
    "contact": {"zh": "评论中有名单上的联系方式", "en": "The comment gives a listed contact"},
}
"""What the author of a comment reads, by what was found."""

_MAX_HOST = 253
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BETWEEN_HOSTS = re.compile(r"[^\w.-]+|\.{2,}")
_SCHEME = re.compile(r"\s*[a-z]+://", re.IGNORECASE)


class ListAction(StrEnum):
    """What an entry says."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """The larger, the more it stops."""
        return tuple(ListAction).index(self)


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry as matching needs it. `key` is a domain, a SHA-256, or key id and keyed hash."""

    id: str
    kind: str
    key: str
    action: ListAction
    ground: str
    label: str | None = None
    by_two: bool = False
    """Whether two people agreed to it."""
    against: tuple[str, ...] = ()
    """The harsher entries that two people had agreed on, against which two people agreed to this one."""

    @property
    def allows(self) -> bool:
        """Whether it takes something out of sight."""
        return self.action is ListAction.ALLOW


@dataclass(frozen=True, slots=True)
class ListHit:
    """An entry that reviews or blocks and was met; `spans` lie in the text as sent, other places in `attachments`."""

    entry: ListEntry
    spans: tuple[Span, ...] = ()
    attachments: tuple[InAttachment, ...] = ()

    def also_in(self, index: int, *spans: Span) -> ListHit:
        """The same, met in an attachment as well."""
        before = next((each.spans for each in self.attachments if each.index == index), ())
        others = tuple(each for each in self.attachments if each.index != index)
        return replace(self, attachments=(*others, InAttachment(index, (*before, *spans)[:MAX_SPANS])))


Known = tuple[Contact, ListEntry | None]
"""A contact and the entry about it."""


Hashed = Callable[[str, str], Iterable[str]]
"""From a kind and a value to the keyed hashes that an entry may hold: one for each key of this installation."""

FindContacts = Callable[[Normalised], Sequence[Contact]]


class Lists:
    """The entries that hold now; immutable, so that a reload swaps one reference."""

    def __init__(self, entries: Iterable[ListEntry], *, hashed: Hashed) -> None:
        self._entries = {(entry.kind, entry.key): entry for entry in entries}
        self._kinds = {kind for kind, _ in self._entries}
        self._hashed = hashed
        self._agreed = any(entry.by_two and not entry.allows for entry in self._entries.values())
        self._forbids_numbers = any(
            entry.kind in LISTED_BY_NUMBER and not entry.allows for entry in self._entries.values()
        )
        self.reads_text = bool(self._kinds - {ACCOUNT, ATTACHMENT})
        self.version = _version(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    @cached_property
    def without_allowed(self) -> Lists:
        """The same without what they allow: how a comment would be seen."""
        return Lists((each for each in self._entries.values() if not each.allows), hashed=self._hashed)

    def of_account(self, pseudonym: str | None) -> ListEntry | None:
        """The entry of an author."""
        return None if pseudonym is None else self._hashed_entry(ACCOUNT, AUTHOR, pseudonym)

    def of_attachment(self, sha256: str) -> ListEntry | None:
        """The entry of a file."""
        return self._entries.get((ATTACHMENT, sha256.strip().lower()))

    def known_in(self, text: Normalised, find: FindContacts) -> Sequence[Known]:
        """The contacts of a text, each with its entry, and every number of it that an entry forbids."""
        if not self.reads_text:
            return [(contact, None) for contact in find(text)]
        known = [(contact, self.of_contact(contact)) for contact in find(text)]
        return [*known, *self._numbers_beside(text, known)] if self._forbids_numbers else known

    def _numbers_beside(self, text: Normalised, known: Sequence[Known]) -> Iterable[Known]:
        """Numbers that an entry forbids and no contact with an entry of its own says already."""
        told = [contact.span for contact, entry in known if entry is not None]
        for number in numbers_in(text):
            if any(span.start < number.span.end and number.span.start < span.end for span in told):
                continue
            entry = self.of_contact(number)
            if entry is not None and not entry.allows:
                told.append(number.span)
                yield number, entry

    def of_contact(self, contact: Contact) -> ListEntry | None:
        """The entry of a contact, or of its domain; a domain that its path names counts where it is forbidden.

        A telephone number meets the entries that forbid it by whichever kind, and an account those of its mail address;
        what is allowed is of its own kind alone.
        """
        own = self._of_any_kind(contact)
        if own is None:
            return self._of_domains(contact) if DOMAIN in self._kinds else None
        if not self._agreed:
            return own
        return _harshest((own, *(each for each in self._agreed_on(contact) if each.id not in own.against)))

    def _of_domains(self, contact: Contact) -> ListEntry | None:
        within = tuple(_hosts_within(contact))
        found = self._entries.get((DOMAIN, contact.domain)) if contact.domain else None
        named = (found, *(self._entries.get((DOMAIN, domain)) for domain in within))
        forbidden = _harshest(entry for entry in named if entry and not entry.allows)
        if found is None or not found.allows:
            return forbidden
        return found if contact.kind is ContactKind.URL and not within else forbidden

    def _agreed_on(self, contact: Contact) -> Iterable[ListEntry]:
        """The entries by which two people hold or block its domain, one that its path names, or its number."""
        domains = (self._entries.get((DOMAIN, domain)) for domain in domains_of(contact))
        for found in (*domains, *self._by_number(contact)):
            if found is not None and found.by_two and not found.allows:
                yield found

    def _of_any_kind(self, contact: Contact) -> ListEntry | None:
        own = self._hashed_entry(contact.kind.value, contact.kind.value, contact.value)
        if own is not None:
            return own
        return _harshest(entry for entry in self._by_number(contact) if not entry.allows)

    def _by_number(self, contact: Contact) -> Iterable[ListEntry]:
        """The entries of the same telephone number, or of the same account, by another kind."""
        if self._kinds.isdisjoint(LISTED_BY_NUMBER):
            return
        for kind, value in names_of(contact)[1:]:
            if (found := self._hashed_entry(kind.value, kind.value, value)) is not None:
                yield found

    def _hashed_entry(self, kind: str, bound: str, value: str) -> ListEntry | None:
        if kind not in self._kinds:
            return None
        found = (self._entries.get((kind, key)) for key in self._hashed(bound, value))
        return next(filter(None, found), None)


def _harshest(some: Iterable[ListEntry]) -> ListEntry | None:
    """The one that stops most; of several that stop as much the first, which says most."""
    return max(some, key=lambda entry: entry.action.severity, default=None)


def domains_of(contact: Contact) -> tuple[str, ...]:
    """Its domain, and those that its path names: whoever lists one of these lists the contact with it."""
    return (*((contact.domain,) if contact.domain else ()), *_hosts_within(contact))


def agreed_of(contact: Contact) -> tuple[tuple[str, str], ...]:
    """By kind and value what, held or blocked by two people, comes before a milder entry of the contact itself."""
    others = ((kind.value, value) for kind, value in names_of(contact)[1:])
    return (*((DOMAIN, domain) for domain in domains_of(contact)), *others)


def _version(entries: Iterable[ListEntry]) -> str:
    """A hash of what the entries match and do; nothing where there are none."""
    told = sorted(
        f"{entry.kind}\0{entry.key}\0{entry.action}\0{entry.label}\0{entry.ground}{_agreement(entry)}"
        for entry in entries
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12] if told else ""


def _agreement(entry: ListEntry) -> str:
    """What two people's agreement adds to what an entry does; nothing for most."""
    return f"\0two\0{','.join(entry.against)}" if entry.by_two else ""


def _hosts_within(contact: Contact) -> Iterable[str]:
    """The domains that the path of a link names: where a redirect may lead. All, each host once."""
    if contact.kind is not ContactKind.URL:
        return
    _, _, path = contact.value.partition("/")
    for host in dict.fromkeys(part.strip(".") for part in _BETWEEN_HOSTS.split(unquote(path))):
        if "." in host and len(host) <= _MAX_HOST and (listed := listed_host(host)):
            yield listed


NO_LISTS = Lists((), hashed=lambda _kind, _value: ())


class Listed:
    """Lists over one comment: what they forbid, and what they take out of the rules' sight.

    `captions` are the words of its attachments, by their place.
    """

    def __init__(
        self,
        lists: Lists,
        comment: Comment,
        text: Normalised,
        find: FindContacts,
        captions: Mapping[int, Normalised] = MappingProxyType({}),
    ) -> None:
        self._lists = lists
        self._find = find
        self._found: dict[int, Sequence[Known]] = {}
        met = self._all_met(comment, text, captions) if len(lists) else ()
        self.hits = tuple(hit for hit in met if not hit.entry.allows)
        self.allowing = tuple(AllowingEntry(hit.entry.id, hit.entry.kind) for hit in met if hit.entry.allows)
        """Entries that took something of the comment out of sight."""

    def contacts(self, text: Normalised) -> Sequence[Contact]:
        """The contacts of a text that no entry allows."""
        return [contact for contact, entry in self._known(text) if not _allows(entry)]

    def used_first(self, text: Normalised, kinds: Collection[str]) -> Sequence[Contact]:
        """The same, those first that an entry forbids, then those of `kinds`, then the others; else as they stand."""
        known = [(contact, entry) for contact, entry in self._known(text) if not _allows(entry)]
        known.sort(key=lambda each: (each[1] is None, each[0].kind not in kinds))
        return [contact for contact, _ in known]

    def spares(self, hit: Hit, text: Normalised) -> bool:
        """Whether a rule found nothing but what an entry allows."""
        if not (self._lists.reads_text and hit.spans) or len(hit.spans) >= MAX_SPANS:
            return False
        allowed = [_own_span(contact, text.source) for contact, entry in self._known(text) if _allows(entry)]
        return all(any(own.start <= span.start and span.end <= own.end for own in allowed) for span in hit.spans)

    def is_judged(self, sha256: str) -> bool:
        """Whether a file without words is known all the same."""
        return self._lists.of_attachment(sha256) is not None

    def _known(self, text: Normalised) -> Sequence[Known]:
        """Every contact of a text with its entry, looked up once."""
        found = self._found.get(id(text))
        if found is None:
            found = self._found[id(text)] = self._lists.known_in(text, self._find)
        return found

    def _all_met(self, comment: Comment, text: Normalised, captions: Mapping[int, Normalised]) -> Collection[ListHit]:
        met: dict[str, ListHit] = {}
        account = self._lists.of_account(comment.author.id)
        if account is not None:
            met[account.id] = ListHit(account)
        for index, item in enumerate(comment.attachments):
            if (entry := self._lists.of_attachment(item.sha256)) is not None:
                met[entry.id] = met.get(entry.id, ListHit(entry)).also_in(index)
        for place, part in ((None, text), *captions.items()) if self._lists.reads_text else ():
            for contact, listed in self._known(part):
                if listed is not None:
                    met[listed.id] = _met_again(met.get(listed.id, ListHit(listed)), place, contact.span)
        return met.values()


def _met_again(hit: ListHit, place: int | None, span: Span) -> ListHit:
    if place is not None:
        return hit.also_in(place, span)
    return replace(hit, spans=(*hit.spans, span)) if len(hit.spans) < MAX_SPANS else hit


def _allows(entry: ListEntry | None) -> bool:
    return entry is not None and entry.allows


def _own_span(contact: Contact, source: str) -> Span:
    """What an entry allows of a text: a contact, and of a link its host alone."""
    return host_span(contact.span, source) if contact.kind is ContactKind.URL else contact.span


def list_reason(hit: ListHit) -> Reason:
    """A hit as a reason; its code is the entry's label, or what was met.

    A listed account bears no label: that would say of the comment what somebody said of its author.
    """
    entry = hit.entry
    about = entry.kind if entry.kind in MESSAGES else "contact"
    return Reason(
        code=LISTED_ACCOUNT if entry.kind == ACCOUNT else entry.label or f"listed_{about}",
        source=Source.LIST,
        outcome=Outcome(entry.action.value),
        message=MESSAGES[about],
        ground=entry.ground,
        rule_id=f"{LISTED_AS}{entry.id}",
        spans=hit.spans,
        attachments=hit.attachments,
    )


def spared_by(seen: Iterable[Reason], in_full: Iterable[Reason]) -> tuple[Spared, ...]:
    """What stands against a comment seen in full, and not as it was seen."""
    told = {_named(each) for each in seen}
    more = (each for each in in_full if each.outcome is not Outcome.PASS)
    return tuple(dict.fromkeys(named for each in more if (named := _named(each)) not in told))


def _named(reason: Reason) -> Spared:
    return Spared(reason.code, reason.source, reason.outcome, reason.rule_id)


def is_of_account(reason: Reason) -> bool:
    """Whether the account stands on a list, whatever the comment says.

    Earlier programs gave such a reason the entry's label as its code; its message has always been the same.
    """
    return reason.source is Source.LIST and (reason.code == LISTED_ACCOUNT or reason.message == MESSAGES[ACCOUNT])


def code_of(reason: Reason) -> str:
    """The code of a reason, also of one that an earlier program gave for a listed account."""
    return LISTED_ACCOUNT if is_of_account(reason) else reason.code


def entry_of(reason: Reason) -> str | None:
    """The entry for which an account was refused or held; None for any other reason."""
    return named_by(reason) if is_of_account(reason) else None


def named_by(reason: Reason) -> str | None:
    """The entry that a reason stands on, about whatever it is; None where it stands on none."""
    named = reason.rule_id or ""
    return named.removeprefix(LISTED_AS) if reason.source is Source.LIST and named.startswith(LISTED_AS) else None


def is_of_entry(reason: Reason) -> bool:
    """Whether a reason stands on an entry about something that the comment shows: a site, a contact, a file."""
    return named_by(reason) is not None and not is_of_account(reason)


_CUES = {
    ContactKind.WECHAT: "微信号：",
    ContactKind.QQ: "QQ号：",
    ContactKind.PHONE: "电话：",
    ContactKind.TELEGRAM: "telegram: ",
    ContactKind.WHATSAPP: "whatsapp: ",
    ContactKind.LINE: "line id: ",
    ContactKind.KAKAO: "kakao id: ",
    ContactKind.INVITATION_CODE: "邀请码：",
}
"""What makes a bare account a contact in a comment, so that an entry is read exactly as comments are."""


_ASKED = {
    DOMAIN: "name what one owner registered, as in example.com, or an IPv4 address; a public suffix is none",
    ATTACHMENT: "give the file's SHA-256, 64 hexadecimal digits",
    ACCOUNT: "give the platform's pseudonym of the author",
}
"""What is given of a thing that is listed and is no contact."""


def listed_value(kind: str, written: str, *, find: FindContacts) -> str:
    """What `written` is known by: the domain, the hash of a file, the account, the contact as comments' are read.

    Raises `InvalidInputError` where it is none.
    """
    plain = written.strip()
    if kind not in KINDS:
        detail = f"'{kind}': there is no such kind. It says what is listed, not why: {', '.join(KINDS)}"
        raise InvalidInputError("The entry cannot be used.", [Fault("kind", detail)])
    if not plain:
        return _unreadable(kind, f"is empty: {_ASKED.get(kind, 'write it as comments do')}")
    if kind == DOMAIN:
        return listed_host(_host(plain)) or _unreadable(kind, _ASKED[kind])
    if kind == ATTACHMENT:
        lower = plain.lower()
        return lower if _SHA256.fullmatch(lower) else _unreadable(kind, _ASKED[kind])
    if kind == ACCOUNT:
        return plain
    return listed_contact(ContactKind(kind), plain, find=find).value


def is_wider(kind: str, written: str, value: str) -> bool:
    """Whether an entry, known by `value` as `listed_value` gives it, is about more than what was written.

    Of a host within a domain (`www.` is the site itself), a page, or a mail address the list holds the whole domain.
    """
    plain = _SCHEME.sub("", written.strip())
    before, _, path = plain.partition("/")
    return kind == DOMAIN and (
        bool(path) or "@" in before or as_shown(_host(written)).removeprefix("www.") != as_shown(value)
    )


def _host(written: str) -> str:
    """The host of a link, a mail address, or itself; lower case, without scheme, user, port and path."""
    before = _SCHEME.sub("", written.strip()).partition("/")[0]
    return before.rpartition("@")[2].partition(":")[0].lower().rstrip(".")


def listed_contact(kind: ContactKind, written: str, *, find: FindContacts) -> Contact:
    """The contact as comments' are read. Raises `InvalidInputError` where it is not one of this kind."""
    for text in (written, _CUES.get(kind, "") + written):
        found = {each.value: each for each in find(normalise(text)) if each.kind is kind}
        if len(found) == 1:
            return next(iter(found.values()))
    return _unreadable(kind, "it is not read as one contact of this kind; write it as comments do")


def _unreadable(kind: str, detail: str) -> NoReturn:
    raise InvalidInputError("The entry cannot be used.", [Fault(kind, detail)])
