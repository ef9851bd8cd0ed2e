"""The files of the house that a server reads once, at its start: one list, for the server and for `chaffinch doctor`.

Labels, rules, policies and drop-ins are not among them: the engine reads those, and follows what is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaffinch.settings import Settings
from chaffinch.wiring import taxonomy_of
from governance.complaint_rules import ComplaintRules, load_complaint_rules
from governance.dsa import Dsa, load_dsa
from governance.incident_forms import IncidentForms, load_forms
from governance.notices import Notices, load_notices
from governance.processing import Record, load_record
from governance.queue_rules import QueueRules, load_queue_rules
from governance.retention import Retention, load_retention
from moderation.errors import ConfigError, Fault
from moderation.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class HouseFiles:
    """What stands in them; each field is read as `_READ` says."""

    complaints: ComplaintRules
    queues: QueueRules
    incidents: IncidentForms
    record: Record
    retention: Retention
    notices: Notices
    dsa: Dsa


_READ: Mapping[str, Callable[[Path, Taxonomy], Any]] = {
    "complaints": lambda configs, _: load_complaint_rules(configs),
    "queues": load_queue_rules,
    "incidents": lambda configs, _: load_forms(configs),
    "record": lambda configs, _: load_record(configs),
    "retention": lambda configs, _: load_retention(configs),
    "notices": load_notices,
    "dsa": lambda configs, _: load_dsa(configs),
}


def read_house_files(settings: Settings) -> HouseFiles:
    """All of them. Raises `ConfigError` with the faults of every file, not of the first alone."""
    taxonomy = taxonomy_of(settings)
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, load in _READ.items():
        try:
            found[name] = load(settings.configs, taxonomy)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError("Files that a server reads at its start cannot be used.", faults)
    return HouseFiles(**found)
