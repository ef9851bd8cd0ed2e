"""Ways in which people hide words from machines, as generators: to train on, and to measure how much is still seen.

They know the libraries' own data (readings, parts of characters, Unicode) and small tables beside this file. They do
not read the normaliser's tables: a proof by its own inverse would prove nothing. `families.py` lists them.
"""
