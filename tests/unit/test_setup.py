"""The promises of set-up that can be kept without touching the machine."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import setup

ROOT = Path(__file__).resolve().parents[2]
LOCK_TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def stamp(lock: bytes = b"a==1", **changes: object) -> setup.Stamp:
    wanted = setup.wanted_stamp(lock, program=b"p", python="cpython 3.11 x86_64", folder="/here")
    return wanted._replace(**changes)


@pytest.mark.parametrize("version", [(3, 8, 19), (3, 10, 14), (2, 7, 18)])
def test_an_old_python_is_told_which_one_is_needed_and_how_to_name_it(version: tuple[int, int, int]) -> None:
    sentence = setup.too_old(version)
    assert sentence is not None
    assert "3.11 or newer" in sentence
    assert f"Python {version[0]}.{version[1]}." in sentence
    assert "PYTHON=" in sentence


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 5), (4, 0, 0)])
def test_python_3_11_and_newer_will_do(version: tuple[int, int, int]) -> None:
    assert setup.too_old(version) is None


def test_a_python_that_is_newer_than_the_packages_is_told_so_where_they_cannot_be_installed() -> None:
    newest = ".".join(map(str, setup.NEWEST_PYTHON))
    assert f"built for 3.11 to {newest}" in setup.not_installed((4, 0, 0))
    assert f"PYTHON=python{newest}" in setup.not_installed((4, 0, 0))
    assert "the network" in setup.not_installed((*setup.NEWEST_PYTHON, 9))


@pytest.mark.parametrize(
    ("complaint", "package"),
    [
        ("ImportError: libEGL.so.1: cannot open shared object file: No such file or directory", "libegl1"),
        ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", "libgl1"),
        ("OSError: libxcb-cursor.so.0: cannot open shared object file: No such file", "libxcb-cursor0"),
        ("OSError: libxcb-render-util.so.0: cannot open shared object file", "libxcb-render-util0"),
        ("ImportError: libglib-2.0.so.0: cannot open shared object file", "libglib2.0-0"),
        ("ImportError: libstdc++.so.6: cannot open shared object file", "libstdc++6"),
    ],
)
def test_the_loader_s_complaint_leads_to_the_package(complaint: str, package: str) -> None:
    library = setup.missing_library(complaint)
    assert library is not None
    packages = setup.packages_of(library)
    assert packages is not None
    assert packages.apt == package


def test_other_complaints_and_unknown_libraries_lead_to_no_package() -> None:
    assert setup.missing_library("ModuleNotFoundError: No module named 'PySide6'") is None
    assert setup.packages_of("libunheard-of.so.9") is None


def test_screen_libraries_are_asked_for_only_where_there_is_such_a_screen() -> None:
    assert setup.screens({}) == ()
    assert setup.screens({"DISPLAY": ""}) == ()
    assert setup.screens({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}) == ("wayland", "x11")
    assert "libxcb-cursor.so.0" not in setup.libraries_for(())
    assert "libxcb-cursor.so.0" in setup.libraries_for(("x11",))
    assert "libwayland-client.so.0" in setup.libraries_for(("wayland",))


def test_the_command_to_type_names_each_package_once_and_refreshes_apt_first() -> None:
    twice = [setup.LIBRARIES["libglib-2.0.so.0"], setup.LIBRARIES["libgthread-2.0.so.0"]]
    both = [*twice, setup.venv_packages((3, 13, 5))]
    assert setup.typed(setup.install_commands("apt-get", both)) == (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends libglib2.0-0 python3.13-venv"
    )
    assert setup.typed(setup.install_commands("dnf", twice)) == "sudo dnf install glib2"
    assert setup.typed(setup.install_commands("pacman", twice)) == "sudo pacman -S --needed glib2"


def test_a_written_stamp_reads_back_and_means_nothing_is_left_to_do(tmp_path: Path) -> None:
    setup.write_stamp(stamp(screens=("x11",)), tmp_path / "stamp")
    found = setup.read_stamp(tmp_path / "stamp")
    assert found == stamp(screens=("x11",))
    assert setup.is_set_up(found, stamp(screens=("x11",)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["stamp"]


@pytest.mark.parametrize(
    "wanted",
    [stamp(b"a==2"), stamp(python="cpython 3.12 x86_64"), stamp(folder="/there"), stamp(screens=("x11",))],
    ids=["lock", "python", "moved", "new screen"],
)
def test_a_changed_lock_python_folder_or_a_new_screen_means_work(wanted: setup.Stamp) -> None:
    assert not setup.is_set_up(stamp(), wanted)


def test_a_screen_that_went_away_means_no_work() -> None:
    assert setup.is_set_up(stamp(screens=("x11",)), stamp())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"lock": "x"}', "null"])
def test_a_damaged_stamp_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "stamp").write_text(text)
    assert setup.read_stamp(tmp_path / "stamp") is None
    assert setup.read_stamp(tmp_path / "missing") is None
    assert not setup.is_set_up(None, stamp())


def test_a_venv_that_was_left_unfinished_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = tmp_path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    monkeypatch.setattr(setup, "VENV", venv)
    assert not setup.venv_is_usable(), "it has no pip"
    (venv / "lib").rename(venv / "gone")
    (venv / setup.UNFINISHED_NAME).touch()
    assert not setup.venv_is_usable()
    setup.remove_venv()
    assert not venv.exists()


def test_what_is_ours_is_compiled_though_python_writes_no_bytecode_and_a_module_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all((setup.ROOT / name).exists() for name in setup.OUR_MODULES)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "broken.py").write_text("def\n", encoding="utf-8")
    (tmp_path / "app" / "whole.py").write_text("HERE = True\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "venv_python", lambda: Path(sys.executable))

    setup.compile_what_is_ours()

    assert [each.name.partition(".")[0] for each in (tmp_path / "app").rglob("*.pyc")] == ["whole"]


def test_set_up_stands_on_the_standard_library_alone() -> None:
    imported = re.findall(r"^\s*(?:from|import) (\w+)", (ROOT / "tools/setup.py").read_text(encoding="utf-8"), re.M)
    outside = set(imported) - set(sys.stdlib_module_names) - {"PySide6"}  # PySide6 is in the text run inside .venv
    assert not outside


def test_the_lock_file_holds_no_address() -> None:
    assert not re.search(r"://|--index-url|--extra-index-url|--find-links|^-i |file:| @ ", LOCK_TEXT, re.M)


def test_every_locked_package_has_one_version_and_a_hash() -> None:
    requirements = [
        block for block in re.split(r"^(?=\S)", LOCK_TEXT, flags=re.M) if block.strip() and not block.startswith("#")
    ]
    assert len(requirements) > 50
    for requirement in requirements:
        assert re.match(r"[a-z0-9.-]+==[^ ]+ ", requirement), requirement[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", requirement), requirement[:80]


def test_what_is_locked_is_all_that_its_packages_need() -> None:
    # They are installed without looking for others, whatever newer ones there are by now.
    found = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
