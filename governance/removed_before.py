"""What whoever reported is told of a comment that had been removed before: who had done that, and why (DSA 16(6)).

Such an answer follows no verdict. Who had removed it is told as notices and records tell it (`carried_out.who_acted`),
and as it was when the report came, whatever became of the comment since. Its reasons are those of what had removed it:
labels and grounds as a model, a rule, an entry about what the comment shows or a moderator's measure names them, and
neither the words of a rule nor anything about its author: that an account was suspended is its owner's to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance import carried_out
from governance.carried_out import Who
from governance.statements import codes_of
from governance.wording import codes_in
from moderation.decision import Outcome, Source
from moderation.lists import code_of
from moderation.taxonomy import Words
from records import acted, answers
from records.acted import ActedOn
from records.public_values import ComplaintOutcome, ComplaintRecord
from records.unit_of_work import Reading

_BEFORE: Mapping[Who, Words] = {
    Who.ENTRY: Words(
        zh="其中有工作人员此前列入名单的{thing}，系统据此处理",
        en="it shows a {thing} that a person had put on a list, and the system carried that out",
    ),
    Who.THREAD: Words(
        zh="工作人员此前限制了此处的评论，系统据此处理",
        en="a person had limited what may be posted at its place, and the system carried that out",
    ),
    Who.EMERGENCY: Words(
        zh="工作人员此前在此处启动了应急措施，系统据此处理",
        en="people had begun an emergency measure at its place, and the system carried that out",
    ),
    Who.ACCOUNT: Words(
        zh="系统据工作人员此前作出的决定处理，该决定与这条评论的内容无关",
        en="the system carried out what a person had decided before, which is not about what this comment says",
    ),
    Who.BOTH: Words(
        zh="系统发现了问题，同时执行了工作人员此前的决定",
        en="the system found something in it, and carried out what people had decided before as well",
    ),
    Who.PERSON: Words(zh="由工作人员处理", en="a person of ours had removed it"),
    Who.OPERATOR: Words(
        zh="由该处的账号运营者隐藏",
        en="whoever runs the account under which it stood had hidden it, which is no judgement of ours",
    ),
}
"""How it came that the comment was removed, where no machine alone had done it."""

_SAID = Words(
    zh="您举报的评论在收到举报之前已不再展示：{before}。没有人工因您的举报查看该评论。既然不再展示，此处没有可以申请的复核；但如有人的生命安全"
    "可能受到威胁，请选择相应类别再次举报，我们会安排人工查看。",
    en="The comment that you reported was not shown any more before your report came: {before}. No person looked at it "
    "for your report. As it is not shown there is no other look to ask for here, unless somebody's life or safety may "
    "be in danger: then report it once more under the kind that says so, and a person looks at it.",
)

REMOVED_BY: Mapping[Who, str] = {
    Who.MACHINE: "machine", Who.BOTH: "both", Who.PERSON: "person", Who.OPERATOR: "operator",
}  # fmt: skip
"""As programs are told; what people had decided before and the system carried out is `people`, whatever it was."""


@dataclass(frozen=True, slots=True)
class Told:
    """What answers a complaint: the words chosen with a verdict, or, where none was given, who had removed it."""

    template: str | None
    reasons: tuple[Mapping[str, str], ...]
    who: Who | None = None
    words: Words | None = None
    """In the place of the house's words; None of a verdict and where a machine alone had removed it."""

    @property
    def automated(self) -> bool:
        """Whether a machine alone had removed it."""
        return self.who is Who.MACHINE

    @property
    def removed_by(self) -> str | None:
        """Who had removed it, for programs; None where the answer follows a verdict."""
        return None if self.who is None else REMOVED_BY.get(self.who, "people")


def of_complaint(look: Reading, complaint: ComplaintRecord) -> Told:
    """What was chosen with the verdict; of a comment that had been removed before, who had done it and why."""
    if complaint.outcome is not ComplaintOutcome.ACTED or complaint.verdict_id is not None:
        chosen = answers.of_verdict(look, complaint.verdict_id)
        return Told(chosen.template, chosen.reasons)
    at = complaint.answered_at or complaint.created_at
    then = acted.before_a_verdict(look, complaint.decision_id, at=at)
    who = carried_out.who_acted(then, codes_of(then))
    return Told(None, tuple(_reasons(look, then, who)), who, _words(then, who))


def _words(then: ActedOn, who: Who) -> Words | None:
    if who is Who.MACHINE:
        return None
    before = _BEFORE[Who.ACCOUNT if who is Who.LIST else who].as_dict()
    if who is Who.ENTRY:
        before = {each: said.format(thing=carried_out.things(then, each)) for each, said in before.items()}
    return Words(**{each: said.format(before=before[each]) for each, said in _SAID.as_dict().items()})


def _reasons(look: Reading, then: ActedOn, who: Who) -> list[dict[str, str]]:
    if who is Who.OPERATOR:
        return []
    if then.taken is None:
        return _of_decision(then)
    ground = then.taken.ground
    return [{"code": code, "ground": ground} for code in codes_in(ground, look.queues.redress)]


def _of_decision(then: ActedOn) -> list[dict[str, str]]:
    """Once for each code that it stands on. What a list says of an account or an address is no label of the comment."""
    labels, codes = {label.name for label in then.decision.labels}, codes_of(then)
    told: dict[str, dict[str, str]] = {}
    for reason in then.decision.reasons:
        is_label = reason.source in (Source.MODEL, Source.RULE) or (
            reason.source is Source.LIST and reason.code in labels
        )
        if is_label and reason.outcome is Outcome.BLOCK and code_of(reason) in codes:
            told.setdefault(reason.code, {"code": reason.code, "ground": reason.ground})
    return list(told.values())
