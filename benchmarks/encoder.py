"""The encoder of a bundle, one comment at a time on one core: `python benchmarks/encoder.py [MODEL]`.

Beside it, in the same run: the same base in PyTorch, untouched, on one thread, as a service around transformers would
ask it. Medians in milliseconds over everyday comments; the resident memory after each.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

import _material

from chaffinch.settings import load_settings
from chaffinch.wiring import taxonomy_of
from moderation.normaliser import normalise
from registry.bundle import open_bundle
from registry.names import resolve
from registry.scorers import scorer_of

ROUNDS = 30
TARGET = 25.0


def milliseconds(work: Callable[[str], object]) -> float:
    """The median over all comments, each many times."""
    times = []
    for _ in range(ROUNDS):
        for text in _material.COMMENTS:
            begin = perf_counter()
            work(text)
            times.append(perf_counter() - begin)
    return median(times) * 1e3


def megabytes() -> float:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000


def main() -> None:
    """Prints the encoder, the cascade, and PyTorch beside them."""
    settings = load_settings()
    target = resolve(sys.argv[1] if len(sys.argv) > 1 else settings.model, home=settings.home)
    bundle = open_bundle(target.path, taxonomy_of(settings)) if target else None
    if bundle is None or bundle.second is None:
        print("encoder: this model has none; name one that has: python benchmarks/encoder.py chaffinch@starter")
        return
    texts = {text: normalise(text) for text in _material.COMMENTS}
    encoder, scorer = bundle.second.encoder, scorer_of(bundle)
    told = milliseconds(lambda text: encoder.logits([texts[text].canonical.text]))
    print(f"encoder, one comment:  {told:7.2f} ms ({'within' if told <= TARGET else 'OVER'} {TARGET:.0f})")
    print(f"cascade, one comment:  {milliseconds(lambda text: scorer.score([texts[text]])):7.2f} ms")
    print(f"memory of all of this: {megabytes():7.0f} MB")
    beside = _pytorch(str(bundle.manifest.settings["encoder"]["base"]), settings.home)
    print(f"PyTorch, one comment:  {milliseconds(beside):7.2f} ms, {megabytes():.0f} MB")


def _pytorch(name: str, home: object) -> Callable[[str], object]:
    """The base as it is, asked as transformers asks it."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    from training.packaged_encoder import resolve as find

    torch.set_num_threads(1)
    base = find(name, home=home)  # type: ignore[arg-type]
    reader, model = AutoTokenizer.from_pretrained(base.path), AutoModel.from_pretrained(base.path).eval()

    def ask(text: str) -> object:
        with torch.inference_mode():
            return model(**reader(text, return_tensors="pt")).last_hidden_state.mean(dim=1)

    return ask


if __name__ == "__main__":
    main()
