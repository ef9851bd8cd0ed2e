"""The whole loop once, on the project's own corpus. `chaffinch/commands/demo.py` reads top to bottom.

script        the comments that are sent and what its moderator knows (`configs/demo.toml`)
server        a real server in a process of its own, and the client that speaks to it
learning      build, train, gate, promote: what a data scientist would type
conversation  score, claim, decide: what a platform and a moderator would do
"""
