"""What holds a thread, and the form by which it is held, as its story shows them."""

from __future__ import annotations

from dataclasses import dataclass

from console.grounds import grounds_for
from console.people import name_of
from console.visit import Visit
from governance import account_notices
from governance.measure_wishes import FITTING
from moderation.policy import Policy
from moderation.standing import Function
from moderation.threads import FUNCTIONS
from records import comments, decisions, measures
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.unit_of_work import Reading

SHOWN = 20
TOLD = ("measure", "days", "per_hour", "reason_zh", "reason_en", "ground", "replaces")


@dataclass(frozen=True, slots=True)
class Held:
    """A measure on the thread, with who took it; `may_lift` where it holds and no second person is asked.

    Reason and ground are as the reader understands them.
    """

    made: MeasureRecord
    who: str
    may_lift: bool
    reason: str
    ground: str


@dataclass(frozen=True, slots=True)
class ThreadView:
    """`told` is what the form said, to be shown again; `faults` what was wrong with it."""

    held: tuple[Held, ...]
    kinds: tuple[str, ...]
    grounds: tuple[tuple[str, str], ...]
    functions: tuple[Function, ...]
    policy: str
    two_people: bool
    alone_days: str
    """For how long one person holds it, in all; empty where the policy does not say."""
    told: dict[str, str]
    closes: tuple[str, ...]
    problem: str = ""
    faults: tuple[str, ...] = ()

    @property
    def replaceable(self) -> tuple[Held, ...]:
        """In whose place another may stand."""
        return tuple(each for each in self.held if each.made.state is MeasureState.IN_FORCE)


def policy_of(look: Reading, visit: Visit, comment_id: str) -> Policy:
    """The policy that judged this comment, as it now is; the house's where it is gone."""
    policies = visit.parts.policies()
    named = decisions.latest_of(look, comment_id).decision.versions.policy.partition("@")[0]
    return policies.get(named) or policies[visit.parts.standing]


def thread_view(
    look: Reading, visit: Visit, comment_id: str, *, problem: str = "", faults: tuple[str, ...] = ()
) -> ThreadView | None:
    """Of the thread of this comment; None where it names none."""
    thread = comments.get(look, comment_id).thread_id
    if thread is None:
        return None
    policy = policy_of(look, visit, comment_id)
    made = measures.page(look, thread_id=thread, limit=SHOWN).items
    return ThreadView(
        tuple(_held(look, visit, each) for each in made),
        FITTING[TargetKind.THREAD],
        tuple(grounds_for(visit, policy, look.queues.redress)),
        FUNCTIONS,
        policy.name,
        policy.two_people.threads,
        "" if policy.two_people.longest_days is None else f"{policy.two_people.longest_days:g}",
        {name: visit.form.one(name) for name in TOLD},
        tuple(visit.form.all("closes")),
        problem,
        faults,
    )


def _held(look: Reading, visit: Visit, made: MeasureRecord) -> Held:
    locale = visit.preferences.locale
    return Held(
        made,
        name_of(look, made.asked_by),
        made.state is MeasureState.IN_FORCE,
        account_notices.reason_in(made, locale),
        account_notices.ground_of(made, locale, look.queues.redress),
    )
