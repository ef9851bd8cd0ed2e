"""Every page, and the picture of it in `docs/console.md`; those that have none say why.

`python -m tests.album` fills a home, takes the pictures and writes the page: that is where sentences are changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from console.permissions import ALLOWED, Role
from console.public.routes import PAGES as PUBLIC
from console.routes import PAGES as CONSOLE

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
PICTURES: Final = DOCS / "images" / "pages"
PAGE: Final = DOCS / "console.md"

CONSOLE_AT, PUBLIC_AT = "/console", "/public"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of a page: its file's name, its path in the table of pages, and what the page is for.

    `who` looks at it, in `locale` and `scheme`; `query` is added to the address. `wants` is what is pressed or clicked
    first (a key, or a selector that starts with a dot, a hash or a bracket).
    """

    name: str
    path: str
    told: str
    who: str = "li"
    locale: str = "en"
    scheme: str = "light"
    query: str = ""
    wants: tuple[str, ...] = ()
    most: int = 1500
    """Height in pixels at which a longer page is cut."""

    @property
    def file(self) -> str:
        """In `docs/images/pages`."""
        return f"{self.name}.webp"


WORK: Final = (
    Shot("login", "/login", "The door: a name, a password, and both languages before either is typed.", who=""),
    Shot("work", "/work", "One case at a time: the comment large, the words that did it marked, why it is here, what stood before and after it, the author's credit, like cases, and a key on every button. Abusive words stay blurred until asked for.", who="mei"),
    Shot("work-zh", "/work", "The same in Chinese and in the dark.", who="mei", locale="zh", scheme="dark"),
    Shot("group", "/work/{case_id}/group", "Comments that belong together (an account's day, a thread's burst), decided with one verdict; each keeps its own record, and what is left out stays with you.", who="wei", locale="zh"),
    Shot("campaign-verdict", "/work/{case_id}/campaign", "A verdict over a campaign shows every comment that it will touch; over a stated number a second person agrees first.", who="ben"),
    Shot("bulk", "/bulk/{bulk_id}", "A verdict over many, afterwards: what became of each comment, and the way to take it back.", who="ben"),
    Shot("rest", "/rest", "A break, suggested and never forced.", who="mei", scheme="dark"),
    Shot("keys", "/keys", "Every key, to be set anew.", who="mei", locale="zh"),
    Shot("help", "/help", "All keys and what they do; `?` shows it anywhere.", who="mei"),
    Shot("queue", "/queue", "What waits, by queue and by suspected label, how late it is, and what the public was promised.", who="mei"),
    Shot("search", "/search", "Comments by their words (two characters are enough) and by filters that stand in the address; what is ticked is decided at once.", who="ben", locale="zh", scheme="dark", query="?q=加微信"),
    Shot("decision", "/decisions/{decision_id}", "One comment and everything that was decided about it: by which rule, model and policy, by whom, on which ground; and the way to look at it again.", who="mei"),
    Shot("account", "/comments/{comment_id}/account", "What one account wrote, as a time line; its name is nowhere.", who="ben"),
    Shot("thread", "/comments/{comment_id}/thread", "What stands in one thread, as a time line, and measures against the thread.", who="ben", locale="zh"),
    Shot("standing", "/comments/{comment_id}/standing", "How the account stands: credit and what moved it, measures, the ladder's next step.", who="ben"),
)

OVERSIGHT: Final = (
    Shot("lead", "/lead", "Queues live with a forecast, who is at work, the machine's share, overturns, and what the machine got wrong this week."),
    Shot("quality", "/quality", "Agreement of two readers by label and queue with intervals, each moderator beside gold and peers, newcomers, and who saw how much of the worst.", locale="zh", scheme="dark"),
    Shot("staffing", "/staffing", "How many moderators each hour needs, by Erlang C and by a simulation with the measured times, and what other thresholds would ask for."),
    Shot("reports", "/reports", "Many reports against one author: floods as findings with their evidence.", who="ben"),
    Shot("report", "/reports/{finding_id}", "One flood in numbers; a person says whether it is a campaign of reporters.", who="ben", locale="zh"),
    Shot("campaigns", "/campaigns", "Campaigns: the same text from many accounts, and how likely one hand is behind them.", who="ben"),
    Shot("campaign", "/campaigns/{campaign_id}", "The evidence for one hand in words, in a graph and in the tables that the graph repeats.", who="ben", scheme="dark"),
    Shot("measures", "/measures", "Measures against accounts and threads, which hold and which have ended.", who="ben"),
    Shot("measure", "/measures/{measure_id}", "One measure: what, for how long, why, who agreed, and how it is lifted.", who="ben", locale="zh"),
    Shot("return", "/returns/{finding_id}", "An account that may be that of somebody who was closed out: what speaks for it, and a person's answer.", who="ben"),
    Shot("approvals", "/approvals", "What waits for a second person: rules, measures, models, exports, emergencies.", who="ben"),
    Shot("approval", "/approvals/{approval_id}", "One question: what would change, shown before anybody agrees.", locale="zh"),
    Shot("state", "/state", "What holds just now and why: model, rules, emergencies, workers, what is late.", who="mei", scheme="dark"),
    Shot("emergencies", "/emergencies", "Lower thresholds, slow mode or closed comments for a stated time, asked by one and begun by another.", who="ben"),
    Shot("emergency", "/emergencies/{emergency_id}", "One emergency afterwards: what it changed, counted.", who="ben", locale="zh"),
)

