"""What a task of a SLURM array does: run one pack of cells, and go on later when it is told to."""

import contextlib
import os
import signal
import subprocess
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

        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return DelayedSubmission(PackTask(self.command, self.environment))
