"""sdf: from an AI's constitution to training documents that teach why.

import sdf
setup = sdf.project(Path("sdf.toml"))
sdf.generate(setup, Path("outputs/run"), 1000)
"""

import sys
from importlib import import_module
from types import ModuleType
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


class _Package(ModuleType):
    """Keeps `sdf.check` and `sdf.dedup` the functions, also once the folders of that name are imported.

    Importing a folder sets it as an attribute of its package; these two stay where
    `from sdf.check.form import ...` finds them, in `sys.modules`.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
