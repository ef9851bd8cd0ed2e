"""The console: pages for moderators, leads, data scientists, inspectors. Serving mounts `routes.application(parts)`.

A request passes `gate` (origin, session, role, token: one place), becomes a `visit`, and is answered by a function of
`pages/` that opens a unit of work and renders a template.

    routes       every page with what it takes to be let in      permissions  which role may do what
    parts        what the console is made of                     visit        a request as a page sees it
    desk         the case in hand, and what came in between      case_view    a case as a page shows it
    escalation   handed to the seniors, and taken back
    report_view  what the public says of a case's comment
    public/      the pages for everybody: complaints, appeals, civility;  visitors: who sends how much, and from where
    marks        a comment's text made safe to look at           words        the sentences, zh and en (`words/`)
    passwords, apart, throttle, cookies, csrf, secret             logging in, and forms that only our pages can send
    assets, rendering, headers, forms, preferences, refusals     how pages are made, sent and refused

Pages work without script; htmx (vendored, `static/htmx.min.js`) makes them quick, and the scripts beside it
add keys, clocks and drafts (`static/page.js` says how they hang together).
"""
