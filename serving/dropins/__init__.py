"""Addresses that stand in for other services: Perspective, OpenAI's moderation endpoint, Akismet.

One engine is behind them: they read somebody else's request into our own (`ScoreRequest`), judge and store it as
`POST /v1/score` does, and write the answer in the words that their clients expect. What nothing here backs is refused
in that service's own error form (`serving/forms.py`) and never made up. What a name of theirs is here stands in
`configs/dropins/`; an address without its file is not served.
"""