RULES: Final = (
    Shot("rules", "/rules", "All rules with hits, precision, overturns, age and owner.", who="ben"),
    Shot("rule", "/rules/{rule_id}", "One rule: versions with their differences, hits, the trial on stored decisions, and the way to live.", who="ben", locale="zh", most=1800),
    Shot("rule-editor", "/rules/{rule_id}/edit", "The editor: every mistake at once while typing, with examples that have to hold.", who="ben"),
    Shot("rule-new", "/rules/new", "A new rule.", who="ben", locale="zh", scheme="dark"),
    Shot("lists", "/lists", "Domains, contacts and accounts that are blocked or welcome, each with its reason, source and end.", who="ben"),
    Shot("models", "/models", "Champion, challengers, and every move of the champion with its reason.", who="dora"),
    Shot("model", "/models/{version}", "What the gate said and why, label by label and slice by slice, and the worst mistakes.", who="li", locale="zh", most=2000),
    Shot("shadow", "/shadow", "A challenger scored beside the champion: where they differ, and who was right.", who="dora"),
)

LAW: Final = (
    Shot("ledger", "/ledger", "Every entry of the ledger, found by kind, person, subject and day.", locale="zh", scheme="dark"),
    Shot("ledger-entry", "/ledger/{entry_id}", "One entry with the proof that it stands in the tree."),
    Shot("checkpoint", "/ledger/checkpoint", "A signed checkpoint to print or to give away."),
    Shot("neutrality", "/neutrality", "The last neutrality audit: whether removals follow a name or an opinion, and who answered for it."),
    Shot("duties", "/duties", "Each duty of a legal profile: met, the platform's own act, or off, by checks that ran.", query="?profile=cn-2022", locale="zh"),
    Shot("transparency", "/transparency", "The transparency report with a file for every table."),
    Shot("retention", "/retention", "What is kept for how long, what went, and the record of processing.", locale="zh"),
    Shot("incidents", "/incidents", "Security incidents and what has to be put right."),
    Shot("incident", "/incidents/{incident_id}", "One incident: what is known, who was told, what follows.", locale="zh"),
    Shot("inspections", "/inspections", "An authority's requests: what may be read, by whom, until when."),
    Shot("inspection", "/inspections/{inspection_id}", "One request with everything that was read under it."),
    Shot("evidence", "/inspections/{inspection_id}/evidence", "What the inspector reads, and nothing beyond the request.", who="ivy"),
    Shot("evidence-one", "/inspections/{inspection_id}/evidence/{decision_id}", "One decision as evidence, with its commitments.", who="ivy", locale="zh"),
    Shot("accounts", "/accounts", "Who may log in, as what, and where they are logged in now.", who="ada"),
    Shot("webhooks", "/webhooks", "Where events go.", who="ada", locale="zh"),
    Shot("webhook", "/webhooks/{endpoint_id}", "One endpoint: its events, its secret's turn, what it did not take and the way to send it again.", who="ada"),
)

OPEN: Final = (
    Shot("public-home", "/", "What a reader can do here.", who=""),
    Shot("public-complain", "/complaints", "A complaint in three fields, without log-in or script.", who="", locale="zh", query="?comment=demo-07"),
    Shot("public-receipt", "/complaints/{receipt}", "The receipt's page: where the complaint stands, and its answer with the reason.", who=""),
    Shot("public-contest", "/appeals", "An author contests a decision.", who="", locale="zh", scheme="dark"),
    Shot("public-appeal", "/appeals/{receipt}", "Where an appeal stands.", who=""),
    Shot("public-collected", "/collected", "What is collected, why, and for how long.", who="", locale="zh"),
    Shot("public-civility", "/civility", "What is removed here and what is not.", who=""),
)

