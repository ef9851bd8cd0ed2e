"""Webhooks: from the outbox to the platforms' receivers, at least once, and never anywhere it must not go.

    courier.py     who sends: one job for each endpoint that something waits for, many at once, one hand each
    sending.py     one request: resolved once, connected to that address, bounded in time and size
    signing.py     the headers of Standard Webhooks
    promotions.py  `model.promoted`, from the history of the champion's pointer
    parts.py       what it is made of
    endpoints.py   `/v1/webhooks`: where platforms are told, managed over HTTP

Events are written by `governance/events.py`, kept by `records/outbox.py`.
"""
