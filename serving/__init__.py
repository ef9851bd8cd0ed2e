"""The HTTP service. Importing a module here starts nothing; `app.create_app(parts)` makes the application.

    app.py            the application: routes, lifespan
    parts.py          what it is made of (composed in `chaffinch/wiring.py`)
    edge.py           request ids, trace context, security headers, one log line a request;  tracing.py: spans
    problems.py       every refusal as RFC 9457, in one place;  errors.py: the ones that only this room has
    bodies.py         reading a body within its limits
    schemas.py        what may be asked, and every fault of what was;  sentences.py: those faults in words
    score.py          `POST /v1/score` and `:batch`;  scoring.py: the use case behind both
    inference.py      the thread in which models answer, and what happens when one does not
    writer.py         one writer: requests that wait at the same moment share a commit
    engine_holder.py  the one live engine, replaced whole;  loading.py: from pointers and configs to an engine
    follower.py       looks once a second for a new model, rules, keys
    keys.py           who may do what
    idempotency.py    the same request twice is one request
    streams/          the same over WebSocket;  transcripts.py: what passed in a thread, for everybody to read
    authors.py        what platforms state about authors;  known_authors.py: and where it is used
    complaints.py     what the public reports and appeals; its pages are in `console/public/`
    decisions.py, cases.py, health.py, documentation.py   the other endpoints;  desk.py: what they share
    worker.py         what happens later: leases that run out, jobs;  webhooks/: what platforms are told
    bulk.py           files of comments, for the command line;  tuning.py: the interpreter's settings

Read `app.py` first, then `score.py`.
"""