CHAPTERS: Final[Mapping[str, tuple[Shot, ...]]] = {
    "Work": WORK, "Leading and watching": OVERSIGHT, "Rules and models": RULES, "Law and house": LAW,
    "Public pages": OPEN,
}  # fmt: skip

A_FILE = "a file for a spreadsheet; the page of the same name has its table"
LIVE = "the part of a page that looks again by itself; the page has it"
UNSEEN: Final[Mapping[str, str]] = {
    "/console/": "sends everybody on to the page where their work begins",
    "/console/lead/live": LIVE,
    "/console/state/live": LIVE,
    "/console/rules/{rule_id}/backtest/live": LIVE,
    "/console/inspections/{inspection_id}/bundle.zip": "a file: the evidence with a script that proves it",
    "/console/incidents/{incident_id}/report": "a file: the report to the authority",
    "/console/transparency/report.html": "a file: the transparency report as one page to keep",
}
"""Why a page has no picture, by its whole path."""


def addresses() -> set[str]:
    """Every path that a browser can be sent to."""
    return {f"{CONSOLE_AT}{page.path}" for page in CONSOLE if page.method == "GET"} | {
        f"{PUBLIC_AT}{page.path}" for page in PUBLIC if page.method == "GET"
    }


def whole(shot: Shot) -> str:
    """The path of a picture's page below the server's address."""
    return f"{PUBLIC_AT if shot in OPEN else CONSOLE_AT}{shot.path}"


def faults(chapters: Mapping[str, Iterable[Shot]], unseen: Mapping[str, str], pages: set[str], files: set[str]) -> list[str]:
    """What is missing or too much: of pages a picture or a reason, of pictures a file or a page."""
    shots = [shot for each in chapters.values() for shot in each]
    seen = {whole(shot) for shot in shots}
    excused = {path for path in pages if path.endswith(".csv")} | set(unseen)
    return [
        *(f"{path} has neither a picture nor a reason why not" for path in sorted(pages - seen - excused)),
        *(f"{path} is no page" for path in sorted((seen | set(unseen)) - pages)),
        *(f"{path} has a picture and a reason why not" for path in sorted(seen & excused)),
        *(f"{shot.file} is not there" for shot in shots if shot.file not in files),
        *(f"{file} is a picture of nothing" for file in sorted(files - {shot.file for shot in shots})),
    ]


def who_opens(path: str) -> str:
    """The roles that may open a page of the console, in words."""
    action = next(page.action for page in CONSOLE if page.method == "GET" and page.path == path)
    if action is None:
        return "everybody, without an account"
    allowed = ALLOWED[action]
    if allowed == frozenset(Role):
        return "every account"
    return ", ".join(role.value.replace("_", " ") for role in Role if role in allowed)


def document() -> str:
    """`docs/console.md`."""
    parts = [HEAD]
    for title, shots in CHAPTERS.items():
        parts += [f"## {title}", *(_entry(shot) for shot in shots)]
    left = "\n".join(f"* `{path}`: {why}" for path, why in UNSEEN.items())
    return "\n\n".join([*parts, f"## Without a picture\n\n{left}\n* every address that ends in `.csv`: {A_FILE}\n"])


def _entry(shot: Shot) -> str:
    opens = "everybody, without an account" if shot in OPEN else who_opens(shot.path)
    title = shot.name.replace("-", " ").capitalize()
    return f"### {title}\n\n{shot.told}\n`{whole(shot)}` · opened by: {opens}\n\n![{title}](images/pages/{shot.file})"


HEAD: Final = """# Every page, in pictures

What moderators, leads, inspectors and readers see. Written, pictures and all, by

    python -m tests.album        # Chromium and a Chinese font; a minute and a half

which fills a home with the demo's comments and a week of invented work around them (`tests/album/`): the real pages of a
real server, from rules, queues and ledger of that home. The model there is a list of words, so its figures say nothing.
Every page is there in Chinese and English, light and dark, from 360 pixels up; one of each is shown, 1280 pixels wide and
cut where it is long. A test fails where a page has neither a picture nor a reason why not."""
