"""What the serving benchmarks share: comments, an engine, a server's parts. Run by itself it does nothing."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from chaffinch.settings import Settings, load_settings
from chaffinch.wiring import load_engine, taxonomy_of
from moderation.errors import ChaffinchError
from moderation.normaliser import VERSION as NORMALISER
from moderation.pipeline import Engine
from moderation.ports import Thresholds
from registry.bundle import Bundle, FeatureRecord, Linear, Manifest
from registry.calibration import Calibration
from registry.ngrams import NgramSettings
from registry.scorers import NgramScorer

COMMENTS = (
    "今天的晚霞真好看，拍了好多张",
    "哈哈哈哈笑死我了",
    "这家店的牛肉面分量足，汤头也鲜",
    "求问这条路晚上还堵吗",
    "更新太慢了，等到花儿都谢了[捂脸]",
    "加薇信领福利，名额有限先到先得",
    "老师讲得很清楚，收藏了慢慢看",
    "同款外套哪里买的呀，求个链接",
    "第三集的反转我是真没想到",
    "this update broke the search bar again",
    "物流三天就到了，包装没破，给好评",
    "楼上说得对，先把基础打牢再说别的吧，别总想着一步登天",
)
"""Written for this file: everyday comments of everyday length, and one advert."""


def engine() -> tuple[Engine, str]:
    """The configured engine, or one whose model has the usual size and random weights; and which it is."""
    settings = load_settings()
    try:
        found = load_engine(settings)
        return found, f"{found.scorer.name}@{found.scorer.version}"
    except ChaffinchError:
        bare = load_engine(settings, model="none")
        made = Engine(bare.taxonomy, bare.rules, bare.policies, _random_scorer(settings))
        return made, "random weights of the usual size (no champion yet)"


def _random_scorer(settings: Settings) -> NgramScorer:
    labels = taxonomy_of(settings).names
    reading = NgramSettings()
    generator = np.random.default_rng(0)
    indices = np.sort(generator.choice(reading.size, 200_000, replace=False))
    weights = generator.normal(0, 0.3, (indices.size, len(labels) + 1)).astype(np.float32)
    bias = np.full(len(labels) + 1, -6, dtype=np.float32)
    features = FeatureRecord(orders=reading.orders, bits=reading.bits, seed=reading.seed)
    manifest = Manifest(
        name="random",
        run="random",
        labels=labels,
        normaliser=NORMALISER,
        taxonomy="any",
        features=features,
        prior=dict.fromkeys(labels, 0.1),
        snapshot="none",
        sources=(),
        created_at="",
        files={},
    )
    limits = dict.fromkeys(labels, Thresholds(0.5, 0.9))
    bundle = Bundle(Path(), "0" * 64, manifest, Linear(indices, weights, bias), Calibration.identity(labels), limits)
    return NgramScorer(bundle)
