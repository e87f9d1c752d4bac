"""The project around the book: what agrees with what, what must not be there."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bookkit.build import ledger
from calcml.check.engine import verify

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
NOT_OURS = {"_build", "node_modules", "__pycache__"}
OURS_THOUGH_HIDDEN = {".ci", ".gitattributes", ".github", ".gitignore", ".pre-commit-config.yaml"}


def our_files() -> Iterator[Path]:
    """Every file that belongs to the project."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in sorted(folders) if is_ours(name)]
        yield from (Path(folder, name) for name in sorted(files) if is_ours(name))


def is_ours(name: str) -> bool:
    hidden = name.startswith(".") and name not in OURS_THOUGH_HIDDEN
    return not hidden and name not in NOT_OURS and not name.endswith(".egg-info")


# --- line ends ------------------------------------------------------------------------------------


def git(folder: Path, *command: str) -> str:
    """What git says, without the settings of whoever runs the tests."""
    nobody = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    run = subprocess.run(
        ["git", *identity, *command],
        cwd=folder,
        env=nobody,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the project as it stands, made where git writes the line ends of Windows."""
    origin, copy = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    git(origin, "init", "-q")
    for file in our_files():
        target = origin / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    git(origin, "add", "--all")
    git(origin, "commit", "-q", "-m", "As it stands")
    git(tmp_path, "-c", "core.autocrlf=true", "clone", "-q", origin.as_posix(), copy.as_posix())
    return copy


def test_a_clone_made_on_windows_has_the_same_files(clone):
    for file in our_files():
        name = file.relative_to(ROOT)
        assert (clone / name).read_bytes() == file.read_bytes(), name


def test_the_scripts_of_a_clone_made_on_windows_can_be_read(clone):
    for script in sorted(clone.rglob("*.sh")):
        subprocess.run(["sh", "-n", script], check=True)


def test_git_takes_pictures_for_pictures():
    files = [str(file.relative_to(ROOT)) for file in our_files()]
    told = git(ROOT, "check-attr", "text", "eol", "--", *files)
    for file in files:
        binary = b"\0" in (ROOT / file).read_bytes()
        assert f"{file}: text: {'unset' if binary else 'auto'}\n" in told
        assert f"{file}: eol: lf\n" in told or binary


# --- Python's own module `code` -------------------------------------------------------------------


def shadowed(root: Path) -> bool:
    """Whether Python started in this folder finds something else than its own module `code`."""
    program = "import code, sys; sys.exit(not hasattr(code, 'InteractiveConsole'))"
    return subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode != 0


def test_the_folder_code_does_not_shadow_pythons_module():
    assert not (ROOT / "code" / "__init__.py").exists()
    assert not shadowed(ROOT)


def test_a_package_called_code_would_be_noticed(tmp_path):
    (tmp_path / "code").mkdir()
    assert not shadowed(tmp_path)
    (tmp_path / "code" / "__init__.py").touch()
    assert shadowed(tmp_path)


# --- who imports whom -----------------------------------------------------------------------------


def imported(source: str) -> set[str]:
    """Top-level names of all modules that a program imports, wherever it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def test_imports_are_found_wherever_they_stand():
    program = "import a.b, c\ndef f():\n    from d.e import g\n    from . import h\n"
    assert imported(program) == {"a", "c", "d"}


@pytest.mark.parametrize(("package", "other"), [("calcml", "bookkit"), ("bookkit", "calcml")])
def test_the_mathematics_and_the_build_do_not_know_each_other(package, other):
    files = sorted((ROOT / "code" / package).rglob("*.py"))
    assert files
    assert [file for file in files if other in imported(file.read_text("utf-8"))] == []


def test_they_agree_on_what_passes_between_them():
    """Neither can import the name of the other's format, so it stands in both."""
    assert ledger.MIME == verify.MIME


# --- one title, one version -----------------------------------------------------------------------


def test_title_author_and_version_agree():
    sphinx = CONFIG["sphinx"]["config"]
    authors = [person["name"] for person in CITATION["authors"]]
    document = sphinx["latex_documents"][0]
    assert CITATION["title"] == CONFIG["title"] == sphinx["project"] == document[2]
    assert ", ".join(authors) == CONFIG["author"] == document[3]
    assert PROJECT["version"] == CITATION["version"]
    assert PROJECT["name"] == re.sub(r"\W+", "-", CITATION["title"].lower())
    assert document[1] == f"{PROJECT['name']}.tex"


def test_the_changelog_knows_the_edition():
    headings = re.findall(r"^## \[(.+?)\](?: - (\S+))?$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert headings[0] == ("Unreleased", "")
    assert headings[1] == (CITATION["version"], str(CITATION["date-released"]))


# --- the lock file --------------------------------------------------------------------------------


def required() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    return [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]


def disagreements(lock: str, requirements: list[str]) -> Iterator[str]:
    """What a lock file lacks: hashes, exact versions, or a version that was asked for."""
    pinned: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\w)", re.sub(r"(?m)^ *#.*\n", "", lock).strip()):
        found = re.match(r"([\w.-]+)==([\w.]+)", block)
        if not found:
            yield f"not pinned: {block.splitlines()[0]}"
        elif "--hash=sha256:" not in block:
            yield f"no hash: {found[0]}"
        else:
            pinned.setdefault(canonicalize_name(found[1]), []).append(found[2])
    for line in requirements:
        requirement = Requirement(line)
        versions = pinned.get(canonicalize_name(requirement.name), [])
        if not versions:
            yield f"missing: {line}"
        for version in versions:
            if not requirement.specifier.contains(Version(version)):
                yield f"{requirement.name} {version} does not satisfy {line}"


def test_the_lock_file_is_complete():
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    assert list(disagreements(lock, required())) == []


def test_the_lock_file_of_the_notebooks_is_a_part_of_it():
    part = (ROOT / "requirements-notebooks.txt").read_text("utf-8")
    whole = (ROOT / "requirements.txt").read_text("utf-8")
    assert list(disagreements(part, PROJECT["dependencies"])) == []
    pins = re.compile(r"^[\w.-]+==\S+", re.M)  # on which platforms may differ
    assert pins.findall(part)
    assert set(pins.findall(part)) <= set(pins.findall(whole))


def test_a_wrong_lock_file_is_noticed():
    lock = "# A lock.\na==1.0 \\\n    --hash=sha256:0 \\\n    --hash=sha256:1\n    # via b\n"
    assert list(disagreements(lock, ["a>=1"])) == []
    assert list(disagreements(lock, ["a>=2"])) == ["a 1.0 does not satisfy a>=2"]
    assert list(disagreements(lock, ["b"])) == ["missing: b"]
    assert list(disagreements("a==1.0\n    # via b\n", [])) == ["no hash: a==1.0"]
    assert list(disagreements("a>=1.0\n", [])) == ["not pinned: a>=1.0"]


REGISTRY = "https://registry.npmjs.org/"


def test_the_lock_file_of_the_web_packages_is_in_step():
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    for kind in ("dependencies", "devDependencies"):
        assert lock["packages"][""].get(kind) == package.get(kind)
    for name, entry in lock["packages"].items():
        if name:
            assert entry.get("resolved", REGISTRY).startswith(REGISTRY), name
            assert entry["integrity"].startswith("sha512-"), name


# --- nothing of the machine it was written on -----------------------------------------------------

# Absolute paths of a person's or a workplace's machine, and addresses that only it can reach.
FOLDERS = "root", "work", "home", "Users", "tmp", "mnt"
PRIVATE = re.compile(
    rf"(?<![\w.~>}}/-])/(?:{'|'.join(FOLDERS)})/\w"
    r"|[A-Z]:\\\\?Users"
    r"|https?://(?:10|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d"
    r"|https?://[\w.-]+\.(?:internal|local|lan|corp)\b"
)


def private_places(name: str, text: str) -> list[str]:
    return [
        f"{name}:{number}: {found[0]}"
        for number, line in enumerate(text.splitlines(), 1)
        for found in PRIVATE.finditer(line)
    ]


def test_no_path_or_host_of_a_machine():
    found = []
    for file in our_files():
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += private_places(file.relative_to(ROOT).as_posix(), text)
    assert found == []


def test_private_places_are_found():
    for folder in FOLDERS:
        text = f"fine\nsee /{folder}/somebody/x"
        assert private_places("a", text) == [f"a:2: /{folder}/s"]
    assert private_places("a", "http://" + "10.0.0.7/simple")
    assert private_places("a", "https://pypi." + "internal/simple")
    assert not private_places("a", "https://example.org/home/index.html, docs/work/x, ~/tmp/x")
