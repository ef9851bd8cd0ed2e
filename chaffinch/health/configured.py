"""What this machine, the home and the files of the configuration say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import partial

from chaffinch.health.finding import ABSENT, BROKEN, OK, OPEN, Finding
from chaffinch.settings import Settings
from moderation.errors import ConfigError, Fault

_SHOWN = 20
"""Losses of rules that are told one by one."""


def python(settings: Settings) -> Finding:
    """The interpreter that runs this."""
    del settings
    return Finding("python", OK, sys.version.split()[0])


def home(settings: Settings) -> Finding:
    """Whether the home can be written, or can be made."""
    standing = next(place for place in (settings.home, *settings.home.parents) if place.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        seen = f"{standing} is not a folder that can be written"
        return Finding("home", BROKEN, seen, "name another with CHAFFINCH_HOME")
    if not settings.home.exists():
        return Finding(
            "home", ABSENT, f"{settings.home} does not exist yet", "run chaffinch demo, or serve: they make it"
        )
    return Finding("home", OK, str(settings.home))


def taxonomy(settings: Settings) -> Finding:
    """Which labels there are."""
    from moderation.taxonomy import load_taxonomy

    taxonomy = load_taxonomy(settings.configs / "taxonomy.toml")
    return Finding("labels", OK, f"version {taxonomy.version}: {', '.join(taxonomy.names)}")


def rules(settings: Settings) -> Finding:
    """Whether the files of rules can be read, and how many are live."""
    from chaffinch.wiring import rules_of

    rules = rules_of(settings)
    return Finding("rules", OK, f"{len(rules.rules)} live, version {rules.version}")


def packs(settings: Settings) -> Finding:
    """Which packs servers run, and whether other ones lie here."""
    from chaffinch.wiring import reading_if_made, stored_of, today
    from governance import rule_packs
    from governance.pack_losses import BY_HAND
    from moderation.effective_rules import refusal
    from moderation.pack_files import place_of
    from moderation.taxonomy import load_taxonomy

    folder = settings.configs / "rules"
    with reading_if_made(settings) as look:
        found = rule_packs.standing(look, folder, place=place_of(settings.configs), today=today()) if look else None
    if found is None:
        return Finding("packs", ABSENT, "no server has taken up packs yet", "chaffinch serve does, at its start")
    waits = f"they only hold until two people stand for their files: {', '.join(found.reviewing)}"
    if found.differs:
        taxonomy = load_taxonomy(settings.configs / "taxonomy.toml")
        faults = refusal(taxonomy, today=today(), folder=folder, stored=stored_of(settings))
        waits_here = found.is_known or found.takes
        todo = f"{BY_HAND} takes up what lies here" if waits_here else "start a server here, or wait two seconds"
        todo = f"mend {faults[0].where}: chaffinch rules lint" if faults else todo
        told = "; ".join([found.told, *found.takes.lines[:_SHOWN]])
        return Finding("packs", BROKEN if faults else OPEN, told, todo)
    if found.reviewing:
        return Finding("packs", OPEN, waits, "chaffinch rules vouch, and a second person answers")
    return Finding("packs", OK, f"set {found.current.number}, {found.current.digest[:12]}, as on this disk")


def policies(settings: Settings) -> Finding:
    """Whether the policies can be read, and which one answers where none is named."""
    from moderation.policy import load_policies
    from moderation.taxonomy import load_taxonomy

    taxonomy, folder = load_taxonomy(settings.configs / "taxonomy.toml"), settings.configs / "policies"
    policies = load_policies(taxonomy, folder, standing=settings.policy)
    told = ", ".join(policy.reference for policy in policies.values())
    return Finding("policies", OK, f"{told}; {settings.policy} where none is named")


def changed(settings: Settings) -> Finding:
    """Files that decide and differ from the shipped ones, and a policy that lets one person be two."""
    from chaffinch.wiring import reading_if_made
    from governance import what_decides
    from moderation.policy import load_policies
    from moderation.taxonomy import load_taxonomy

    policies = load_policies(load_taxonomy(settings.configs / "taxonomy.toml"), settings.configs / "policies")
    with reading_if_made(settings) as look:
        differs = what_decides.differing(look, settings.configs)
        loaded = what_decides.loaded_otherwise(look, policies, differs) if look else []
    alone = [each.name for each in policies.values() if each.two_people.one_hand or not each.two_people.rules]
    seen = [f"not as shipped: {', '.join(differs)}"] if differs else []
    seen += [f"servers decide by another text of {', '.join(loaded)} than lies here"] if loaded else []
    seen += [f"{name} lets one person be two ([two_people]: one_hand, rules)" for name in alone]
    if not seen:
        return Finding("changed here", OK, "taxonomy, policies, packs and legal profiles are as shipped")
    todo = "look who changed them; two people stand for them with chaffinch rules vouch"
    return Finding("changed here", OPEN, "; ".join(seen), todo)


def dropins(settings: Settings) -> Finding:
    """Which other services' addresses are served."""
    from moderation.policy import load_policies
    from moderation.taxonomy import load_taxonomy
    from serving.dropins.configs import load_dropins

    taxonomy = load_taxonomy(settings.configs / "taxonomy.toml")
    policies = load_policies(taxonomy, settings.configs / "policies")
    found = load_dropins(settings.configs / "dropins", taxonomy, policies, standing=settings.policy)
    served = [name for name in ("perspective", "openai", "akismet") if getattr(found, name)]
    return Finding("drop-ins", OK, "; ".join([", ".join(served) or "none is served", *found.left_out]))


def house_files(settings: Settings) -> Finding:
    """Whether the files that a server reads at its start can be read, and fit each other."""
    from chaffinch.house_files import read_house_files
    from chaffinch.wiring import house_queues

    files = read_house_files(settings)
    house_queues(settings)
    return Finding("house files", OK, ", ".join(field.name for field in fields(files)))


def read_later(settings: Settings) -> Finding:
    """Whether the files can be read that a running server reads when they are asked for: legal profiles, the shadow."""
    from governance.duties import load_profile, names
    from moderation.toml import parse_file
    from serving.shadow_settings import ShadowSettings

    told: list[str] = []
    faults: list[Fault] = []
    readers: dict[str, Callable[[], object]] = {
        name: partial(load_profile, settings.configs, name) for name in names(settings.configs)
    }
    readers["shadow"] = partial(parse_file, ShadowSettings, settings.configs / "shadow.toml")
    for name, load in readers.items():
        try:
            load()
            told.append(name)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError("Files that a server reads later cannot be used.", faults)
    return Finding("read later", OK, ", ".join(told))


def datasets(settings: Settings) -> Finding:
    """Which public data sets are on this machine."""
    from chaffinch.commands.data import places_of

    found = [place for place in places_of(settings).public() if place.is_dir()]
    if not found:
        return Finding(
            "public data sets",
            ABSENT,
            "none found; the starter corpus needs none",
            "chaffinch data sources says where each lives",
        )
    return Finding("public data sets", OK, ", ".join(str(place) for place in found))
