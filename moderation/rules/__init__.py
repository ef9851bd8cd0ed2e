"""Rules: what matches, over the views of a text, in time linear in it whatever a rule's author wrote.

`rule` is what an author asks, `context` what is known beside the text, `index` finds terms and patterns of all rules at
once, in every way a term may be written (`spellings`), `believing` tells a disguise from an accident (by `likelihood`
and `surroundings`), `edges` a word from a part of one, `elsewhere` what is no word; `ruleset` puts them together. What
is *done* about a hit is the policy's business (`moderation/policy.py`). `rule_file`, `entries`, `lint` (with `told` and
the modules that end in `_mistakes`), `harmless_hits`, `backtest` and `difference` serve authors; files are read in
`moderation/rule_packs.py`.
"""

from moderation.rules.context import RuleContext
from moderation.rules.rule import Conditions, Range, Rule, RuleState
from moderation.rules.ruleset import MAX_SPANS, Hit, RuleSet, sees

__all__ = ["MAX_SPANS", "Conditions", "Hit", "Range", "Rule", "RuleContext", "RuleSet", "RuleState", "sees"]
