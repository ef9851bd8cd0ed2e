"""Governance: what a decision about people has to answer for. Functions that take a unit of work; the caller commits.

    verdicts    a verdict with its measure, for console and API: `give`, `take_back`
    measures    what a verdict asks the platform to do beyond the comment's decision: never without reason and ground

Here will live, each with the issue that brings it: approvals by two people, credit and levels, the blacklist, appeals
and complaints, emergencies, campaigns, the duties of a legal profile with their checks, neutrality and staffing. What
the `cn` policy asks already (`require_verified`, review before publication) is decided in `moderation/policy.py`.
"""
