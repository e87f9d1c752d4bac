"""How the modules lie: what imports what, and what `calcml` itself offers."""

import ast
import graphlib
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import calcml
import calcml.diff

CODE = Path(__file__).parents[2] / "code"
#: Rooms from the ground up: a module imports from its own room and from those before it.
ORDER = (
    "typing", "validation", "tensor", "differences", "limits", "diff", "optimize", "constrained",
    "svm", "quadrature", "bayes", "montecarlo", "variational", "stochastic", "nn",
    "datasets", "symbolic", "check", "claim", "plot", "notebook", "noise",
)  # fmt: skip
#: What these may need beside the standard library, NumPy and calcml; the others need nothing.
NEEDS = {
    "calcml.symbolic": {"sympy"},
    "calcml.check": {"sympy", "mpmath", "scipy"},
    "calcml.plot": {"matplotlib", "cycler"},
    "calcml.diff.rules.special": {"scipy"},  # which is read when SciPy is there already
}


def modules(root):
    """Map the dotted name of each module below ``root`` to its file."""
    return {
        ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file
        for file in sorted(root.rglob("*.py"))
    }


def imported(tree, known, *, only_at_once=True):
    """The modules that a tree imports; ``only_at_once`` leaves out what functions import."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in known else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        elif not (only_at_once and isinstance(node, ast.FunctionDef | ast.Lambda)):
            yield from imported(node, known, only_at_once=only_at_once)


def graph(root, **options):
    """Map each module below ``root`` to all that it imports."""
    known = modules(root)
    return {
        name: set(imported(ast.parse(file.read_text("utf-8")), known, **options)) - {name}
        for name, file in known.items()
    }


def room(module):
    return module.split(".")[1] if "." in module else ""


def cycle(imports):
    """A cycle of imports, or None."""
    known = {name: needs & imports.keys() for name, needs in imports.items()}
    try:
        graphlib.TopologicalSorter(known).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return None


def arrows_up(imports):
    """The imports of a room that lies above."""
    return [
        f"{name} imports {other}"
        for name, needs in imports.items()
        for other in needs
        if room(name)
        and other.startswith("calcml.")
        and ORDER.index(room(other)) > ORDER.index(room(name))
    ]


def needs_of(module):
    """The packages that a module may import."""
    return {"numpy", "calcml"}.union(
        *(packages for name, packages in NEEDS.items() if f"{module}.".startswith(f"{name}."))
    )


def strangers(imports):
    """The imports of a package that a module has no need of."""
    return [
        f"{name} imports {other}"
        for name, needs in imports.items()
        for other in needs
        if (top := other.split(".")[0]) not in needs_of(name) and top not in sys.stdlib_module_names
    ]


def test_there_are_no_cycles():
    assert cycle(graph(CODE)) is None


def test_every_module_has_a_room():
    assert {room(name) for name in modules(CODE) if name.startswith("calcml.")} == set(ORDER)


def test_no_room_imports_from_one_above():
    calcml_ = {name: needs for name, needs in graph(CODE).items() if name.startswith("calcml")}
    assert arrows_up(calcml_) == []


def test_only_some_rooms_need_more_than_numpy():
    calcml_ = {name: needs for name, needs in graph(CODE).items() if name.startswith("calcml")}
    assert strangers(calcml_) == []


@pytest.mark.parametrize(("package", "other"), [("calcml", "bookkit"), ("bookkit", "calcml")])
def test_the_two_packages_know_nothing_of_each_other(package, other):
    found = graph(CODE, only_at_once=False)
    assert [
        name
        for name, needs in found.items()
        if name.split(".")[0] == package and any(n.split(".")[0] == other for n in needs)
    ] == []


def test_no_package_offers_a_function_named_like_one_of_its_modules():
    """``from calcml.x import y`` is the module or the function, whichever was read last."""
    clashes = []
    for name, file in modules(CODE).items():
        if file.name != "__init__.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                clashes += [
                    f"{name}.{alias.name}"
                    for alias in node.names
                    if f"{name}.{alias.name}" in modules(CODE) and node.module != name
                ]
    assert clashes == []


def test_what_is_wrong_is_found(tmp_path):
    """The tests above fail on a library that is laid out wrong."""
    for name, text in {
        "calcml/__init__.py": "",
        "calcml/diff/__init__.py": "from calcml.optimize import step\nimport scipy.special\n",
        "calcml/optimize/__init__.py": "from calcml import diff\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = graph(tmp_path)
    assert set(cycle(found)) == {"calcml.diff", "calcml.optimize"}
    assert arrows_up(found) == ["calcml.diff imports calcml.optimize"]
    assert strangers(found) == ["calcml.diff imports scipy.special"]


def test_calcml_offers_the_names_of_diff():
    assert set(calcml.__all__) == {*calcml.diff.__all__, "__version__"}
    assert set(calcml.__all__) <= set(dir(calcml))
    for name in calcml.diff.__all__:
        assert getattr(calcml, name) is getattr(calcml.diff, name)
    with pytest.raises(AttributeError, match="module 'calcml' has no attribute 'derive'"):
        calcml.derive  # noqa: B018


def test_the_version_is_that_of_the_distribution():
    assert calcml.__version__ == version("calculus-for-machine-learning")


def test_import_calcml_reads_nothing_until_a_name_is_asked_for():
    code = (
        "import sys, calcml\n"
        "assert not {'numpy', 'calcml.diff'} & set(sys.modules)\n"
        "print(calcml.grad(lambda x: x * x)(3.0))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "6.0\n"
