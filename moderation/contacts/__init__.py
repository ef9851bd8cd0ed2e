"""Contacts as typed findings: how a comment asks its readers to reach somebody, seen through disguise.

`contact` is what a finding is and its keyed hash, `cues` and `words` what is said around it, `numbers`
digits however they are spelt, `phones`, `handles`, `links`, `emails` and `crypto` the kinds,
`domains` what one owner holds, `finding` puts them together.
"""

from moderation.contacts.contact import Contact, ContactKind, contact_hash
from moderation.contacts.domains import registrable_domain
from moderation.contacts.finding import find_contacts

__all__ = ["Contact", "ContactKind", "contact_hash", "find_contacts", "registrable_domain"]
