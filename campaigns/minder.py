"""Starts a command in a group of its own and passes one signal on: `minder.py COMMAND …`.

honcho and systemd signal a whole group. Dramatiq takes a second signal for "at once" and would
drop what it is sending, so it stands apart and is told once. Only the standard library is loaded
here, because this process lives as long as the worker.
"""

import ctypes
import signal
import subprocess
import sys

PARENT_DEATH_SIGNAL = 1


def main(command: list[str]) -> int:
    """Runs the command to its end and returns its exit code."""
    child = subprocess.Popen(  # noqa: S603
        command, start_new_session=True, preexec_fn=_end_with_parent
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: child.terminate())
    return child.wait()


def _end_with_parent() -> None:
    """Asks Linux for a SIGTERM to this process when the one above it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
