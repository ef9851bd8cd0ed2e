"""Whether two people put there what is in force: rules and grounds, in files and in the database."""

from __future__ import annotations

from chaffinch.installation import Installation
from governance import changed_parts, what_decides
from governance.duties import Found


def put_by_two(place: Installation) -> Found:
    """7: no rule that holds or blocks and no ground is in force by one person's word, or by a file that one changed."""
    with place.reading() as look:
        differs = what_decides.differing(look, place.settings.configs)
        loaded = what_decides.loaded_otherwise(look, place.policies, differs)
        stands = changed_parts.stands(look, differs) if differs else None
        alone = changed_parts.live_by_one(look)
    if alone:
        return place.off("in_force.alone", n=len(alone), rule=alone[0].rule_id, who=alone[0].author)
    if differs and stands is None:
        return place.off("in_force.changed", n=len(differs), parts=", ".join(differs))
    if loaded:
        return place.off("in_force.loaded", n=len(loaded), policies=", ".join(loaded))
    if stands is not None:
        who = f"{stands.asked_by}, {stands.answered_by}"
        return place.held("in_force.stands", n=len(differs), parts=", ".join(differs), who=who)
    return place.held("in_force.shipped")
