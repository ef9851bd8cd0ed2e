"""Search and decide: filters in the address, views that are kept, and a verdict about what was found.

What somebody types stands in their own address bar and nowhere else: no log line has a query, and the pages' referrer
goes to no other site. Pseudonyms and the platform's ids are sent in a form's body, and never stand in an address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse, Response

from console import deciding
from console.hit_view import rows_of
from console.in_hand import in_hand, note_reading
from console.looking import account_of, trace, trace_list
from console.pages.rules import titles
from console.people import display_name
from console.permissions import ALLOWED, Action
from console.rendering import render
from console.visit import Visit
from governance.measures import BY_VERDICT
from moderation.errors import InvalidInputError
from moderation.typed import day
from records import comments, saved_views, search, search_cases, story, users
from records.known_as import KEY
from records.search import MACHINE, OVERTURNED, PERSON, Found, Sought
from records.search_cases import Stand
from records.search_words import words_sought
from records.unit_of_work import Reading
from records.waiting import APPEALS, CAMPAIGNS, COMPLAINTS, SECOND_LOOK

ROWS = 25
MAX_RULE = 128
"""Characters of a rule's id."""

MAX_WORDS = 200
"""Characters that are searched for; what is pasted beyond them is left out."""

NAMES = (
    "q",
    "surface",
    "lang",
    "label",
    "outcome",
    "decided",
    "who",
    "rule",
    "queue",
    "state",
    "asked",
    "since",
    "until",
    "by",
    "sound",
)
"""The filters, as the address has them."""

ME = "me"
"""Who decided, of whoever asks: a shared view is then about its reader."""

SURFACES = ("forum", "news", "live")
QUEUES = (*SURFACES, SECOND_LOOK, CAMPAIGNS, COMPLAINTS, APPEALS)
STATES = tuple(stand.value for stand in Stand)
MEASURES = tuple(measure.value for measure in BY_VERDICT)
OUTCOMES = ("pass", "review", "block")
NOTHING = Found((), None, 0)
NOBODY = "nobody"
DECIDED = (PERSON, MACHINE, OVERTURNED)


def show(visit: Visit) -> Response:
    """GET /search."""
    return _page(visit)


def save(visit: Visit) -> Response:
    """POST /search/views: the filters of the page that was looked at, under a name."""
    told = dict(parse_qsl(visit.form.one("query")[:2000]))
    query = urlencode({name: told[name] for name in NAMES if told.get(name)})
    try:
        with visit.parts.database.unit() as unit:
            is_shared = visit.form.one("shared") == "on" and visit.may(Action.DECIDE)
            saved_views.save(unit, visit.me.id, visit.form.one("name"), query, shared=is_shared, now=visit.now)
            unit.commit()
    except InvalidInputError:
        return _page(visit, "search.unsaved", status=422)
    return RedirectResponse(visit.url(f"/search?{query}"), status_code=303)


def remove(visit: Visit) -> Response:
    """POST /search/views/{view_id}/remove."""
    with visit.parts.database.unit() as unit:
        saved_views.remove(unit, visit.path_values["view_id"], visit.me.id)
        unit.commit()
    return RedirectResponse(visit.url("/search"), status_code=303)


def find(visit: Visit) -> Response:
    """POST /search/find: a comment by the platform's id, an account by its pseudonym; neither gets into an address."""
    what, value = visit.form.one("what"), visit.form.one("value")
    with visit.parts.database.reading() as look:
        if what == "account":
            found = story.latest_by(look, visit.parts.keyring, value)
            target = f"/comments/{found}/account"
        else:
            found = comments.known_ids(look, [value]).get(value)
            hits = search.hits_of(look, [found] if found else [])
            target = f"/decisions/{hits[0].decision.id}" if hits else ""
            found = found if hits else None
    if found is None:
        return _page(visit, "search.unknown", status=404)
    return RedirectResponse(visit.url(target), status_code=303)


def decide(visit: Visit) -> Response:
    """POST /search/decide: one verdict about each of the comments that were ticked, each with records of its own."""
    told = deciding.decide_ticked(visit)
    return _page(visit, told=told, status=200 if told.is_whole else 409)


def odd_in(query: Mapping[str, str], labels: Sequence[str], people: Sequence[str]) -> tuple[str, ...]:
    """Names of what an address says and nobody can mean. Left out it would find everything: nothing is looked for.

    `people` are those by whom the visitor may look.
    """
    known: Mapping[str, Sequence[str]] = {
        "surface": SURFACES, "outcome": OUTCOMES, "decided": DECIDED, "label": labels, "who": people,
        "queue": QUEUES, "state": STATES, "asked": MEASURES,
    }  # fmt: skip
    words = query.get("q", "")
    odd = [name for name, values in known.items() if query.get(name) and query[name].strip() not in values]
    odd += [name for name in ("since", "until") if query.get(name) and day(query[name]) is None]
    if words.strip() and not words_sought(words[:MAX_WORDS]).terms:
        odd.insert(0, "q")
    return tuple(odd)


