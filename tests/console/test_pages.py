from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console import routes
from console.case_view import lines, read_as
from console.case_words import why
from console.harshness import harsh
from console.headers import SECURITY
from console.pages.queue import Line, bars
from console.preferences import COOKIE, Preferences, read
from console.throttle import Limits, Throttle
from console.words import FOLDER, percent, words_in
from moderation.comment import Comment
from moderation.errors import PartUnavailableError
from moderation.ports import Scorer
from moderation.taxonomy import load_taxonomy
from records import decisions
from records.standing_values import TargetKind
from records.values import Doubt
from registry.scorers import NoneScorer
from review.chosen import Why
from review.feedback import give_feedback
from tests.console.house import SCORES, House, Visitor, csrf_in
from tests.fakes import BrokenScorer

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}"


def test_html_in_a_comment_is_shown_and_not_run(house: House) -> None:
    stored = house.comment(f"加微信 {HOSTILE}", parent_text=HOSTILE)
    visitor = house.logged_in("mei")
    for page in (visitor.page("/work"), visitor.page(f"/decisions/{stored.decision_id}")):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{7*7}}" in page


def test_html_in_a_note_and_in_a_name_is_shown_and_not_run(house: House) -> None:
    stored = house.comment("加微信")
    house.person("eve")
    with house.database.unit() as unit:
        from records import users

        users.create(unit, "<b>x", password_hash="", role="moderator", now=house.clock(), display_name="<b>x</b>")
        unit.commit()
    visitor = house.logged_in("eve")
    visitor.decide("reject", labels="advertising", note=HOSTILE)
    page = visitor.page(f"/decisions/{stored.decision_id}")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_bidi_controls_in_a_comment_lose_their_effect(house: House) -> None:
    house.comment("加微信 \u202eolleh\u202c")
    page = house.logged_in("mei").page("/work")
    assert "\u202e" not in page.partition('<details class="read-as">')[0]
    assert '<span class="ghost">RLO</span>' in page


def test_the_span_that_did_it_is_marked_as_sent(house: House) -> None:
    house.comment("快来下 注吧".replace(" ", "\u200b"))
    page = house.logged_in("mei").page("/work")
    assert '<mark>下</mark><mark><span class="ghost">ZWSP</span></mark><mark>注</mark>' in page


def test_white_space_of_the_comment_is_kept_and_none_added(house: House) -> None:
    house.comment("a  下注\n b")
    assert ">a  <mark>下注</mark>\n b</div>" in house.logged_in("mei").page("/work")


@pytest.mark.parametrize("path", ["/work", "/queue", "/help", "/rules", "/lists", "/approvals"])
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_pages_speak_the_language_that_is_asked_for(house: House, path: str, locale: str) -> None:
    house.comment("下注")
    visitor = house.logged_in("mei")
    visitor.client.cookies.set(COOKIE, f"{locale}-auto-on", path="/console")
    page = visitor.page(path)
    assert f'<html lang="{locale}"' in page
    assert words_in(locale)("page.log_out") in page


def test_another_language_leads_back_to_the_very_case(house: House) -> None:
    house.comment("下注")
    house.comment("加微信")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    place = f"/console/work?case={re.search('data-case=.([^ ]+?).>', page)[1]}"  # type: ignore[index]
    form = {"csrf": csrf_in(page), "back": "/console/work", "locale": "zh"}
    answer = visitor.post("/preferences", form, headers={"referer": f"http://testserver{place}"})
    assert place == answer.headers["location"]
    assert "审核" in visitor.client.get(place).text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/console/work", "//evil.example/", ""])
def test_a_preference_sends_nobody_elsewhere(house: House, elsewhere: str) -> None:
    visitor = house.logged_in("mei")
    form = {"csrf": csrf_in(visitor.page("/queue")), "back": elsewhere, "theme": "dark"}
    assert visitor.post("/preferences", form).headers["location"].startswith("/console/")


def test_the_language_follows_the_person_to_another_browser(house: House) -> None:
    visitor = house.logged_in("mei")
    visitor.post("/preferences", {"csrf": csrf_in(visitor.page("/queue")), "locale": "zh"})
    assert '<html lang="zh"' in house.logged_in("mei").page("/queue")


@pytest.mark.parametrize(
    ("cookie", "header", "expected"),
    [
        (None, "zh-CN,zh;q=0.9,en;q=0.8", Preferences("zh")),
        (None, "de,fr;q=0.5", Preferences("en")),
        ("zh-dark-off", "en", Preferences("zh", "dark", blur=False)),
        ("xx-neon-maybe", "en", Preferences("en")),
        ("nonsense", "", Preferences("en")),
    ],
)
def test_preferences_come_from_the_cookie_then_the_browser(cookie: str | None, header: str, expected: object) -> None:
    assert expected == read(cookie, header)


