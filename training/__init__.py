"""From a snapshot to a bundle: `run` reads top to bottom; `settings` says how, `ngram` learns, `calibration` corrects.

`objective` is what is minimised, `tracking` what MLflow is told, `card` what people are told.
"""
