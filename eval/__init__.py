"""How good a model is, and whether it may be champion. Always written `from eval.metrics import ...`.

`evaluation` puts `metrics` (by label), `slices` (by language, source, kind), `thresholds` and `chineseharm` into one
report; `report` and `plots` show it; `compare` and `bootstrap` hold two models against each other; `gate` decides.
"""
