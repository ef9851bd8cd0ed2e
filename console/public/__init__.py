"""The public pages: complaints, appeals, civility, agreement, what is collected and why. No log-in, script or cookie.

    routes    every page, the application that serves them, and the one place every request passes
    reader    a request as a page sees it: language, addresses, forms that only our own pages can send
    pages     what each page says;  words/  the sentences, zh and en

Addresses that open something (receipts, references) cannot be guessed, stand in no log, and are sent to nobody else:
no page loads or links anything foreign.
"""
