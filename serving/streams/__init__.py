"""`WS /v1/stream`: live comment streams. One JSON item in, one answer out, in the order of the items.

    route.py          the handshake: who may, how many at once
    conversation.py   one connection: order, bounds, time-outs, how it ends;  knows nothing of comments
    answering.py      an item's answer, by the same scoring as `POST /v1/score`
    protocol.py       what uvicorn's WebSockets lack: an end that answers first, and one that slow readers do not stop
    description.py    all of it in OpenAPI and AsyncAPI

Read `route.py` first, then `conversation.py`.
"""
