"""Every error that sdf raises on purpose.

SdfError
├── InputError            what the user gave cannot be used     (exit 1)
│   ├── ConstitutionError     a constitution file
│   ├── RecipeError           sdf.toml
│   ├── GenreError            a genre pack
│   └── ResponseError         a file of responses
├── RunError              a run directory                       (exit 1)
│   ├── LockedError           another process holds it          (exit 75)
│   ├── MismatchError         the recipe changed under the run
│   └── DamagedError          a stored row or file is not what was written
├── DiskError             the disk is full or refuses           (exit 74)
├── AwaitingError         answers have to come from outside     (exit 3)
└── HaltedError           budget or billing, resumable          (exit 4)

`where` names the file and line, `hint` says what to do; both may be empty.
"""

from __future__ import annotations


class SdfError(Exception):
    """Base of all. `retryable` says whether running the same command again may help."""

    exit_code = 1
    retryable = False

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  {self.hint}" if self.hint else head


class InputError(SdfError):
    """Something the user gave cannot be used."""


class ConstitutionError(InputError):
    """A constitution file cannot be read as principles."""


class RecipeError(InputError):
    """sdf.toml holds something unknown or impossible."""


class GenreError(InputError):
    """A genre pack is broken; `where` is its file and line."""


class ResponseError(InputError):
    """A file of recorded responses cannot be read."""


class RunError(SdfError):
    """A run directory is not in the state that the command needs."""


class LockedError(RunError):
    """Another process is writing this run."""

    exit_code = 75
    retryable = True


class MismatchError(RunError):
    """The run was made from other inputs; the message lists the differences."""


class DamagedError(RunError):
    """A stored row or file does not match its digest."""


class DiskError(SdfError):
    """The disk is full or refuses to write; what was recorded is intact."""

    exit_code = 74
    retryable = True


class AwaitingError(SdfError):
    """The run goes on when somebody has brought the answers that the message names."""

    exit_code = 3
    retryable = True


class HaltedError(SdfError):
    """The run stopped before its end and can go on: budget, billing, authentication."""

    exit_code = 4
    retryable = True
