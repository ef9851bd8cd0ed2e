"""What a model is on disk, how it answers, and which one is champion.

`bundle` is the folder and its checks, `ngrams` the features that trainer and scorer share, `calibration` the way
from a logit to a probability, `encoder` and `second_tier` the tier that reads meaning, `cascade` how both tiers become
one model, `scorers` the models that answer, `explanation` the words that did it. `pointers` says which bundle an alias
means, `names` reads `chaffinch@champion`, `promotion` is the one way to move it, `gate_file` the permission it asks
for, `catalogue` the same versions and aliases in MLflow (right column only). `opt_out` keeps libraries from reporting,
`shared_weights` lets processes hold a model once.
"""

from registry.opt_out import opt_out

opt_out()
