"""The reference page of config files, as the code has them: `python -m tests.config_reference` writes it anew."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from chaffinch import watch_config as watching
from data import config as build
from data import recipes
from eval import gate_config as gates
from eval.neutrality import NeutralityLimits
from eval.thresholds import ThresholdPolicy
from governance import complaint_rules as public
from governance import dsa, law, notices, queue_rules
from governance import duties as profiles
from serving.dropins import configs as dropins
from serving.shadow_settings import ShadowSettings
from training import settings as training

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "configs.md"
INTRODUCTION: Final = """# Config files

TOML, every mistake told at once with its line. Written out of the code by
`python -m tests.config_reference`: change it there.

Another encoder is one line in a training config:

    [encoder]
    enabled = true
    base = "some/encoder-by-its-public-name"    # or a folder; without the line, the packaged one
    hub = true                                  # whether a hub may be asked for it
"""

Tables = Mapping[str, type[BaseModel]]
PAGES: Final[Mapping[str, Tables]] = {
    "Training, `configs/training/*.toml`": {
        "top level": training.TrainingSettings, "[features]": training.Features, "[learning]": training.Learning,
        "[disguises]": training.DisguiseSettings, "[calibration]": training.CalibrationSettings,
        "[thresholds]": ThresholdPolicy, "[encoder]": training.EncoderSettings,
    },
    "Data sets, `configs/data/*.toml`": {
        "top level": build.BuildConfig, "[split]": build.Fractions, "[duplicates]": build.Duplicate,
        "[grammars]": build.GrammarUse, "[[sources]]": build.SourceUse,
    },
    "Gates, `configs/gates/*.toml`": {
        "top level": gates.GateConfig, "[[exam]]": gates.Exam, "[coverage]": gates.Coverage,
        "[falls]": gates.Falls, "[floors]": gates.Floors, "[limits]": gates.Limits,
        "[limits.label]": gates.LabelLimits, "[limits.all], .language, .source, .length, .surface": gates.ScoredLimits,
        "[limits.kind], .disguise": gates.SliceLimits, "[disguises]": gates.Disguises, "[budget]": gates.Budget,
        "[budget.latency]": gates.Latency, "[leaks]": gates.Leaks, "[neutrality]": NeutralityLimits,
    },
    "Watching, `configs/watch.toml`": {
        "top level": watching.WatchConfig, "[limits]": watching.Limits, "[least]": watching.Least,
        "[train]": watching.Training,
    },
    "Complaints and appeals, `configs/complaints.toml`": {
        "top level": public.ComplaintRules, "[kinds.NAME]": public.ComplaintKind,
        "[flaggers], .under": public.FlaggerRules,
        "[complaints]": public.ComplaintTimes, "[appeals]": public.AppealTimes,
        "[contests]": public.ContestTimes, "[reporters]": public.ReporterRules,
        "[floods]": public.FloodRules, "[limits]": public.PublicLimits, "[answers.NAME]": public.AnswerTemplate,
    },
    "Queues, `configs/queues.toml`": {
        "top level": queue_rules.QueueRules, "[promises]": queue_rules.PromiseTimes,
        "[queues.NAME]": queue_rules.QueueRule, "[skills.NAME]": queue_rules.SkillRule,
        "[groups]": queue_rules.GroupRules, "[harm], .labels, .grounds, .rules": queue_rules.HarmRule,
    },
    "Words to authors, `configs/notices.toml`": {
        "top level": notices.Notices, "[labels.NAME], [grounds.NAME], [reasons.CODE], [otherwise]": notices.Notice,
        "[measures]": notices.Done, "[frame]": notices.Frame,
    },
    "Books of law, `configs/law.toml`": {"[NAME]": law.Book},
    "Statements of reasons, `configs/dsa.toml`": {
        "top level": dsa.Dsa, "[labels.NAME], [grounds.NAME], [otherwise]": dsa.Category, "[published]": dsa.Published,
    },
    "Legal profiles, `configs/profiles/*.toml`": {"top level": profiles.Profile, "[neutrality]": profiles.LeastAudit,
                                                "[[duties]]": profiles.DutyText},
    "The shadow, `configs/shadow.toml`": {"top level": ShadowSettings},
    "Drop-ins, `configs/dropins/*.toml`": {
        "perspective.toml": dropins.PerspectiveConfig, "[attributes.NAME]": dropins.Attribute,
        "openai.toml": dropins.OpenAIConfig, "akismet.toml": dropins.AkismetConfig,
    },
    "Source recipes, `configs/sources/*.toml`": {
        "top level": recipes.Recipe, "[read]": recipes.Read, "[labels]": recipes.Labels,
        "[labels.values], .files, .every: `ok`, `skip`, or a table": recipes.Outcome,
        "[labels.votes.LABEL]": recipes.Votes,
        "[split]": recipes.SplitRule, "[cleaning]": recipes.Cleaning, "[agreement.LABEL]": recipes.Agreement,
    },
}  # fmt: skip


def rendered() -> str:
    """The page."""
    return "\n".join([INTRODUCTION, *(line for title, tables in PAGES.items() for line in _page(title, tables))])


def _page(title: str, tables: Tables) -> Iterator[str]:
    yield f"## {title}\n"
    for place, model in tables.items():
        yield f"### {place}\n\n{_one_line(inspect.getdoc(model) or '')}\n"
        yield "| field | is | default | means |\n|---|---|---|---|"
        told = means(model)
        for name, field in model.model_fields.items():
            kind = ", ".join((f"`{_kind(model, name)}`", *_limits(field)))
            yield f"| `{name}` | {_escaped(kind)} | {_escaped(_default(field))} | {_escaped(told.get(name, ''))} |"
        yield ""


def means(model: type[BaseModel]) -> dict[str, str]:
    """What stands below each field, also those that are inherited."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each.__module__.split(".")[0] in (
            "chaffinch",
            "data",
            "eval",
            "governance",
            "serving",
            "training",
        ):
            found |= _below_fields(each)
    return found


def _below_fields(model: type[BaseModel]) -> dict[str, str]:
    body = _class(model).body
    return {
        field.target.id: _one_line(inspect.cleandoc(text))
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(text := below.value.value, str)
    }


def _class(model: type[BaseModel]) -> ast.ClassDef:
    (found,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(found, ast.ClassDef)
    return found


def _kind(model: type[BaseModel], name: str) -> str:
    """The annotation as it is written."""
    for each in model.__mro__:
        if issubclass(each, BaseModel) and name in each.__annotations__:
            return str(each.__annotations__[name])
    raise AssertionError(f"{model.__name__} has no field '{name}'")


def _limits(field: FieldInfo) -> Iterator[str]:
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "min_length": "length ≥", "max_length": "length ≤"}
    for each in field.metadata:
        for name, sign in signs.items():
            if (limit := getattr(each, name, None)) is not None:
                yield f"{sign} {limit}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.default
    if value is None:
        return "unset"
    if value is PydanticUndefined or isinstance(value, BaseModel) or value in ("", ()):
        return "none" if not isinstance(value, BaseModel) else "those below"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
