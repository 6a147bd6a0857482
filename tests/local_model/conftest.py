"""The local model is asked by `make test-local-model` only; every other run passes this folder by."""

from __future__ import annotations

import os

collect_ignore = [] if "SDF_LOCAL_MODEL" in os.environ else ["test_local_model.py"]
