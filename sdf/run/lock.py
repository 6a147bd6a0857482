"""One writer at a time: an flock on a file of the run directory.

The kernel drops the lock when the process ends in any way, so that nothing is left to
clean up after `kill -9`. The text inside only tells the next one who holds it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
import weakref
from pathlib import Path
from types import TracebackType

from sdf.errors import LockedError, RunError
from sdf.files import open_in_place
from sdf.records import Record

LOCK_NAME = ".lock"

_HELD = frozenset({errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN})
_TRIES = 4
_PAUSE = 0.02


class Holder(Record):
    """The process that writes a run."""

    pid: int
    host: str


class RunLock:
    """Holds `<directory>/.lock` for as long as the context is open.

    Entering raises LockedError, which names the holder, when another process has it,
    and RunError where the file system has no flock.
    """

    def __init__(self, directory: Path) -> None:
        """Takes nothing yet; the directory may be missing."""
        self.path = directory / LOCK_NAME
        self._descriptor: int | None = None

    def __enter__(self) -> RunLock:
        """Takes the lock, making the directory if it is missing."""
        descriptor = open_in_place(self.path)
        try:
            self._take(descriptor)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {socket.gethostname()}\n".encode(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _held.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Lets go, whatever happened inside."""
        self.close()

    def close(self) -> None:
        """Let go of the lock; doing so twice is fine."""
        descriptor, self._descriptor = self._descriptor, None
        _held.discard(self)
        if descriptor is not None:
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        # `holder` borrows the lock for an instant, so one refusal proves nothing.
        for tries_left in reversed(range(_TRIES)):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:
                if error.errno not in _HELD:
                    raise _unsupported(self.path, error) from error
                if not tries_left:
                    raise _locked(self.path, descriptor) from error
            time.sleep(_PAUSE)


def holder(directory: Path) -> Holder | None:
    """Who holds the lock of a run directory now, or None; changes nothing."""
    path = directory / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return _written(descriptor) if error.errno in _HELD else None
    else:
        return None
    finally:
        os.close(descriptor)


def _written(descriptor: int) -> Holder:
    pid, _, host = os.pread(descriptor, 1024, 0).decode(errors="replace").strip().partition(" ")
    return Holder(pid=int(pid) if pid.isdecimal() else 0, host=host or "an unknown host")


def _locked(path: Path, descriptor: int) -> LockedError:
    who = _written(descriptor)
    return LockedError(
        f"the run is being written by pid {who.pid} on {who.host}",
        where=str(path.parent),
        hint="Wait for it to end, or stop it; use another -o for a second run.",
    )


def _unsupported(path: Path, error: OSError) -> RunError:
    return RunError(
        f"this file system cannot lock files ({error.strerror})",
        where=str(path),
        hint="Put the run on a local disk: without a lock two writers would damage it.",
    )


_held: weakref.WeakSet[RunLock] = weakref.WeakSet()


def _let_go_in_child() -> None:
    # A forked worker shares the descriptor and would keep the lock of a dead parent.
    for lock in list(_held):
        lock.close()


os.register_at_fork(after_in_child=_let_go_in_child)
