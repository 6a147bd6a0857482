"""sdf: from an AI's constitution to training documents that teach why.

import sdf
setup = sdf.project(Path("sdf.toml"))
sdf.generate(setup, Path("outputs/run"), 1000)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["check", "dedup", "generate", "load_constitution", "plan", "project", "status", "verify"]

if TYPE_CHECKING:
    from sdf.api import check, dedup, generate, load_constitution, plan, project, status, verify


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import sdf` for its version must not read half the package.
    if name in __all__:
        return getattr(import_module("sdf.api"), name)
    raise AttributeError(f"module 'sdf' has no attribute {name!r}")
