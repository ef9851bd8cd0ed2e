"""Review: what people do with what the machine was unsure of. Functions that take a unit of work; the caller commits.

    queue          cases waiting, claimed under leases that run out, released, escalated
    verdicts       a moderator's verdict, applied once; undone within ten seconds; reopened later
    feedback       a platform's doubt opens or joins a case, and is never a label by itself
    quality        second opinions, a third person where two differ; gold: answers that are known
    agreement      how far people agree, with each other and with what is known
    chosen         cases about comments that no decision sends: doubted labels, and what is worth knowing next
    labels_export  verdicts as label records, JSONL files that `data` reads
    checks         what a verdict or feedback must be, every fault at once

Tables and SQL are in `records/`; who may do what is checked at the edge (`serving/`, `console/`).
"""
