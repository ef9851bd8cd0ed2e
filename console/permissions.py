"""Who may do what in the console: one table, asked in one place (`console/gate.py`)."""

from __future__ import annotations

from enum import StrEnum

from governance.approvals import MAY_APPROVE


class Role(StrEnum):
    """What a person is here for."""

    MODERATOR = "moderator"
    SENIOR = "senior"
    LEAD = "lead"
    DATA_SCIENTIST = "data_scientist"
    INSPECTOR = "inspector"
    ADMIN = "admin"


class Action(StrEnum):
    """What a page or a form asks leave for."""

    SEE_QUEUE = "see_queue"
    SEE_DECISION = "see_decision"
    SEARCH = "search"
    DECIDE = "decide"
    DECIDE_ANEW = "decide_anew"
    DECIDE_ESCALATED = "decide_escalated"
    SEE_RULES = "see_rules"
    CHANGE_RULES = "change_rules"
    SEE_LISTS = "see_lists"
    CHANGE_LISTS = "change_lists"
    SEE_APPROVALS = "see_approvals"
    SEE_SHADOW = "see_shadow"
    SEE_QUALITY = "see_quality"
    SEE_MODERATORS = "see_moderators"
    SEE_COLLEAGUES = "see_colleagues"
    SEE_NEUTRALITY = "see_neutrality"
    SEE_REPORTS = "see_reports"
    DECIDE_REPORTS = "decide_reports"
    MARK_FLAGGERS = "mark_flaggers"
    SEE_MEASURES = "see_measures"
    TAKE_MEASURES = "take_measures"
    LEAD_PEOPLE = "lead_people"
    SEE_STAFFING = "see_staffing"
    SEE_MODELS = "see_models"
    MOVE_MODELS = "move_models"
    SEE_ACCOUNTS = "see_accounts"
    CHANGE_ACCOUNTS = "change_accounts"
    SEE_LIVE = "see_live"
    SEE_INSPECTIONS = "see_inspections"
    RECORD_INSPECTIONS = "record_inspections"
    READ_EVIDENCE = "read_evidence"
    SEE_LEDGER = "see_ledger"
    EXPORT_LEDGER = "export_ledger"
    SEE_DUTIES = "see_duties"
    RUN_DUTIES = "run_duties"
    SEE_TRANSPARENCY = "see_transparency"
    SEE_RETENTION = "see_retention"
    SEE_HOUSE = "see_house"
    SEE_LOOKS = "see_looks"
    SEE_INCIDENTS = "see_incidents"
    RECORD_INCIDENTS = "record_incidents"
    SEE_EMERGENCIES = "see_emergencies"
    RUN_EMERGENCIES = "run_emergencies"
    CHANGE_WEBHOOKS = "change_webhooks"
    APPROVE = "approve"
    WITHDRAW_OWN_QUESTION = "withdraw_own_question"
    USE_OWN_SESSION = "use_own_session"


