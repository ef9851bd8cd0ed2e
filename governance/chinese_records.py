"""A decision as the Chinese record that the Provisions ask to be kept, in words that a reader of Chinese expects.

As every rendering (`statements.py`) it quotes nothing and names nobody: it points at the decision.
"""

from __future__ import annotations

from typing import Any

from governance import carried_out, found_in, in_chinese, minding
from governance.account_notices import reason_in
from governance.carried_out import Who
from governance.in_chinese import beijing
from governance.measures import Measure
from governance.statements import Words, codes_of, grounds_of, machine_found, measures_of, redress_of
from moderation.decision import Outcome
from moderation.lists import code_of
from moderation.refused import refusals
from records.acted import ActedOn
from records.standing_values import MeasureRecord, MeasureState


def chinese_record(acted: ActedOn, words: Words) -> dict[str, Any]:
    """The record that the Provisions ask to be kept (2017, article 8), in Chinese, without text or pseudonym.

    The comment is named by the platform's number, the account by ours, under which the ledger has it. A comment that
    stands has no reason and no ground, and only one that does not is appealed.
    """
    versions, stands = acted.decision.versions, acted.outcome is Outcome.PASS
    codes = () if stands or minding.is_word_of(acted) else codes_of(acted)
    titles = [title_in_chinese(acted, code, words) + found_in.in_the_record(acted, code) for code in codes]
    until = words.complaints.appeals.until(acted.decided_at, acted.decision.versions.policy)
    ground = in_chinese.ground(grounds_of(acted, words), versions.policy.partition("@")[0], redress_of(words))
    behind = () if stands else (acted.placed, acted.held)
    measures = [each for each in (acted.taken, *behind) if each is not None]
    reasons = [*(reason_in(each, "zh") for each in measures), *titles]
    return {
        "处置编号": acted.decision_id,
        "评论编号": acted.external_id or "平台未提供",
        "账号编号": acted.author_id or _unnumbered(acted),
        "处置时间": beijing(acted.decided_at),
        "提交时间": beijing(acted.posted_at),
        "发布时间": _published(acted),
        "版面": in_chinese.said(acted.surface),
        "处置措施": [getattr(words.notices.measures, one).zh for one in measures_of(acted)] or ["未作处置"],
        "账号处置": _on_account(acted, stands=stands) or ["未作处置"],
        "主题处置": _on_thread(acted) if not stands else ["未作处置"],
        "处置理由": list(dict.fromkeys(reasons)),
        "处置依据": "未作处置" if stands else ground,
        "作出方式": _MADE_BY[carried_out.who_acted(acted, codes)],
        "发现方式": _found(acted),
        "名单处置": _listed(acted, stands=stands) or ["无"],
        "名单放行": in_chinese.allowed(acted.decision.allowed) or ["无"],
        "模型": f"{versions.model} {versions.model_version}",
        "规则版本": versions.ruleset,
        "策略版本": versions.policy,
        "申诉期限": beijing(until) if acted.outcome is Outcome.BLOCK else "未作处置，无需申诉",
        "申诉": _appeal(acted),
    }


def _on_account(acted: ActedOn, *, stands: bool) -> list[str]:
    """Measures on its account: what it was refused by, and what was taken for it."""
    held = [acted.held] if acted.held and not stands else []
    caused = [each for each in acted.caused if each.starts_at is not None and each not in held]
    return [_of_account(each) for each in (*held, *caused)]


def _on_thread(acted: ActedOn) -> list[str]:
    """What holds its thread, by a measure or by an emergency."""
    told = [carried_out.thread_in_the_record(acted.placed)] if acted.placed else []
    told += [carried_out.emergency_in_the_record(acted.emergency)] if acted.emergency else []
    return told or ["未作处置"]


def _listed(acted: ActedOn, *, stands: bool) -> list[str]:
    """Entries of lists by which it was held or stopped: about its account, or about what it shows."""
    entries = () if stands else (*((acted.listed,) if acted.listed else ()), *acted.shows)
    return [carried_out.entry_in_the_record(each) for each in entries]


def _of_account(made: MeasureRecord) -> str:
    """A measure on the account for this comment: what, under which number, since when, and whether it holds."""
    began = f"{in_chinese.said(made.measure)}（编号 {made.id}，{beijing(made.starts_at or made.created_at)}起"
    if made.state is MeasureState.IN_FORCE:
        return f"{began}，{f'至{beijing(made.ends_at)}' if made.ends_at else '无期限'}）"
    return f"{began}，{in_chinese.said(made.told_state)}）"


def _unnumbered(acted: ActedOn) -> str:
    """An account has a number of ours once something was stated of it; its pseudonym is kept encrypted until then."""
    return "平台已提供（加密保存），未建账号档案" if acted.is_named else "平台未提供，或已删除"


def _published(acted: ActedOn) -> str:
    """When the comment could be seen for the first time: platforms show what passes and hold what waits."""
    if acted.decision.outcome is Outcome.PASS:
        return beijing(acted.posted_at)
    is_let_in = acted.outcome is Outcome.PASS or measures_of(acted) == (Measure.WARN.value,)
    return beijing(acted.decided_at) if is_let_in else "未发布"


def title_in_chinese(acted: ActedOn, code: str, words: Words) -> str:
    """What a code says, in Chinese: its title, or of a reason that no label carries what its author reads."""
    if words.taxonomy.find(code) is not None:
        return words.taxonomy.title(code, "zh")
    said = next((each.message.get("zh") for each in acted.decision.reasons if code_of(each) == code), None)
    return said or words.notices.of(code).text.zh


_MADE_BY = {
    Who.THREAD: "审核员对主题作出，系统据此执行", Who.ACCOUNT: "审核员对账号作出，系统据此执行",
    Who.LIST: "审核员将账号列入名单，系统据此执行", Who.ENTRY: "审核员列入名单，系统据此执行",
    Who.EMERGENCY: "工作人员启动应急措施，系统据此执行", Who.OPERATOR: "账号运营者", Who.PERSON: "审核员",
    Who.BOTH: "系统自动", Who.MACHINE: "系统自动",
}  # fmt: skip


def _found(acted: ActedOn) -> str:
    """Who noticed it; of a comment that passed and stands, that nothing was found."""
    if acted.reported:
        return "公众举报"
    if machine_found(acted):
        return "系统比对名单" if carried_out.found_by_entries(acted) else "系统识别"
    if acted.by_person:
        return "人工巡查"
    if refusals(acted.decision):
        return "系统自动（账号或版面状态）"
    is_spared = acted.decision.allowed is not None and acted.decision.allowed.spared
    return "系统自动审核，经名单条目放行" if is_spared else "系统自动审核，未发现违规"


def _appeal(acted: ActedOn) -> str:
    if not acted.appealed:
        return "未申诉"
    return {None: "处理中", "upheld": "维持", "overturned": "改判", "changed": "内容已修改", "gone": "内容已删除"}[
        acted.appeal
    ]
