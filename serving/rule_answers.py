"""What a rule file does and what is wrong with it, as schemas."""

from __future__ import annotations

from serving.answers import Answer, SpanAnswer


class MistakeAnswer(Answer):
    """One thing to mend in a rule, by line and column from 1; `advice` does not keep it from being used."""

    line: int
    column: int
    rule: str
    detail: str
    advice: bool


class TriedAnswer(Answer):
    """What a rule does with a text: where it hits, in which views, or in words what is missing."""

    text: str
    hit: bool
    spans: list[SpanAnswer]
    views: list[str]
    missing: str


class RuleExampleAnswer(TriedAnswer):
    """An example of the rule, and whether the rule does with it what its author says."""

    must_hit: bool
    holds: bool


class LintAnswer(Answer):
    """What is said of a rule; `usable` where nothing keeps it from being saved."""

    usable: bool
    mistakes: list[MistakeAnswer]
    examples: list[RuleExampleAnswer]
    tried: TriedAnswer | None