def sought_of(query: Mapping[str, str], author: str | None, me: str) -> Sought:
    """What an address asks for, where `odd_in` finds nothing odd."""

    def one_of(name: str, known: tuple[str, ...]) -> str | None:
        value = query.get(name, "")
        return value if value in known else None

    until = day(query.get("until", ""))
    who = query.get("who", "").strip()
    return Sought(
        words=query.get("q", "")[:MAX_WORDS],
        surface=one_of("surface", SURFACES),
        lang=query.get("lang", "").strip().lower()[:8] or None,
        label=query.get("label", "").strip() or None,
        outcome=one_of("outcome", OUTCOMES),
        decided=one_of("decided", DECIDED),
        author=author,
        moderator=me if who == ME else who or None,
        rule=query.get("rule", "").strip()[:MAX_RULE] or None,
        queue=one_of("queue", QUEUES),
        state=one_of("state", STATES),
        asked=one_of("asked", MEASURES),
        since=day(query.get("since", "")),
        until=until + timedelta(days=1) if until else None,
        by_sound=query.get("sound") == "1",
    )


def _page(visit: Visit, problem: str = "", *, told: deciding.Told | None = None, status: int = 200) -> Response:
    query = visit.query if visit.query or not visit.form.values else dict(parse_qsl(visit.form.one("query")[:2000]))
    asked = {name: query[name] for name in NAMES if query.get(name)}
    with visit.parts.database.reading() as look:
        people = _people(look, visit, asked.get("who", ""))
        odd = odd_in(asked, visit.parts.taxonomy.names, tuple(people))
        author = _author(look, asked.get("by", ""))
        sought = sought_of(asked, author, visit.me.id)
        cursor = query.get("cursor") or None
        found = NOTHING if odd else search.find(look, sought, limit=ROWS, cursor=cursor)
        untold = _untold(look, visit, sought)
        counted = None if odd else search.count(look, sought, but=untold)
        rows = rows_of(look, visit, found.hits, sought.wanted)
        rows = [row for row in rows if row.hit.comment.id not in untold and not (row.is_copy and _tells(sought))]
        languages = search_cases.languages(look)
        views = saved_views.visible_to(look, visit.me.id)
        undone = deciding.taken_back(look, visit)
        whose = [account_of(look, comments.get(look, asked["by"]))] if author not in (None, NOBODY) else []
    note_reading(visit, [row.hit.comment.id for row in rows])
    trace(visit, "search", whose, behind=[asked.get("by", "")])
    if not whose:
        trace_list(visit, "search", len(rows), NAMES)
    return render(
        visit,
        "search.html",
        status=status,
        asked=asked,
        query=urlencode(asked),
        sounds=urlencode(asked | {"sound": "1"}) if _has_sound(sought) else "",
        rows=rows,
        found=found,
        sum=counted,
        views=views,
        surfaces=SURFACES,
        outcomes=OUTCOMES,
        decided=DECIDED,
        queues=QUEUES,
        states=STATES,
        measures_asked=MEASURES,
        languages=_with(languages, sought.lang),
        people=people,
        max_rule=MAX_RULE,
        titles=titles(visit),
        problem=problem,
        odd=odd,
        told=told,
        undone=undone,
        back=visit.url(f"/search?{urlencode(asked)}"),
        max_words=MAX_WORDS,
        max_name=saved_views.MAX_NAME,
        **deciding.form_values(visit),
    )


def _with(languages: list[str], asked: str | None) -> list[str]:
    """And the one that an address asks for, which may be rare."""
    return languages if asked is None or asked in languages else [*languages, asked]


def _has_sound(sought: Sought) -> bool:
    """Whether it may be looked for by its sound too, and is not yet."""
    return not sought.by_sound and bool(words_sought(sought.words, by_sound=True).sounds)


def _untold(look: Reading, visit: Visit, sought: Sought) -> frozenset[str]:
    """Comments that are neither shown nor counted, for being found would tell what the visitor is not told of them.

    Where one stands and who decided would tell what others said; label and rule tell what the machine thinks.
    """
    mine = in_hand(look, visit)
    stands = mine.asked if _tells(sought) else frozenset[str]()
    return stands | (mine.appealed if sought.label or sought.rule else frozenset())


def _tells(sought: Sought) -> bool:
    """Whether being found tells what was decided."""
    return bool(sought.outcome or sought.decided or sought.moderator or search_cases.asks(sought))


def _people(look: Reading, visit: Visit, asked: str) -> dict[str, str]:
    """By whom the visitor may look, with their names: themselves, and whoever leads people by everybody.

    Who is `asked` for may be a key, or somebody who decides no more.
    """
    mine = {ME: visit.words("search.me")} if visit.may(Action.DECIDE) else {}
    if not visit.may(Action.SEE_MODERATORS):
        return mine
    deciders = users.active(look, [role.value for role in ALLOWED[Action.DECIDE]])
    found = mine | {user.id: user.display_name for user in deciders}
    if asked in found or not (asked.startswith(KEY) or users.find(look, asked)):
        return found
    return found | {asked: display_name(look, asked)}


def _author(look: Reading, comment_id: str) -> str | None:
    """The keyed hash of whoever wrote that comment; of one that is unknown or erased nobody's."""
    if not comment_id:
        return None
    hits = search.hits_of(look, [comment_id])
    return (hits[0].comment.author_index or NOBODY) if hits else NOBODY
