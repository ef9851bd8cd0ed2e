"""Governance: what a decision about people has to answer for. Functions that take a unit of work; the caller commits.

    verdicts    a verdict with its measure, for console and API: `give`, `take_back`
    measures    what a verdict asks the platform to do beyond the comment's decision: never without reason and ground
    approvals   what needs two people, asked by one and answered by another
    rules       the life of a rule: draft, shadow, live, retired
    lists       what is put on a list and taken off
    events      what platforms are told, in the transaction of what it tells
    webhooks    where they are told;  targets: where they may be
    campaigns   one thing spread by many, shown to people as one case
    complaints  what the public reports;  reporters: how much a word weighs;  report_floods: many against one author
    flaggers    trusted flaggers;  misuse, reporter_findings: who reports or appeals without ground again and again
    appeals     what authors contest: by another moderator, blind;  answering: in which words both are told
    appeal_times    until when a measure can be appealed
    account_measures    what is done about accounts by name;  account_notices: in which words they are told
    found_in            in which attachment of a comment something was found, for those who are told
    carried_out         what is told of a comment that a measure, a list or an emergency of people's refused
    credit      what becomes of an account's comments, counted;  returns: who may have come back under another name
    complaint_rules    kinds, clocks, limits and words: `configs/complaints.toml`
    holds       what has to be kept for an authority;  erasure, retention: what goes, and stops before a hold
    grounds     a ground that can be looked up; law: the books of law, `configs/law.toml`
    notices     what authors are told, by label: `configs/notices.toml`
    statements  one decision as Chinese record, notice and DSA statement;  transparency: the report of a span
    duties      what a legal profile asks and how each duty stands: `configs/profiles/`, checks: `chaffinch/duty_checks`

What the `cn` policy asks (`require_verified`, review before publication) is decided in `moderation/policy.py`.
"""
