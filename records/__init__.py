"""Records: what Chaffinch remembers, and the only room that imports SQLAlchemy.

`database.Database(url)` opens units of work (`with database.unit() as unit: ...; unit.commit()`) and looks
(`with database.reading() as look: ...`); `schema` and `migrations/` bring the tables (`tables`) up to date.
A repository is a module of functions that take the unit first and give frozen values (`values`, `house_values`):

    storing       comment, decision, ledger entry and case in one transaction (`store_decisions`)
    comments      what was said, its earlier texts, erasure          decisions    what was answered, and what came of it
    cases         what waits for a person                            verdicts     what people said
    labels        what it means for training                         feedback     what platforms doubt
    leases        cases in somebody's hands                          jobs         what happens later
    ledger        who did what and why; only grows
    users, sessions, keys    who may                                 idempotency  what was already done
    epoch         what changed, for workers to poll                  opening      which decisions open a case
    rules         versions of rules, and what holds              approvals    questions to a second person
    lists         domains, contacts, accounts, attachments       overview     what the pages count
    webhooks      where events are sent                          outbox       events on their way
    complaints    what the public reports                        appeals      what authors contest
    answers       in which words people are answered             receipts     addresses that cannot be guessed
    report_floods many reports against one author (values of these: `public_values`)
    reporters     who reports, where somebody is spoken of;  flaggers, reporter_findings: marks and findings about them
    author_links  who shares what accounts have              link_crowds  who else has it, held or on their own
    behaviour     what comments are compared by              campaigns    one thing spread by many
    inspections   an authority's requests                        holds        what has to be kept for one
    underlying    records beside what the ledger says (`underlying_*` by what they are)

`personal` encrypts pseudonyms and finds by them; `commitments` lets hashes outlive erased text; `paging` makes pages.
"""
