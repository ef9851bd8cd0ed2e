"""What the words of other services are here: `configs/dropins/*.toml`, checked when the server starts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints, model_validator

from moderation.decision import Outcome
from moderation.errors import ConfigError, Fault
from moderation.policy import DEFAULT, Policy, When
from moderation.taxonomy import Taxonomy
from moderation.toml import StrictModel, parse_file

PERSPECTIVE, OPENAI, AKISMET = "perspective.toml", "openai.toml", "akismet.toml"
SUMMARY = "The drop-in endpoints cannot be used; mend these and start again, or remove the file."

AttributeName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]{1,39}$")]
Told = Annotated[str, Field(min_length=1)]
Labels = Annotated[tuple[str, ...], Field(min_length=1)]


class DropIn(StrictModel):
    """What every file says: requests of other services name no policy and no surface."""

    policy: str = ""
    """The policy that decides; empty: the house's (`CHAFFINCH_POLICY`)."""
    surface: str = "forum"
    """The surface of that policy that comments stand on."""


class Attribute(StrictModel):
    """What a Perspective attribute is here: one of the two."""

    labels: tuple[str, ...] = ()
    """Its score is the largest of these labels'."""
    kind: str | None = None
    """A kind of a label, such as `abuse.insult`: refused until a model gives measured scores for kinds."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Attribute:
        if bool(self.labels) == (self.kind is not None):
            msg = "give either 'labels' or 'kind'"
            raise ValueError(msg)
        return self


class PerspectiveConfig(DropIn):
    """`configs/dropins/perspective.toml`."""

    languages: tuple[str, ...] = Field(min_length=1)
    """ISO 639-1 codes that a request may name; one that names others alone is refused."""
    lenient: bool = False
    """Whether attributes that nothing backs are left out of the answer, and named in the header X-Chaffinch-Left-Out.

    Else a request for one is refused whole. One for nothing else is refused either way.
    """
    attributes: dict[AttributeName, Attribute]
    """What each attribute is here."""
    unbacked: dict[AttributeName, Told] = Field(default_factory=dict)
    """Attributes that clients know and nothing backs, with the words in which they are refused."""


class OpenAIConfig(DropIn):
    """`configs/dropins/openai.toml`."""

    store: bool = True
    """Whether what is judged is stored, as `options.store` of `/v1/score`."""
    flagged_from: Literal["review", "block"] = "review"
    """The mildest outcome that is flagged. On a surface reviewed before publication a review always is."""
    models: tuple[str, ...] = Field(min_length=1)
    """Names that a request may give as `model`."""
    categories: dict[str, Labels]
    """The labels behind each category; its score is the largest of theirs."""

    @property
    def outcome(self) -> Outcome:
        """`flagged_from` as the core names it."""
        return Outcome(self.flagged_from)


class AkismetConfig(DropIn):
    """`configs/dropins/akismet.toml`."""

    store: bool = True
    """Whether what is judged is stored; a request with `is_test` never is."""
    discard: tuple[str, ...] = ()
    """Measures of a block that are answered with `X-akismet-pro-tip: discard`."""
    guaranteed_spam: tuple[str, ...] = ()
    """Author names and e-mail addresses of tests: answered `true`, neither judged nor stored."""
    spam: Labels
    """What `submit-spam` suspects a comment of, first things first."""


@dataclass(frozen=True, slots=True)
class DropIns:
    """The drop-ins that are served; None where there is no file, or the house's policy cannot be kept by it.

    `left_out` says of the latter why, and what to do.
    """

    perspective: PerspectiveConfig | None = None
    openai: OpenAIConfig | None = None
    akismet: AkismetConfig | None = None
    left_out: tuple[str, ...] = ()


Config = TypeVar("Config", bound=DropIn)


def load_dropins(
    folder: Path, taxonomy: Taxonomy, policies: Mapping[str, Policy], *, standing: str = DEFAULT
) -> DropIns:
    """The files that are there. Raises `ConfigError` with every fault of every file.

    `standing` is the house's policy, which decides where a file names none.
    """
    faults: list[Fault] = []
    left_out: list[str] = []

    def read(name: str, schema: type[Config]) -> Config | None:
        if not (folder / name).is_file():
            return None
        try:
            config = parse_file(schema, folder / name)
        except ConfigError as error:
            faults.extend(error.faults)
            return None
        is_named, config = bool(config.policy), config.model_copy(update={"policy": config.policy or standing})
        if not is_named and _has_to_know(config, policies):
            left_out.append(f"{name}: {_UNKEPT.format(policy=standing)}")
            return None
        faults.extend(Fault(f"{name}: {fault.where}", fault.detail) for fault in _mistakes(config, taxonomy, policies))
        return config

    found = DropIns(
        read(PERSPECTIVE, PerspectiveConfig), read(OPENAI, OpenAIConfig), read(AKISMET, AkismetConfig), tuple(left_out)
    )  # fmt: skip
    if faults:
        raise ConfigError(SUMMARY, faults)
    return found


_UNKEPT = (
    "not served, since the policy '{policy}' holds here and needs to know whether the author is verified, which these "
    "requests cannot say; to serve it, name another policy in this file"
)


def _has_to_know(config: DropIn, policies: Mapping[str, Policy]) -> bool:
    policy = policies.get(config.policy)
    return policy is not None and policy.require_verified


def _mistakes(config: DropIn, taxonomy: Taxonomy, policies: Mapping[str, Policy]) -> Iterator[Fault]:
    yield from _of_policy(config, policies)
    for where, labels in _labels(config):
        for name in labels:
            if name not in taxonomy.names:
                yield Fault(where, f"there is no label '{name}'; {taxonomy.hint(name)}")
    if isinstance(config, PerspectiveConfig):
        yield from _of_surface(config, policies)
        yield from _of_attributes(config, {kind for label in taxonomy.labels for kind in label.kinds})


def _of_policy(config: DropIn, policies: Mapping[str, Policy]) -> Iterator[Fault]:
    policy = policies.get(config.policy)
    if policy is None:
        yield Fault("policy", f"there is no policy '{config.policy}'; known policies: {', '.join(sorted(policies))}")
    elif policy.require_verified:
        told = f"'{config.policy}' needs to know whether the author is verified, which these requests cannot say"
        yield Fault("policy", told)
    elif config.surface not in policy.surfaces:
        known = ", ".join(policy.surfaces)
        yield Fault("surface", f"policy '{config.policy}' has no surface '{config.surface}'; it has: {known}")


def _of_surface(config: PerspectiveConfig, policies: Mapping[str, Policy]) -> Iterator[Fault]:
    policy = policies.get(config.policy)
    if policy is not None and policy.surface(config.surface).review is When.PRE:
        told = (
            f"'{config.surface}' is reviewed before publication, and a score holds nothing; such comments ask /v1/score"
        )
        yield Fault("surface", told)


def _labels(config: DropIn) -> Iterable[tuple[str, tuple[str, ...]]]:
    match config:
        case PerspectiveConfig():
            return [(f"attributes.{name}.labels", found.labels) for name, found in config.attributes.items()]
        case OpenAIConfig():
            return [(f"categories.{name}", labels) for name, labels in config.categories.items()]
        case AkismetConfig():
            return [("spam", config.spam)]
    return ()


def _of_attributes(config: PerspectiveConfig, kinds: Collection[str]) -> Iterator[Fault]:
    for name, attribute in config.attributes.items():
        if attribute.kind is not None and attribute.kind not in kinds:
            known = ", ".join(sorted(kinds))
            yield Fault(f"attributes.{name}.kind", f"there is no kind '{attribute.kind}'; known kinds: {known}")
        if name in config.unbacked:
            yield Fault(f"unbacked.{name}", "stands under [attributes] too; keep one of them")
