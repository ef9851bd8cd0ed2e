"""The code of a model registered in MLflow ("models from code"): it runs this file and gives it the bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

from moderation.normaliser import normalise
from moderation.taxonomy import load_taxonomy
from registry.scorers import load_scorer


class BundleModel(PythonModel):  # type: ignore[misc]
    """Texts in, one mapping of label to calibrated probability a text out."""

    def load_context(self, context: PythonModelContext) -> None:
        """Opens the bundle, with all its checks."""
        self.taxonomy = load_taxonomy()
        self.scorer = load_scorer(Path(context.artifacts["bundle"]), self.taxonomy)

    def predict(
        self, context: PythonModelContext, model_input: list[str], params: dict[str, Any] | None = None
    ) -> list[dict[str, float]]:
        """Scores by label."""
        scored = self.scorer.score([normalise(text) for text in model_input])
        return [dict(zip(self.taxonomy.names, each.scores, strict=True)) for each in scored]


set_model(BundleModel())
