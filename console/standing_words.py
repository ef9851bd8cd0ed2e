"""Which sentence names what of measures, credit and findings: the pages' words by the records' vocabularies."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from moderation.standing import CreditKind, Function
from records.standing_values import ERASED_WITH, MeasureState, ReturnState

KEYS: Mapping[str, str] = MappingProxyType(
    {
        MeasureState.WAITING: "measure_state.waiting",
        MeasureState.IN_FORCE: "measure_state.in_force",
        MeasureState.ENDED: "measure_state.ended",
        MeasureState.LIFTED: "measure_state.lifted",
        MeasureState.REFUSED: "measure_state.refused",
        MeasureState.REPLACED: "measure_state.replaced",
        MeasureState.WITHDRAWN: "measure_state.withdrawn",
        ERASED_WITH: "measure_state.erased",
        ReturnState.CONFIRMED: "return_state.confirmed",
        ReturnState.DISMISSED: "return_state.dismissed",
        Function.LINKS: "function.links",
        Function.LIVE: "function.live",
        Function.UNREVIEWED: "function.unreviewed",
        CreditKind.BLOCKED: "credit_kind.blocked",
        CreditKind.REJECTED: "credit_kind.rejected",
        CreditKind.GOOD_DAY: "credit_kind.good_day",
        "identity": "link_kind.identity",
        "phone": "link_kind.phone",
        "device": "link_kind.device",
        "network": "link_kind.network",
    }
)
"""A finding that waits is named as a measure that does."""
