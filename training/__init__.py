"""From a snapshot to a bundle: `run` reads top to bottom; `settings` says how, `ngram` learns, `calibration` corrects.

`second_tier` is the encoder's part of it (which rows: `encoder_rows`; learning: `encoder`, told how by `fine_tuning`;
what of it is served: `shown_export`). `objective` is what is minimised, `tracking` what MLflow is told, `card` what
people are told.
"""

from registry.opt_out import opt_out

opt_out()
