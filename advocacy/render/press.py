"""A process beside the server that turns Vega-Lite into SVG, since the engine blocks its caller.

It starts with the first chart, ends when its parent does or after ten idle minutes, reads one JSON
document a line and answers with one. Run as a script, this file is that process.
"""

import atexit
import json
import select
import subprocess
import sys
import threading
from contextlib import suppress

VERSION = "6.1"
IDLE_SECONDS = 600.0

_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


def draw(spec: str) -> str:
    """SVG of a Vega-Lite document; any thread may call, one drawing is made at a time.

    A press that died is started again once. Raises ValueError for what Vega-Lite refuses.
    """
    with _lock:
        try:
            answer = _ask(spec)
        except (BrokenPipeError, EOFError):
            stop()
            answer = _ask(spec)
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer["svg"]


def stop() -> None:
    """Ends the process if there is one; the next drawing starts another."""
    global _process
    ending, _process = _process, None
    if ending is None:
        return
    ending.kill()
    ending.wait()
    for pipe in (ending.stdin, ending.stdout):
        with suppress(BrokenPipeError):
            if pipe:
                pipe.close()


def _ask(spec: str) -> dict[str, str]:
    global _process
    if _process is None:
        _process = subprocess.Popen(  # noqa: S603 (this file, by this interpreter)
            [sys.executable, "-P", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        atexit.register(stop)
    assert _process.stdin and _process.stdout  # noqa: S101 (both are pipes)
    _process.stdin.write(spec.encode() + b"\n")
    _process.stdin.flush()
    line = _process.stdout.readline()
    if not line:
        raise EOFError("The press has ended.")
    answer: dict[str, str] = json.loads(line)
    return answer


def _serve() -> None:
    import vl_convert

    while select.select([sys.stdin.buffer], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        try:
            drawing = vl_convert.vegalite_to_svg(
                line.decode(), vl_version=VERSION, allowed_base_urls=[], format_locale="en-US"
            )
            answer = {"svg": drawing}
        except ValueError as error:
            answer = {"error": str(error)}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
