"""Set this folder up so that the program and its tests run: `.venv`, the locked packages, Qt's system libraries.

Called by every make target that runs anything, so a second call has to cost next to nothing: a stamp in `.venv`,
written last, says what was set up. Standard library only, because nothing else is there yet. The syntax is kept
readable for older Pythons, so that they get to the sentence that says they are too old.
Why it is done this way: docs/decisions/0003-set-up.md
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterable, Iterator, Mapping, NamedTuple, NoReturn, Sequence  # noqa: UP035 - older Pythons read this

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 14)
"""The newest for which every package of requirements.lock is built; tried with `uv pip install --dry-run`."""
OUR_MODULES = ("app", "server", "invented", "tools", "main.py")
STAMP_NAME = ".set-up"
UNFINISHED_NAME = ".set-up-unfinished"
"""There while packages are being installed: a run that was killed leaves it behind, and the next one starts anew."""


class Packages(NamedTuple):
    """The system package that brings one need, under the name each package manager knows it by."""

    apt: str
    dnf: str
    pacman: str


LIBRARIES: Mapping[str, Packages] = {
    "libEGL.so.1": Packages("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": Packages("libgl1", "libglvnd-glx", "libglvnd"),
    "libX11.so.6": Packages("libx11-6", "libX11", "libx11"),
    "libdbus-1.so.3": Packages("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": Packages("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": Packages("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": Packages("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so.0": Packages("libglib2.0-0", "glib2", "glib2"),
    "libstdc++.so.6": Packages("libstdc++6", "libstdc++", "gcc-libs"),
    "libxkbcommon.so.0": Packages("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libz.so.1": Packages("zlib1g", "zlib", "zlib"),
}
"""What Qt loads even without a screen. Keys are the names the loader complains about."""

X11_LIBRARIES: Mapping[str, Packages] = {
    "libX11-xcb.so.1": Packages("libx11-xcb1", "libX11-xcb", "libx11"),
    "libxcb-cursor.so.0": Packages("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": Packages("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": Packages("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": Packages("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": Packages("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render.so.0": Packages("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": Packages("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-shape.so.0": Packages("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": Packages("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": Packages("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-util.so.1": Packages("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-xfixes.so.0": Packages("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": Packages("libxcb-xkb1", "libxcb", "libxcb"),
    "libxcb.so.1": Packages("libxcb1", "libxcb", "libxcb"),
    "libxkbcommon-x11.so.0": Packages("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
}
"""What Qt loads besides to open a window on an X screen."""

WAYLAND_LIBRARIES: Mapping[str, Packages] = {
    "libwayland-client.so.0": Packages("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-cursor.so.0": Packages("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libwayland-egl.so.1": Packages("libwayland-egl1", "libwayland-egl", "wayland"),
}
"""What Qt loads besides to open a window on a Wayland screen."""

TIME_ZONES = Packages("tzdata", "tzdata", "tzdata")
USER_TOOLS = Packages("passwd", "shadow-utils", "shadow")
"""Brings useradd: PostgreSQL refuses to run as root, so the bundled one makes itself a user when root starts it."""

PLUGINS = {"x11": "libqxcb.so", "wayland": "libqwayland.so"}

QT_CHECK = """
import ctypes, pathlib, sys, zoneinfo
import PySide6
from PySide6.QtWidgets import QApplication
plugins = pathlib.Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms"
for plugin in sys.argv[1:]:
    ctypes.CDLL(str(plugins / plugin))
zoneinfo.ZoneInfo("Europe/Copenhagen")
QApplication([])
"""
"""Run by the Python in `.venv`; its arguments are the platform plugins to load without connecting to a screen."""


class SetUpFailed(Exception):
    """Set-up cannot go on; the message is for the person who typed make."""


class Stamp(NamedTuple):
    """What was set up. A difference from what is wanted now means there is work to do."""

    lock: str
    """SHA-256 of requirements.lock and of this file."""
    python: str
    """Implementation, version without the patch number, machine: packages built for one do not run on another."""
    folder: str
    """Where `.venv` was made: the scripts in it do not survive a move."""
    screens: tuple[str, ...]
    """The kinds of screen whose libraries were checked, sorted."""


def too_old(version: Sequence[int]) -> str | None:
    """Give the sentence for a Python that is too old, or None where it will do."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return None
    return (
        f"Pusterum needs Python {OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} or newer, and this is Python "
        f"{version[0]}.{version[1]}. Nothing was changed. Install a newer Python beside it and name it, "
        "for example: make run PYTHON=python3.12"
    )


