"""Rules of files that begin to block by a yes, as the API tells whoever answers."""

from __future__ import annotations

from governance.beginning import beginnings
from governance.changed_parts import ASKED
from governance.rules import as_document
from records.house_values import ApprovalRecord, ApprovalState
from records.unit_of_work import Reading
from serving.desk import Document


def beginning_documents(look: Reading, asked: ApprovalRecord) -> list[Document]:
    """Each with what decided by its id before; none of other questions, and of one that is settled."""
    if asked.kind != ASKED or asked.state is not ApprovalState.WAITING:
        return []
    return [
        {
            "id": each.rule.id,
            "file": each.file,
            "rule": as_document(each.rule),
            "before": None if each.was is None else as_document(each.was),
        }
        for each in beginnings(look, asked.facts["parts"])
    ]
