"""How good a model is, and whether it may be champion. Always written `from eval.metrics import ...`.

`evaluation` puts `metrics` (by label), `slices` (by language, source, kind), `thresholds` and, where asked, a public
set's own question (`class_questions`: `chineseharm`, `offensive`) into one report; `held_out` says which models may be
asked it; `report` and `plots` show it; `compare` and `bootstrap` hold two models against each other; `gate` decides.
"""