def not_installed(version: Sequence[int]) -> str:
    """Give the sentences for packages that pip could not install."""
    told = "pip could not install the packages (see above). Nothing outside .venv was changed. "
    if tuple(version[:2]) > NEWEST_PYTHON:
        newest = f"{NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]}"
        return told + (
            f"This is Python {version[0]}.{version[1]}, and those in requirements.lock are built for "
            f"{OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]} to {newest}. Install one of these beside it and name it, "
            f"for example: make run PYTHON=python{newest}"
        )
    return told + (
        "When the cause is gone (the network, the disk), run make again. Where pip found nothing that fits: the "
        "packages need a system as new as Debian 12 or Ubuntu 22.04, and on ARM as Debian 13 or Ubuntu 24.04."
    )


def screens(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Name the kinds of screen this session has, sorted: any of "wayland" and "x11"."""
    named = {"x11": environment.get("DISPLAY"), "wayland": environment.get("WAYLAND_DISPLAY")}
    return tuple(sorted(kind for kind, address in named.items() if address))


def wanted_stamp(lock: bytes, *, program: bytes, python: str, folder: str, screens_here: tuple[str, ...] = ()) -> Stamp:
    """Describe the set-up that would be right now, given the text of the lock file and of this program."""
    return Stamp(hashlib.sha256(lock + b"\0" + program).hexdigest(), python, folder, screens_here)


def read_stamp(path: Path) -> Stamp | None:
    """Read a stamp; None where there is none or where it cannot be understood, which is no error: we set up again."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(fields["lock"], fields["python"], fields["folder"], tuple(fields["screens"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_stamp(stamp: Stamp, path: Path) -> None:
    """Write a stamp in one step, so that a half-written one is never read."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(stamp._asdict()), encoding="utf-8")
    beside.replace(path)


def is_set_up(found: Stamp | None, wanted: Stamp) -> bool:
    """Whether nothing is left to do. Libraries for a screen that is not here now do no harm."""
    return found is not None and found[:3] == wanted[:3] and set(wanted.screens) <= set(found.screens)


def libraries_for(screens_here: Iterable[str]) -> dict[str, Packages]:
    """Give the system libraries Qt needs with these kinds of screen, and the packages they come in."""
    needed = dict(LIBRARIES)
    for kind in screens_here:
        needed.update(X11_LIBRARIES if kind == "x11" else WAYLAND_LIBRARIES)
    return needed


def missing_library(complaint: str) -> str | None:
    """Find the shared library that a loader's complaint is about; None where it is about something else."""
    found = re.search(r"(lib[\w.+-]+\.so(?:\.\d+)*): cannot open shared object file", complaint)
    return found.group(1) if found else None


def packages_of(library: str) -> Packages | None:
    """Name the packages that bring a shared library; None where we do not know."""
    return {**LIBRARIES, **X11_LIBRARIES, **WAYLAND_LIBRARIES}.get(library)


def venv_packages(version: Sequence[int]) -> Packages:
    """Name the packages that bring `ensurepip`, which Debian keeps apart from Python itself."""
    return Packages(f"python{version[0]}.{version[1]}-venv", "python3", "python")


def install_commands(manager: str, packages: Iterable[Packages]) -> list[list[str]]:
    """Give the commands, without sudo, that install packages with "apt-get", "dnf" or "pacman"."""
    field = {"apt-get": "apt", "dnf": "dnf", "pacman": "pacman"}[manager]
    names = sorted({getattr(package, field) for package in packages})
    if manager == "apt-get":
        return [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *names]]
    return [["dnf", "install", *names]] if manager == "dnf" else [["pacman", "-S", "--needed", *names]]


