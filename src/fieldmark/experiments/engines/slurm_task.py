"""What a task of a SLURM array does: run one pack of cells, and go on later when it is told to."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldmark.core.errors import RunFailedError

_PATIENCE_SECONDS = 20.0
# The signal that SLURM warns with reaches every process; only the one that requeues may heed it.
_UNWARNED = ("sh", "-c", 'trap "" USR2; exec "$@"', "sh")


@dataclass(slots=True)
class PackTask:
    """A call that submitit stores, makes on a node, and makes again after a preemption.

    Attributes:
        command: runs the cells of a pack that are not done.
        environment: variables that are set for it.
    """

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def __call__(self) -> None:
        """Run the command in a process of its own and wait for it.

        Raises:
            RunFailedError: it ended with another code than 0, so that SLURM counts a failed task.
        """
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            [*_UNWARNED, *self.command], env=os.environ | dict(self.environment)
        )
        code = self._process.wait()
        if code:
            raise RunFailedError(f"The command ended with {code}: {' '.join(self.command)}")

    def checkpoint(self) -> Any:
        """Stop the command, and return the same call for submitit to submit again.

        Finished cells stay done, and a cell that keeps checkpoints goes on from its last one.
        """
        from submitit.core.utils import DelayedSubmission

        if self._process is not None and self._process.returncode is None:
            _stop(self._process)
        return DelayedSubmission(PackTask(self.command, self.environment))


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Interrupt a child, and kill it where it takes too long.

    This runs in a signal handler, in the midst of ``Popen.wait``, which holds a lock that the
    methods of ``Popen`` would wait for; hence the plain calls.
    """
    limit = time.monotonic() + _PATIENCE_SECONDS
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(process.pid, signal.SIGINT)
        while True:
            child, status = os.waitpid(process.pid, os.WNOHANG)
            if child:
                process.returncode = os.waitstatus_to_exitcode(status)
                return
            if time.monotonic() > limit:
                os.kill(process.pid, signal.SIGKILL)
                limit += _PATIENCE_SECONDS
            time.sleep(0.05)