def test_harsh_text_is_blurred_until_asked_for_and_the_choice_is_remembered(house: House) -> None:
    house.comment("你这个蠢货")
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    assert 'class="comment blurred"' in page
    visitor.post("/preferences", {"csrf": csrf_in(page), "blur": "off"})
    assert 'class="comment blurred"' not in visitor.page("/work")


def test_plain_advertising_is_not_blurred(house: House) -> None:
    assert () == harsh(house.parts.taxonomy, house.engine.judge(Comment("加微信")), "en")


def test_only_abuse_hate_and_sexual_are_harsh(house: House) -> None:
    found = {text: harsh(house.parts.taxonomy, house.engine.judge(Comment(text)), "en") for text in SCORES}
    assert {"约吗": ("Sexual",), "蠢货": ("Abuse",)} == {text: named for text, named in found.items() if named}


def test_blurred_text_says_for_which_label_where_the_headline_is_another(house: House) -> None:
    stored = house.comment("加微信，约吗")
    visitor = house.logged_in("mei")
    for page in (visitor.page("/work"), visitor.page(f"/decisions/{stored.decision_id}")):
        assert "Blurred: suspected of Sexual." in page


def test_a_harsh_label_that_is_not_suspected_blurs_nothing(house: House) -> None:
    house.comment("下注")
    page = house.logged_in("mei").page("/work")
    assert 'class="comment"' in page
    assert "Blurred:" not in page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "下注",
            "This comment looks like an offer of gambling: the model gives 81\u202f%; "
            "from 40\u202f% on a person looks.",
        ),
        ("回血", "Offers to win losses back: the rule gambling-recover found it."),
    ],
)
def test_why_it_is_here_is_one_sentence(house: House, text: str, sentence: str) -> None:
    stored = house.comment(text)
    with house.database.reading() as look:
        decision = decisions.get(look, stored.decision_id).decision
    assert sentence == why(words_in("en"), house.case(stored.case_id), decision)


def test_feedback_says_that_the_platform_doubts(house: House) -> None:
    stored = house.comment("晚上好")
    with house.database.unit() as unit:
        doubt = Doubt(verdict="false_negative", labels=(), note=None, sender="key")
        given = give_feedback(unit, house.parts.taxonomy.names, stored.decision_id, doubt, now=house.clock())
        unit.commit()
    decision = house.engine.judge(Comment("晚上好"))
    assert words_in("zh")("why.feedback") == why(words_in("zh"), house.case(given.case_id), decision)


def test_a_disguise_is_read_out_and_plain_text_is_not() -> None:
    assert "加微信" == read_as("加\u200b微\u200b信")
    assert None is read_as("Plain Text，加微信！")


def test_every_label_has_a_line_in_order_with_its_key(house: House) -> None:
    found = lines(house.parts.taxonomy, house.engine.judge(Comment("下注")))
    assert house.parts.taxonomy.names == tuple(line.label.name for line in found)
    assert ("2", True) == (found[1].key, found[1].suspected)


@pytest.mark.parametrize(
    ("scorer", "said"),
    [(BrokenScorer(), "work.scores_missing"), (NoneScorer(load_taxonomy()), "work.scores_no_model")],
    ids=["broken", "none"],
)
def test_where_there_are_no_figures_the_pages_say_why(house: House, scorer: Scorer, said: str) -> None:
    house.engine = replace(house.engine, scorer=scorer)
    stored = house.comment("下注", surface="news", policy="cn")
    visitor = house.logged_in("mei")
    for page in (visitor.page("/work"), visitor.page(f"/decisions/{stored.decision_id}")):
        assert words_in("en")(said) in page
        assert '<td class="bar">' not in page


def test_the_queue_counts_by_queue_and_label(house: House) -> None:
    for text, surface in (("下注", "forum"), ("加微信", "forum"), ("加微信", "live")):
        house.comment(text, surface=surface)
    page = house.logged_in("mei").page("/queue")
    rows = re.findall(r'<tr><th scope="row">(\w+)</th>.*?</tr>', page)
    assert ["forum", "live", "Advertising", "Gambling", "zh"] == rows
    assert "<dt>Waiting</dt><dd>3</dd>" in page