def typed(commands: Iterable[Sequence[str]]) -> str:
    """Write commands the way a person types them, one line, as root by sudo."""
    return " && ".join("sudo " + shlex.join(command) for command in commands)


def say(sentence: str) -> None:
    """Tell the person at the terminal, at once."""
    print(sentence, flush=True)


def root_prefix() -> list[str] | None:
    """Give what goes before a command to run it as root without asking; None where that is not possible."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def install(packages: Sequence[Packages], *, why: str) -> None:
    """Install system packages, or say exactly what to type.

    Only apt-get is run for the person; it answers its own questions safely. Raises SetUpFailed otherwise.
    """
    manager = next((name for name in ("apt-get", "dnf", "pacman") if shutil.which(name)), None)
    if manager is None:
        names = ", ".join(sorted({package.apt for package in packages}))
        raise SetUpFailed(
            f"{why} Set-up knows apt-get, dnf and pacman, and none is here. "
            f"Install what your system calls these (Debian's names), then run make again: {names}"
        )
    commands = install_commands(manager, packages)
    by_hand = f"Type this, then run make again:\n\n    {typed(commands)}\n"
    prefix = root_prefix() if manager == "apt-get" else None
    if prefix is None:
        raise SetUpFailed(f"{why} Installing it takes an administrator. {by_hand}")
    say(f"{why} Installing with apt-get: {' '.join(commands[-1][4:])}")
    for command in commands:
        quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", command[0], "-qq", "-o", "DPkg::Lock::Timeout=300"]
        done = subprocess.run(
            [*quiet, *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode == 0:
            continue
        print(done.stdout, file=sys.stderr, flush=True)
        if command[1] == "update":
            say("Refreshing the list of system packages failed (see above). Going on with the list that is here.")
        else:
            raise SetUpFailed(f"{why} apt-get could not install it (see above). {by_hand}")


def loads(library: str) -> bool:
    """Whether the system's loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_what_the_system_lacks(screens_here: Iterable[str]) -> None:
    """Look for everything that is known to be needed and install what is missing, all in one go."""
    lacking: dict[str, Packages] = {}
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        lacking["Python's venv"] = venv_packages(sys.version_info[:2])
    if sys.platform.startswith("linux"):
        lacking.update({name: bring for name, bring in libraries_for(screens_here).items() if not loads(name)})
        if not Path("/usr/share/zoneinfo/Europe/Copenhagen").exists():
            lacking["the time zones"] = TIME_ZONES
        if os.geteuid() == 0 and shutil.which("useradd") is None:
            lacking["useradd"] = USER_TOOLS
    if lacking:
        install(list(lacking.values()), why=f"This system lacks {', '.join(lacking)}.")
        importlib.invalidate_caches()


def venv_python() -> Path:
    """Where the Python of `.venv` is."""
    return VENV / "bin" / "python"


