"""Libraries that would tell their makers how they are used do not, unless somebody asks them to.

onnxruntime (from 1.29) and MLflow send what they are used for, and onnxruntime leaves a device's id in the home of who
runs it. Each reads its own variable when it is loaded, so this has to come first; what somebody has set stays.
"""

from __future__ import annotations

import os

VARIABLES = {
    "ORT_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
"""By name, with what says no."""


def opt_out() -> None:
    """Sets those that are unset, for this process and those it starts."""
    for name, no in VARIABLES.items():
        os.environ.setdefault(name, no)