_EVERYONE = frozenset(Role)
_DECIDERS = frozenset({Role.MODERATOR, Role.SENIOR, Role.LEAD, Role.ADMIN})
_SENIORS = _DECIDERS - {Role.MODERATOR}
_OF_THE_HOUSE = _EVERYONE - {Role.INSPECTOR}

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SEE_QUEUE: _EVERYONE,
    # An inspector reads comments and accounts within a granted request alone (`governance/inspections.py`): no page
    # beside it that has texts, authors or contacts, and none about the people of the house. What is left to them are
    # figures over all, and what the house did as a whole.
    Action.SEE_DECISION: _OF_THE_HOUSE,
    Action.SEARCH: _OF_THE_HOUSE,  # whoever may see a decision may look for it
    Action.SEE_INSPECTIONS: frozenset({Role.LEAD, Role.INSPECTOR, Role.ADMIN}),
    Action.RECORD_INSPECTIONS: frozenset({Role.LEAD, Role.ADMIN}),
    Action.SEE_INCIDENTS: frozenset({Role.LEAD, Role.DATA_SCIENTIST, Role.INSPECTOR, Role.ADMIN}),
    Action.RECORD_INCIDENTS: frozenset({Role.LEAD, Role.ADMIN}),
    Action.READ_EVIDENCE: frozenset({Role.INSPECTOR}),
    # An inspector leafs through what is about evidence of a granted request, and takes it along with that request.
    Action.SEE_LEDGER: frozenset({Role.LEAD, Role.INSPECTOR, Role.ADMIN}),
    Action.EXPORT_LEDGER: frozenset({Role.LEAD, Role.ADMIN}),
    Action.SEE_DUTIES: frozenset({Role.LEAD, Role.INSPECTOR, Role.ADMIN}),
    Action.RUN_DUTIES: frozenset({Role.LEAD, Role.ADMIN}),
    Action.SEE_TRANSPARENCY: frozenset({Role.LEAD, Role.INSPECTOR, Role.ADMIN}),
    Action.SEE_RETENTION: frozenset({Role.LEAD, Role.INSPECTOR, Role.ADMIN}),
    # What the machine got wrong stands there with its texts.
    Action.SEE_HOUSE: frozenset({Role.LEAD, Role.ADMIN}),
    # Who opened what outside of their cases: leads and administrators watch each other, and stand in it themselves.
    Action.SEE_LOOKS: frozenset({Role.LEAD, Role.ADMIN}),
    # Inspectors read and change nothing; data scientists learn from verdicts and so give none.
    Action.DECIDE: _DECIDERS,
    # Without being handed a case: what was decided, opened again, and what belongs to a campaign.
    Action.DECIDE_ANEW: _DECIDERS,
    Action.DECIDE_ESCALATED: _SENIORS,
    # Whoever works under the rules may read them; what they decide for everybody takes experience.
    Action.SEE_RULES: _EVERYONE,
    Action.SEE_LISTS: _OF_THE_HOUSE,  # accounts and contacts, by name
    Action.CHANGE_RULES: _SENIORS,
    Action.CHANGE_LISTS: _SENIORS,
    Action.SEE_APPROVALS: _OF_THE_HOUSE,
    # What a challenger thinks must not sway those who decide: for whom it is figures about models alone.
    Action.SEE_SHADOW: frozenset({Role.DATA_SCIENTIST, Role.LEAD, Role.INSPECTOR, Role.ADMIN}),
    # How good labels are is what models are built on. Figures about single people are for whoever leads them, and for
    # those who look after the house.
    Action.SEE_QUALITY: frozenset({Role.LEAD, Role.DATA_SCIENTIST, Role.INSPECTOR, Role.ADMIN}),
    Action.SEE_MODERATORS: frozenset({Role.LEAD, Role.ADMIN}),
    # Whose one verdict was, for those who answer for verdicts beside them. From the names beside single ones anybody's
    # figures can be counted up: whoever learns from verdicts reads numbers (`console/colleagues.py`).
    Action.SEE_COLLEAGUES: _DECIDERS,
    # Whoever may not see moderators reads there whose act each was by a number (`console/unnamed.py`).
    Action.SEE_NEUTRALITY: frozenset({Role.LEAD, Role.INSPECTOR, Role.ADMIN}),
    # Numbers about many reports and accounts that post as one. What follows from them takes experience.
    Action.SEE_REPORTS: _OF_THE_HOUSE,
    Action.DECIDE_REPORTS: _SENIORS,
    # Whose notices come first is the house's word on an authority's award: two of those who look after it say so.
    Action.MARK_FLAGGERS: frozenset({Role.LEAD, Role.ADMIN}),
    # Whoever decides about comments may know what their authors were told; to hold an account takes experience.
    Action.SEE_MEASURES: _OF_THE_HOUSE,
    Action.TAKE_MEASURES: _SENIORS,
    Action.LEAD_PEOPLE: frozenset({Role.LEAD, Role.ADMIN}),
    Action.SEE_STAFFING: frozenset({Role.LEAD, Role.DATA_SCIENTIST, Role.INSPECTOR, Role.ADMIN}),
    # The worst mistakes stand there with their texts; whoever decides must not know what a challenger thinks.
    Action.SEE_MODELS: frozenset({Role.DATA_SCIENTIST, Role.LEAD, Role.ADMIN}),
    Action.MOVE_MODELS: frozenset({Role.LEAD, Role.ADMIN}),
    Action.SEE_ACCOUNTS: frozenset({Role.LEAD, Role.ADMIN}),
    Action.CHANGE_ACCOUNTS: frozenset({Role.ADMIN}),
    # What holds just now, and why, is for all who work under it; they have to explain it.
    Action.SEE_LIVE: _EVERYONE,
    Action.SEE_EMERGENCIES: _EVERYONE,
    Action.RUN_EMERGENCIES: _SENIORS,
    # An address may hold a token, and an endpoint hears of everybody: as over HTTP, where it takes the scope `admin`.
    Action.CHANGE_WEBHOOKS: frozenset({Role.ADMIN}),
    Action.APPROVE: frozenset(map(Role, MAY_APPROVE)),  # the command line and the API ask governance; so do we
    Action.WITHDRAW_OWN_QUESTION: _DECIDERS,
    Action.USE_OWN_SESSION: _EVERYONE,
}


NOT_IN_TRAINING = frozenset(
    {
        Action.DECIDE_ANEW,
        Action.DECIDE_ESCALATED,
        Action.CHANGE_RULES,
        Action.CHANGE_LISTS,
        Action.LEAD_PEOPLE,
        Action.TAKE_MEASURES,
        Action.MARK_FLAGGERS,
        Action.RUN_EMERGENCIES,
        Action.RECORD_INSPECTIONS,
        Action.RECORD_INCIDENTS,
        Action.EXPORT_LEDGER,
        Action.RUN_DUTIES,
        Action.APPROVE,
    }
)
"""What nobody does before they are promoted to live queues, whatever their role."""


def may(role: str, action: Action) -> bool:
    """Whether `role` may do this; a role that nobody knows may do nothing."""
    return role in ALLOWED[action]