def venv_is_usable() -> bool:
    """Whether `.venv` was left in one piece, and runs this version of Python, and has pip."""
    if (VENV / UNFINISHED_NAME).exists():
        return False
    asked = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([str(venv_python()), "-c", asked], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == f"{sys.version_info[0]}.{sys.version_info[1]}"


def remove_venv() -> None:
    """Take `.venv` away, whatever it is."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


def build_venv(*, moved: bool, held: int) -> None:
    """Leave a `.venv` with exactly the locked versions in it. Raises SetUpFailed.

    A usable one is brought up to date; one that was interrupted, moved, or made by another Python is made anew.
    pip keeps the lock too, whose file descriptor is `held`: where set-up alone is killed, pip works on for a while, and
    the next set-up has to wait for it.
    """
    unfinished = VENV / UNFINISHED_NAME
    if moved or not venv_is_usable():
        if VENV.exists() or VENV.is_symlink():
            say("The .venv here is unfinished, moved or of another Python. Making it anew.")
            remove_venv()
        VENV.mkdir()
        unfinished.touch()
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
        if made.returncode != 0:
            raise SetUpFailed(
                f"{sys.executable} could not make .venv (see above). Nothing outside .venv was changed. "
                "Another Python can be named: make run PYTHON=python3.12"
            )
    unfinished.touch()
    say("Installing the Python packages of requirements.lock into .venv. The first time takes a minute or more.")
    pip = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    # Only wheels: building from source would fetch build tools that the lock file does not pin. And only what is in it:
    # where a package asks for another with an extra, pip would look among the newest, and stop at one not locked.
    locked = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(LOCK)]
    if subprocess.run([*pip, *locked], pass_fds=[held], check=False).returncode != 0:
        raise SetUpFailed(not_installed(sys.version_info[:2]))
    unfinished.unlink()


def check_qt(screens_here: Sequence[str]) -> None:
    """Open a window system without a screen, for real, and install libraries as the loader asks for them."""
    plugins = ["libqoffscreen.so", *(PLUGINS[kind] for kind in screens_here)] if sys.platform == "linux" else []
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    asked_for: set[str] = set()
    while True:
        ran = subprocess.run(
            [str(venv_python()), "-c", QT_CHECK, *plugins],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if ran.returncode == 0:
            return
        library = missing_library(ran.stderr)
        bring = packages_of(library) if library else None
        if library is None or bring is None or library in asked_for:
            print(ran.stderr, file=sys.stderr, flush=True)
            told = (
                f"Qt lacks {library}, and set-up does not know the package for it" if library else "Qt does not start"
            )
            raise SetUpFailed(
                f"{told} (see above). The Python packages are installed; once this is put right, run make again."
            )
        asked_for.add(library)
        install([bring], why=f"Qt lacks {library}.")


def compile_what_is_ours() -> None:
    """Compile the program's modules now: beside the open window, each would hold it up for as long as it takes.

    As pip does with its packages, and also where Python is told to write no bytecode. What cannot be compiled or
    written is compiled when it is imported, as ever.
    """
    quietly = [str(venv_python()), "-m", "compileall", "-qq", "-j", "0"]
    subprocess.run([*quietly, *OUR_MODULES], cwd=ROOT, check=False)


@contextlib.contextmanager
def alone() -> Iterator[int]:
    """Wait while another set-up works in this folder; give the file descriptor of the lock.

    The system lets go of the lock by itself when the last program that holds it ends, however it ends.
    """
    with Path(__file__).open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another set-up is at work in this folder. Waiting for it.")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield held.fileno()


def set_up() -> None:
    """Do what is left to do. Raises SetUpFailed."""
    screens_here = screens(os.environ) if sys.platform.startswith("linux") else ()
    version = f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]} {platform.machine()}"
    wanted = wanted_stamp(
        LOCK.read_bytes(),
        program=Path(__file__).read_bytes(),
        python=version,
        folder=str(ROOT),
        screens_here=screens_here,
    )
    stamp_file = VENV / STAMP_NAME

    def done() -> bool:
        return is_set_up(read_stamp(stamp_file), wanted) and os.access(venv_python(), os.X_OK)

    if done():
        return
    with alone() as held:
        if done():
            return
        found = read_stamp(stamp_file)
        install_what_the_system_lacks(screens_here)
        build_venv(moved=found is not None and found.folder != wanted.folder, held=held)
        check_qt(screens_here)
        compile_what_is_ours()
        write_stamp(wanted, stamp_file)
        say("Set-up is done.")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Set up, and exit 0 only where everything is in place."""
    argparse.ArgumentParser(prog="tools/setup.py", description=__doc__.splitlines()[0]).parse_args(arguments)
    sentence = too_old(sys.version_info[:2])
    if sentence is None:
        try:
            set_up()
        except SetUpFailed as failed:
            sentence = str(failed)
        except KeyboardInterrupt:
            sentence = "Set-up was interrupted. Run make again: it starts anew where it has to."
    if sentence is not None:
        print(f"\n{sentence}", file=sys.stderr, flush=True)
    sys.exit(0 if sentence is None else 1)


if __name__ == "__main__":
    main()
