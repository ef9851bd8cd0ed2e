"""From other people's sentences to a data set a model may be trained on.

The way of a row: `sources.py` (recipes say how a set is read) and `starter.py`, `moderators.py`, `grammar.py` give
raw rows; `cleaning.py` refuses broken ones with file, line and cause; `near_duplicates.py` finds what is said twice;
`merging.py` makes one row of it; `splits.py` and `frozen.py` keep training and judging apart; `snapshot.py` writes
and opens the result; `card.py` describes it. `build.py` is that way on one page.
"""
