"""From a bundle to champion, through the gate, which `promote` and the demo both do; and back to the one before.

Who moves the champion has an account with a role that may, once there are accounts, and the entry of it is in the
ledger when the command is done. Going back is for emergencies: it works while the records do not answer, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chaffinch.gates import gate_before, gate_config
from chaffinch.os_user import os_user
from chaffinch.settings import Settings
from chaffinch.wiring import open_database, reading_if_made, taxonomy_of, were_made
from governance import said_about
from moderation.errors import ConfigError, GateRefusedError, PartUnavailableError
from registry.bundle import read_manifest
from registry.gate_file import GATE_FILE, GateFile, Verdict, read_gate
from registry.names import CHAMPION, MODEL_NAME, Resolved
from registry.pointers import Pointer, find_pointer
from registry.promotion import Promotion, moves, promote, rollback
from registry.seals import is_sealed

if TYPE_CHECKING:
    from eval.gate_config import GateConfig
    from governance.assessments import Lack
    from governance.models import Wanted
    from records.house_values import ApprovalRecord
    from records.unit_of_work import Reading
    from registry.catalogue import MlflowCatalogue

Progress = Callable[[str, float], None]


def catalogue_of(settings: Settings) -> MlflowCatalogue:
    """MLflow, as configured; nothing is reached before it is asked."""
    from registry.catalogue import MlflowCatalogue

    return MlflowCatalogue(settings.tracking_uri, home=settings.home)


def is_champion(settings: Settings, found: str) -> bool:
    """Whether the bundle with this hash is champion."""
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    return champion is not None and champion.hash == found


@dataclass(frozen=True, slots=True)
class Proposed:
    """The gate said yes, and people have to as well: who has, and how many are needed."""

    version: str
    approval: ApprovalRecord
    said: tuple[str, ...]
    needed: int

    @property
    def sentence(self) -> str:
        """What happens next, and who does it."""
        told = f", {len(self.said)} said yes ({', '.join(self.said)})" if self.said else ""
        return (
            f"The gate said yes to version {self.version}; it becomes champion once {self.needed} "
            f"{'person approves' if self.needed == 1 else 'people approve'}{told}. Asked by {self.approval.asked_by}; "
            "a senior moderator, lead or administrator who did not ask answers in the console under Approvals, by POST "
            f"/v1/approvals/{self.approval.id}, or from another account of this machine with chaffinch approve "
            f"{self.version} --by NAME --note WORDS. Then type chaffinch promote {self.version} again."
        )


def mover(settings: Settings, by: str, *, gate: GateConfig | None = None) -> str:
    """Who moves the champion, as the entry names them; before there are accounts the system's user if nobody is named.

    Where the `gate` asks for people a data scientist may ask as well: others say yes. Raises `InvalidInputError`,
    `ForbiddenError`.
    """
    from governance.approvals import LOOK_AFTER

    with closing(open_database(settings)) as database, database.reading() as look:
        return _mover(look, by, LOOK_AFTER | {"data_scientist"} if gate and gate.approvals else LOOK_AFTER)


def _mover(look: Reading, by: str, needs: frozenset[str]) -> str:
    from governance.approvals import MAY_ACT, person
    from records import users

    if not by.strip() and not users.active(look, sorted(MAY_ACT)):
        return os_user()
    return person(look, by, needs=needs, typed=True)


def gate(settings: Settings, target: Resolved, config: str | GateConfig | None, progress: Progress) -> GateFile:
    """The gate's answer, written into the bundle and told to MLflow.

    `config`: a name under `configs/gates`, or a file; without one, the gate that stands before the champion.
    MLflow may be away: what it misses stands in the bundle.
    """
    from eval.gating import GateOrder, run_gate

    asked = gate_config(settings, config) if isinstance(config, str) else config or gate_before(settings, target)
    order = GateOrder(
        target.path, target.version, settings.home, taxonomy_of(settings), asked, erased=lambda: _erased(settings)
    )
    answer = run_gate(order, now=datetime.now(UTC), progress=progress)
    _tell_mlflow(settings, target)
    return answer


def _erased(settings: Settings) -> frozenset[tuple[str, str]]:
    """What the ledger tells of erasures from data sets; nothing where there are no records."""
    from governance import erased_files

    with reading_if_made(settings) as look:
        return frozenset() if look is None else erased_files.steps(look)


def promote_through_gate(
    settings: Settings,
    target: Resolved,
    *,
    reason: str,
    progress: Progress,
    by: str = "",
    asked: GateConfig | None = None,
) -> Promotion | Proposed:
    """Asks the gate where it has not answered about this bundle and this champion, and the people whom it names.

    The gate is the one that stands before the champion (`gates.py`); the demo brings its own (`asked`). An answer that
    is not, to the byte, the one that the gate gave is no answer, and it is asked again. Then the pointer moves.
    Raises `GateRefusedError` with the gate's sentence, `ConflictError` where the bundle is champion already or
    somebody else promotes.
    """
    said_about.check_without_accounts("reason", reason)
    asked = asked or gate_before(settings, target)
    answer = _standing_answer(settings, target, asked)
    if answer is None and not is_champion(settings, target.hash):
        answer = gate(settings, target, asked, progress)
    if answer is not None and answer.verdict is not Verdict.YES:
        raise GateRefusedError(answer.sentence)
    if not is_champion(settings, target.hash):
        _check_assessed(settings, target)
    if answer is not None and asked.approvals and (waits := _people(settings, target, answer, asked, by, reason)):
        return waits
    done = promote(
        target.path,
        registry_root=settings.registry_root,
        now=datetime.now(UTC),
        catalogue=catalogue_of(settings),
        actor=by,
        reason=reason,
        gate_hash=asked.hash,
        os_user=os_user(),
    )
    return _entered(settings, done)


def roll_back(settings: Settings, *, by: str, reason: str, without_assessment: str = "") -> Promotion:
    """Makes the champion before this one champion again.

    One that a policy in use wants assessed, and that nobody assessed, only where `without_assessment` says what the
    emergency is. Raises `GateRefusedError` else, `InvalidInputError` without a name or a reason, `ForbiddenError` for
    who may not, and as `registry.promotion.rollback`. While the records do not answer, neither can be looked at: it
    goes by the name that was typed, and says in the history that nobody checked.
    """
    from governance import assessments, moves
    from governance.approvals import words

    why = words("reason", reason)
    emergency = words("without-assessment", without_assessment) if without_assessment else ""
    said_about.check_without_accounts("reason", why)
    said_about.check_without_accounts("without-assessment", emergency)
    who, beside = _who_goes_back(settings, by)

    def about(pointer: Pointer) -> dict[str, Any]:
        lacks = _lacking(settings, pointer.hash, unknown=moves.UNCHECKED in beside)
        if lacks and not emergency:
            raise GateRefusedError(assessments.back_refusal(lacks, pointer.version))
        past = {moves.UNASSESSED: sorted({each.surface for each in lacks}), moves.EMERGENCY: emergency}
        return beside | (past if lacks else {})

    done = rollback(
        registry_root=settings.registry_root, now=datetime.now(UTC), catalogue=catalogue_of(settings), actor=who,
        reason=why, about=about,
    )  # fmt: skip
    return _entered(settings, done)


def _who_goes_back(settings: Settings, by: str) -> tuple[str, dict[str, Any]]:
    """Who it is, and what the history says beside; unchecked while the records do not answer."""
    from governance import moves
    from governance.approvals import LOOK_AFTER

    beside = {"os_user": os_user()}
    try:
        with reading_if_made(settings) as look:
            return (by.strip() or os_user() if look is None else _mover(look, by, LOOK_AFTER)), beside
    except PartUnavailableError as error:
        return by.strip() or os_user(), {**beside, moves.UNCHECKED: str(error)}


def _entered(settings: Settings, done: Promotion) -> Promotion:
    """With its entry in the ledger, where there are records; where they do not answer the sentence says so."""
    from governance import moves as noted

    if not were_made(settings):
        return done
    try:
        with closing(open_database(settings)) as database, database.unit() as unit:
            noted.note(unit, moves(settings.registry_root), now=datetime.now(UTC))
            unit.commit()
    except (PartUnavailableError, ConfigError) as error:
        return replace(done, sentence=f"{done.sentence} The ledger has no entry of it yet, for {error} {NO_ENTRY}")
    return done


NO_ENTRY = "chaffinch serve or chaffinch worker writes it once the records answer; chaffinch doctor says until then."


def _lacking(settings: Settings, bundle: str, *, unknown: bool = False) -> list[Lack]:
    """Where a policy in use asks for an assessment of this bundle that nobody signed; `unknown`: where one might."""
    from governance import assessments
    from governance.assessments import Lack
    from moderation.policy import load_policies

    policies = load_policies(taxonomy_of(settings), settings.configs / "policies").values()
    if unknown:
        return [Lack(policy.name, surface) for policy in policies for surface in policy.assess]
    with reading_if_made(settings) as look:
        return [] if look is None else assessments.wanting(look, policies, bundle)


def _check_assessed(settings: Settings, target: Resolved) -> None:
    """Raises `GateRefusedError` where a policy that is in use asks for a security assessment that nobody has signed."""
    from governance import assessments

    if lacks := _lacking(settings, target.hash):
        raise GateRefusedError(assessments.refusal(lacks, target.version))


def wanted_of(target: Resolved, answer: GateFile, asked: GateConfig) -> Wanted:
    """What people are asked to approve."""
    from governance.models import Wanted

    champion = answer.champion.hash if answer.champion else ""
    return Wanted(target.version, target.hash, champion, asked.hash, asked.approvals)


def standing(settings: Settings, target: Resolved) -> Wanted | None:
    """What waits for people where the gate said yes to this bundle beside the champion of today; else None."""
    asked = gate_before(settings, target)
    answer = _standing_answer(settings, target, asked)
    return wanted_of(target, answer, asked) if answer and answer.verdict is Verdict.YES else None


def _people(
    settings: Settings, target: Resolved, answer: GateFile, asked: GateConfig, by: str, reason: str
) -> Proposed | None:  # fmt: skip
    """Who is still waited for, asked where nobody was; None once everybody has said yes."""
    from governance import models

    wanted = wanted_of(target, answer, asked)
    with closing(open_database(settings)) as database, database.unit(os_user=os_user()) as unit:
        said = models.consents(unit, wanted)
        if len(said) >= wanted.needed:
            return None
        waits = models.waiting(unit, wanted)
        if waits is None:
            waits = models.ask(
                unit, wanted, sentence=answer.sentence, by=by or os_user(), why=reason or "better by the gate",
                now=datetime.now(UTC),
            )  # fmt: skip
            unit.commit()
    return Proposed(target.version, waits, tuple(each.answered_by or "" for each in said), wanted.needed)


def _standing_answer(settings: Settings, target: Resolved, asked: GateConfig) -> GateFile | None:
    """What the gate said about this very bundle beside the champion of today; None where it has to be asked.

    A no stands whoever gave it; a yes counts from the gate that stands before the champion alone.
    """
    answer = read_gate(target.path)
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if answer is None or answer.bundle_hash != target.hash:
        return None
    if not is_sealed(settings.registry_root, target.hash, target.path):
        return None
    if answer.verdict is Verdict.YES and answer.gate_hash != asked.hash:
        return None
    held_against = answer.champion.hash if answer.champion else None
    return answer if held_against == (champion.hash if champion else None) else None


def _tell_mlflow(settings: Settings, target: Resolved) -> None:
    """The gate's pages beside the run that made the bundle, where MLflow answers and knows it."""
    from eval.gate_card import GATED_CARD
    from eval.gate_page import GATE_PAGE

    run = read_manifest(target.path).mlflow_run
    if run is not None:
        files = [target.path / name for name in (GATE_FILE, GATE_PAGE, GATED_CARD)]
        with suppress(PartUnavailableError):
            catalogue_of(settings).add_files(run, files, under="gate")