def test_the_queue_counts_what_was_decided_and_overturned(house: House) -> None:
    house.comment("下注")
    house.comment("加微信")
    visitor = house.logged_in("mei")
    visitor.decide("approve")
    visitor.decide("reject", labels="advertising")
    page = visitor.page("/queue")
    assert "<dd>2</dd></div>" in page
    assert "of them overturned the machine</dt><dd>1</dd>" in page


def test_who_only_looks_is_offered_no_work(house: House) -> None:
    house.comment("下注")
    visitor = house.logged_in("ines", "inspector")
    assert "/console/work" not in visitor.page("/queue")
    assert "/console/inspections" == visitor.get("/").headers["location"]
    assert "/console/queue" == house.logged_in("dan", "data_scientist").get("/").headers["location"]


def test_bars_are_as_long_as_their_counts() -> None:
    drawn = bars([Line("a", (4,), 4, timedelta(0)), Line("b", (1,), 1, timedelta(0))]).bars
    assert drawn[0].width == 4 * drawn[1].width


def test_a_decision_shows_versions_reasons_and_verdicts(house: House) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in("mei")
    visitor.decide("approve", note="对")
    page = visitor.page(f"/decisions/{stored.decision_id}")
    assert all(part in page for part in ("default@2", "platform-rules:gambling", "overturned the machine", "对", "mei"))


def test_a_decision_shows_the_text_that_it_judged(house: House) -> None:
    first = house.comment("下注", id="c-1")
    house.comment("第二版加微信", id="c-1")
    page = house.logged_in("mei").page(f"/decisions/{first.decision_id}")
    assert "<mark>下注</mark>" in page
    assert "第二版" not in page


def _is_of_one(key: str, sentences: Mapping[str, str]) -> bool:
    """English has one comment and two comments; Chinese counts without."""
    return key.endswith("_1") and key.removesuffix("_1") in sentences


def test_a_reject_has_one_name_in_chinese() -> None:
    """What rules, models, assessments and agreements come to is no verdict, and has names of its own."""
    told = words_in("zh").sentences
    rooms = (
        "work.",
        "said.",
        "conflict.",
        "verdict.",
        "author.",
        "past.",
        "bulk.",
        "group.",
        "deciding.",
        "gold.",
        "help.",
    )
    others = ("驳回", "未通过", "不通过", "否决")
    assert [] == [key for key, said in told.items() if key.startswith(rooms) and any(one in said for one in others)]


def test_one_is_not_said_as_many() -> None:
    en = words_in("en")
    assert ("1 comment", "2 comments") == (en("author.comments", n=1), en("author.comments", n=2))
    assert "1 条评论" == words_in("zh")("author.comments", n=1)


def test_both_languages_have_the_same_keys_and_fields() -> None:
    zh, en = words_in("zh").sentences, words_in("en").sentences
    assert list(zh) == [key for key in en if not _is_of_one(key, en)]
    fields = re.compile(r"{(\w+)}")
    assert [] == [key for key in zh if sorted(fields.findall(zh[key])) != sorted(fields.findall(en[key]))]


