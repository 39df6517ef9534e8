"""Makes `.venv` fit the locks: `environment.py runtime` for running, `dev` for tests and checks.

Does nothing when the stamps in `.venv` fit, so a second start costs no pip call. A file lock
keeps two makes from installing into one folder at the same time.
"""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {
    "runtime": (ROOT / "requirements.lock", ROOT / "pyproject.toml"),
    "dev": (ROOT / "tests" / "requirements.lock",),
}


def main(wanted: str) -> None:
    """Brings the environment up to date; `bare` is an environment with nothing but pip."""
    with (ROOT / ".venv.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another make to finish installing ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        _ensure("venv", _home(), _make_venv)
        if wanted == "bare":
            return
        _ensure("runtime", _fingerprint("runtime"), _install_runtime)
        if wanted == "dev":
            _ensure("dev", _fingerprint("dev"), _install_dev)


def _ensure(name: str, fingerprint: str, make: Callable[[], None]) -> None:
    stamp = VENV / f"stamp-{name}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint:
        return
    stamp.unlink(missing_ok=True)
    make()
    stamp.write_text(fingerprint, encoding="utf-8")


def _home() -> str:
    # A venv holds absolute addresses: one that was moved or copied has to be made anew.
    return f"{sys.version_info[0]}.{sys.version_info[1]} {VENV}"


def _fingerprint(name: str) -> str:
    parts = [path.read_bytes() for path in LOCKS[name]]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _make_venv() -> None:
    python = getattr(sys, "_base_executable", sys.executable)
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"Making .venv with Python {version} ...", flush=True)
    _call(python, "-m", "venv", "--clear", str(VENV))


def _install_runtime() -> None:
    print("Installing what requirements.lock lists; this happens once ...", flush=True)
    _pip("--require-hashes", "-r", str(LOCKS["runtime"][0]))
    _pip("--no-deps", "--no-build-isolation", "-e", str(ROOT))


def _install_dev() -> None:
    print("Installing what tests/requirements.lock adds; this happens once ...", flush=True)
    _pip("--require-hashes", "-r", str(LOCKS["dev"][0]))


def _pip(*words: str) -> None:
    _call(str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", *words)


def _call(*words: str) -> None:
    status = subprocess.run(words, cwd=ROOT, check=False).returncode
    if status:
        raise SystemExit(status)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "runtime")