def test_every_sentence_is_used() -> None:
    """Keys made of a group and a name (`role.lead`) are used through their group."""
    room = FOLDER.parent
    sources = "".join(path.read_text("utf-8") for kind in ("*.py", "*.html") for path in room.rglob(kind))
    groups = ["role", "time", "queue_name", "state", "outcome", "source", "verdict", "version", "help", "measure"]
    groups += ["skip", "confidence", "search_decided", "search_state", "model_role", "model_move"]
    groups += ["rule_state", "rule_way", "list_kind", "list_action", "list_fault", "approval_kind", "approval_state"]
    groups += ["emergency_effect", "emergency_fault", "inspection_state", "inspection_fault", "given", "measure_fault"]
    groups += ["not_another", "settled", "settled_how"]
    groups += ["rushed_title", "rushed_why", "rushed_ends", "rushed_short", "rushed_past"]
    groups += ["passed", "odd", "measured_already", "approval_not", "gate_check", "gate_axis", "gate_note", "hindrance"]
    groups += ["ledger_kind", "ledger_actor", "ledger_subject", "complaint_source", "asked_outcome", "language_name"]
    groups += ["comment_kind", "nature", "seer", "reason_code", "thread_measure"]
    groups += ["turned_how", "source_name", "look_kind", "look_page"]
    groups += ["lifted", "shown", "attachment_kind", "looked", "own_done", "trial_lack"]
    groups += ["menu", "severity", "incident_state", "item_state", "assessment_state"]
    groups += [
        "flagger_source",
        "flagger_state",
        "flagger_fault",
        "reporter_kind",
        "reporter_measure",
        "reporter_fault",
        "words_gone",
    ]
    groups += ["ledger_reason", "hold_kind", "hold_state", "hold_fault", "assess_kind", "assessment_fault"]
    whole = (
        *(f"{group}." for group in groups),
        "page.theme_",
        "page.blur_",
        "work.level_",
        "shadow.axis_",
        "measures.state_",
        "measures.of_",
        "accounts.done_",
        "vouching.same_",
        *(f"staffing.{part}_" for part in ("paid", "on", "made")),
        *(f"webhooks.{part}_" for part in ("is", "delivery", "overlap")),
        *(f"approvals.{kind}" for kind in TargetKind),
    )
    dynamic = (*whole, *(f"why.{why}" for why in Why))
    every = words_in("en").sentences
    unused = [
        key
        for key in (one for one in every if not _is_of_one(one, every))
        if not key.startswith(dynamic) and f"'{key}'" not in sources and f'"{key}"' not in sources
    ]
    menu = ("work", "queue", "mine", "rules", "lists", "approvals", "shadow", "quality")
    menu += (
        "search",
        "staffing",
        "lead",
        "models",
        "accounts",
        "live",
        "emergencies",
        "inspections",
        "incidents",
        "neutrality",
        *("ledger", "duties", "transparency", "retention", "looks"),
    )
    assert [] == [key for key in unused if key not in [f"page.{name}" for name in menu]]


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.0, "0\u202f%"), (0.004, "< 1\u202f%"), (0.5, "50\u202f%"), (0.999, "> 99\u202f%"), (1.0, "100\u202f%")],
)
def test_a_share_is_never_rounded_to_nothing_or_everything(share: float, shown: str) -> None:
    assert shown == percent(share)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(5, "5 s"), (125, "2 min"), (7300, "2 h"), (200_000, "2 d"), (-3, "0 s")]
)
def test_a_length_of_time_is_told_in_its_largest_unit(seconds: int, shown: str) -> None:
    assert shown == words_in("en").span_of(timedelta(seconds=seconds))


def test_a_page_with_all_it_needs_is_small(house: House) -> None:
    house.comment("下\u200b注" * 3000, parent_text="x" * 10_000)
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    needed = re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page)
    assert 4 <= len(set(needed))
    sizes = [int(visitor.client.get(address).headers["content-length"]) for address in set(needed)]
    assert 150_000 > len(page.encode()) + sum(sizes)


HEAVY = ["看片\u202e日结\u200b三百", "'<&\u202e>\u200b\"", "😀\u202e🀄\u200b"]


@pytest.mark.parametrize("unit", HEAVY)
def test_the_longest_text_with_hidden_characters_and_one_like_it_ahead_make_no_heavy_page(
    house: House, unit: str
) -> None:
    """Ten thousand characters, every second run hidden: a legal comment made a page of 272,073 bytes."""
    for number in range(8):
        house.comment((unit * 5000)[:9990] + f"回血{number}", author=f"a{number}", parent_text=(unit * 5000)[:10_000])
    visitor = house.logged_in("mei")
    page = visitor.page("/work")
    needed = set(re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page))
    sizes = [int(visitor.client.get(address).headers["content-length"]) for address in needed]
    assert 150_000 > len(page.encode()) + sum(sizes)
    assert re.search(r"And [\d,]+ more of them, each shown as ▯", page)
    assert "<mark>回血</mark>" in page, "the text itself is whole"


def test_files_are_sent_compressed_and_pages_that_hold_secrets_beside_words_of_their_address_are_not(
    house: House,
) -> None:
    visitor = house.logged_in("mei")
    page = visitor.get("/search?q=csrf", headers={"accept-encoding": "gzip"})
    needed = set(re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page.text))
    assert "content-encoding" not in page.headers
    files = [visitor.client.get(each, headers={"accept-encoding": "gzip"}) for each in needed]
    assert {"gzip"} == {each.headers["content-encoding"] for each in files}


def test_every_script_stands_after_those_whose_parts_it_takes(house: House) -> None:
    page = house.logged_in("mei").page("/work")
    given: set[str] = set()
    for name in re.findall(r"/static/(\w+\.js)\?", page):
        script = (FOLDER.parent / "static" / name).read_text("utf-8")
        taken = re.findall(r"const \{ ([^}]+) \} = chaffinch", script)
        assert [] == [part for parts in taken for part in parts.split(", ") if part not in given], name
        for parts in re.findall(r"(?:assign\(chaffinch, |return )\{ ([^}]+) \}", script):
            given.update(parts.split(", "))
        assert 200 >= script.count("\n"), name
    assert {"say", "tooEarly", "isUnderWay"} <= given


def test_pages_ask_nothing_of_other_hosts_and_run_nothing_inline(house: House) -> None:
    house.comment("下注")
    visitor = house.logged_in("mei")
    asked = house.asked()
    rules = ("/rules", "/rules/ads.one", "/lists", "/approvals", f"/approvals/{asked.id}")
    for path in ("/work", "/queue", "/help", "/login", *rules):
        page = visitor.client.get(f"/console{path}").text
        assert [] == re.findall(r'(?:src|href|action)="(?:https?:)?//', page)
        assert [] == re.findall(r'<script(?![^>]* src=)|\sstyle=|<style|\son\w+="', page)


def test_the_throttle_forgets_the_oldest_beyond_its_memory(monkeypatch: pytest.MonkeyPatch, house: House) -> None:
    monkeypatch.setattr("console.throttle.MAX_TRACKED", 3)
    throttle = Throttle(Limits(pair=1, address=100, name=100))
    throttle.take("mei", "1", house.clock())
    throttle.take("wei", "2", house.clock())
    assert 0 == throttle.take("mei", "1", house.clock()).wait
    assert 0 < throttle.take("mei", "1", house.clock()).wait


def test_the_throttle_starts_anew_after_a_log_in(house: House) -> None:
    throttle = Throttle(Limits(pair=2, address=100, name=100))
    throttle.take("mei", "1", house.clock())
    throttle.succeeded(throttle.take("mei", "1", house.clock()))
    throttle.take("mei", "1", house.clock())
    assert 0 == throttle.take("mei", "1", house.clock()).wait


def test_an_error_of_the_program_is_a_page_without_a_trace(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr("records.overview.waiting", fails)
    house.person("mei")
    visitor = Visitor(house.visitor(raise_server_exceptions=False).client)
    visitor.log_in("mei")
    answer = visitor.get("/queue")
    assert 500 == answer.status_code
    assert "Something broke" in answer.text
    assert "secret detail" not in answer.text
    other = visitor.get("/nowhere")
    assert 404 == other.status_code
    assert {name: other.headers[name] for name in SECURITY} == {name: answer.headers[name] for name in SECURITY}
    assert re.findall(r"<link[^>]*>|<script[^>]*>", other.text) == re.findall(r"<link[^>]*>|<script[^>]*>", answer.text)
    by_key = visitor.get("/queue", headers={"hx-request": "true"})
    assert SECURITY["content-security-policy"] == by_key.headers["content-security-policy"]
    moves = {"hx-push-url", "hx-replace-url", "hx-redirect", "hx-location"} & set(by_key.headers)
    assert (500, set()) == (by_key.status_code, moves), "the address bar says where it was"


def test_a_busy_database_is_said_as_such(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise PartUnavailableError("database", "busy")

    visitor = house.logged_in("mei")
    monkeypatch.setattr("records.overview.waiting", fails)
    assert 503 == visitor.get("/queue").status_code


def test_every_column_of_every_table_has_a_name() -> None:
    templates = Path(routes.__file__).parent / "templates"
    nameless = [
        page.name for page in templates.rglob("*.html") if re.search(r"<th[^>]*>\s*</th>", page.read_text("utf-8"))
    ]
    assert [] == nameless


@pytest.mark.parametrize(
    ("name", "role", "place"),
    [("lea", "lead", "/lead"), ("ada", "admin", "/lead"), ("sun", "senior", "/work"), ("mei", "moderator", "/work")],
)
def test_who_leads_comes_home_to_the_house_and_takes_no_case_by_looking(
    house: House, name: str, role: str, place: str
) -> None:
    stored = house.comment("下注")
    visitor = house.logged_in(name, role)
    assert f"/console{place}" == visitor.get("/").headers["location"]
    assert 200 == visitor.client.get("/console/").status_code
    assert (place == "/work") is (house.case(stored.case_id).lease_owner is not None)


def test_every_form_with_a_note_is_sent_by_ctrl_enter() -> None:
    """`data-submits` is what the key presses; public pages have no script."""
    pages = (FOLDER.parent / "templates").glob("*.html")
    forms = [
        (page.name, form) for page in pages for form in re.findall(r"<form.*?</form>", page.read_text("utf-8"), re.S)
    ]
    written = [(name, form) for name, form in forms if re.search(r"<textarea(?![^>]* hidden)", form)]
    assert 7 < len(written)
    assert [] == [name for name, form in written if "data-submits" not in form]
