r"""Reading displayed formulas: what they mean, and that a changed formula changes the reading."""

from __future__ import annotations

import json
import os

import pytest
import sympy as sp

from calcml import check
from calcml.check import CheckFailed, LatexError
from calcml.check.formulas import page
from calcml.check.formulas.tokens import tokenize

x, y, h = sp.symbols("x y h")
V = {r"\vx": 2, r"\va": 2, r"\vb": 2, r"\vu": 2, r"\mA": (2, 2)}
X = sp.Matrix(sp.symbols("vx_1 vx_2", real=True))
A1 = sp.Matrix(sp.symbols("va_1 va_2", real=True))
B = sp.Matrix(sp.symbols("vb_1 vb_2", real=True))
U = sp.Matrix(sp.symbols("vu_1 vu_2", real=True))
XS, YS = sp.symbols("x_1 x_2", real=True), sp.symbols("y_1 y_2", real=True)
M = sp.Matrix(2, 2, sp.symbols("mA_11 mA_12 mA_21 mA_22", real=True))


def quartic(v):
    return v.dot(v) ** 2 + v[0]


def read(text, **options):
    return check.latex(text, **options).sides[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"2x + 3y - 4", 2 * x + 3 * y - 4),
        (r"-x^2", -(x**2)),
        (r"x - (y - h) - 1", x - y + h - 1),
        (r"x^{-1/2}", x ** sp.Rational(-1, 2)),
        (r"0.25x", x / 4),
        (r"12x", 12 * x),
        (r"x^23", 3 * x**2),  # TeX raises one token
        (r"\frac12 x^2 + \tfrac{x}{y}", x**2 / 2 + x / y),
        (r"x/y \cdot 2", 2 * x / y),
        (r"x(1-x)", x * (1 - x)),
        (r"{x + 1} y [x - 1]", (x + 1) * y * (x - 1)),
        (r"\left(1 + \frac{x}{y}\right)^{y}", (1 + x / y) ** y),
        (r"2|x - y| y", 2 * sp.Abs(x - y) * y),
        (r"\lvert x \rvert + \abs{y}", sp.Abs(x) + sp.Abs(y)),
        (r"\sqrt{x} + \sqrt[3]{y}", sp.sqrt(x) + sp.root(y, 3)),
        (r"e^{-x^2/2}", sp.exp(-(x**2) / 2)),
        (r"\exp(-x) + \ln y", sp.exp(-x) + sp.log(y)),
        (r"\sin 2x \cos x", sp.sin(2 * x) * sp.cos(x)),
        (r"\sin^2 x + \cos^2(x)", sp.sin(x) ** 2 + sp.cos(x) ** 2),
        (r"\log_2 x", sp.log(x) / sp.log(2)),
        (r"\log(1 + x) y", sp.log(1 + x) * y),
        (r"\log \frac{x}{y}", sp.log(x / y)),
        (r"\sigma(x)", 1 / (1 + sp.exp(-x))),
        (r"\sigma'(x)", sp.exp(-x) / (1 + sp.exp(-x)) ** 2),
        (r"\softplus(x)", sp.log(1 + sp.exp(x))),
        (r"\max(x, y) + \operatorname{sign}(h)", sp.Max(x, y) + sp.sign(h)),
        (r"3! + \binom{5}{2}", sp.Integer(16)),
        (r"\pi^2 / 6", sp.pi**2 / 6),
        (r"\frac{d}{dx} x^3 y", 3 * x**2 * y),
        (r"\frac{\mathrm{d}^2}{\mathrm{d}x^2} x^3", 6 * x),
        (r"\pd{}{x} (x^2 y)", 2 * x * y),
        (r"\frac{\partial^2}{\partial x\,\partial y} x^2 y^3", 6 * x * y**2),
        (r"\sum_{k=1}^{3} k x^k", x + 2 * x**2 + 3 * x**3),
        (r"\prod_{k=1}^3 (x - k)", (x - 1) * (x - 2) * (x - 3)),
        (r"\begin{pmatrix} 1 & x \\ y & 2 \end{pmatrix}", sp.Matrix([[1, x], [y, 2]])),
        (r"x % a comment", x),
        (r"\displaystyle x \label{eq-x}", x),
        (r"\hat y - y_1", h - sp.Symbol("y_1")),
        (r"\lambda_{\max} / \lambda_{\min}", sp.Symbol("lambda_max") / sp.Symbol("lambda_min")),
        (r"\alpha_{k+1}", sp.Symbol("alpha_k+1")),
    ],
)
def test_scalars(text, value):
    got = read(text, symbols={r"\hat{y}": h})
    difference = sp.Matrix([got]) - sp.Matrix([value])
    assert sp.simplify(difference) == sp.zeros(*difference.shape)


def test_structures_that_are_not_evaluated():
    k = sp.Symbol("k", integer=True)
    assert read(r"\sum_{k=0}^{\infty} \frac{x^k}{k!}") == sp.Sum(
        x**k / sp.factorial(k), (k, 0, sp.oo)
    )
    assert read(r"\int_0^1 x^2 \, \diff x") == sp.Integral(x**2, (x, 0, 1))
    assert read(r"\int_{0}^{1} \int_0^y x y \,dx\,dy") == sp.Integral(
        sp.Integral(x * y, (x, 0, y)), (y, 0, 1)
    )
    assert read(r"\int x \, \mathrm{d}x") == sp.Integral(x, x)
    assert read(r"\int_0^1 x^2 dx + d x") == sp.Integral(x**2, (x, 0, 1)) + sp.Symbol("d") * x
    assert read(r"\lim_{x \to 0} \frac{\sin x}{x}") == sp.Limit(sp.sin(x) / x, x, 0, "+-")
    assert read(r"\lim_{x \to 0^+} x") == sp.Limit(x, x, 0, "+")
    assert read(r"\lim_{x \to 0^{-}} x") == sp.Limit(x, x, 0, "-")
    assert read(r"\lim_{x \downarrow 0} x") == sp.Limit(x, x, 0, "+")
    assert read(r"\lim_{x \to \infty} x") == sp.Limit(x, x, sp.oo, "-")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\va\T \vx", A1.dot(X)),
        (r"\va^\top \vx + \inner{\va}{\vb}", A1.dot(X) + A1.dot(B)),
        (r"\langle \va, \vx \rangle", A1.dot(X)),
        (r"\mA\vx - \vb", M * X - B),
        (r"\mA^{-1}", M.inv()),
        (r"\mA\inv \mA^2", M),
        (r"(\mA\vx)\T", (M * X).T),
        (r"\norm{\mA\vx - \vb}^2", (M * X - B).dot(M * X - B)),
        (r"\|\vx\|", sp.sqrt(X.dot(X))),
        (r"\norm{\vx}_1", sp.Abs(X[0]) + sp.Abs(X[1])),
        (r"\norm{\vx}_\infty", sp.Max(sp.Abs(X[0]), sp.Abs(X[1]))),
        (r"\norm{\mA}_F^2", sum(e**2 for e in M)),
        (r"\tr(\mA\mA\T)", (M * M.T).trace()),
        (r"\operatorname{tr} \mA", M.trace()),
        (r"\log\det\mA", sp.log(M.det())),
        (r"\diag(\vx) \va", sp.Matrix([X[0] * A1[0], X[1] * A1[1]])),
        (r"\vx \odot \va", sp.Matrix([X[0] * A1[0], X[1] * A1[1]])),
        (r"\nabla f(\vx)", sp.Matrix([sp.diff(quartic(X), v) for v in X])),
        (r"\nabla f(\vx)\T \vu", U.dot([sp.diff(quartic(X), v) for v in X])),
        (r"\nabla^2 f(\vx)", sp.hessian(quartic(X), list(X))),
        (r"\nabla_{\vx} (\va\T\vx)", A1),
        (r"\nabla_{\vx} \norm{\vx}^2", 2 * X),
        (r"\frac{\partial}{\partial \vx} \mA\vx", M),
        (r"\pd{}{\vx} \va\T\vx", A1.T),
        (r"\frac{\partial}{\partial \mA} \tr(\mA)", sp.eye(2)),
        (r"\sum_{i=1}^{n} x_i (y_i - 1)", XS[0] * (YS[0] - 1) + XS[1] * (YS[1] - 1)),
        (r"\mA_{12} + \vx_2 + \vx_{i+1} - \vx_{n-1}", M[0, 1] + 2 * X[1] - X[0]),
    ],
)  # fmt: skip
def test_vectors_and_matrices(text, value):
    options = {
        "shapes": {**V, "x": 2, "y": 2},
        "functions": {"f": quartic},
        "symbols": {"n": 2, "i": 1},
    }
    got = read(text, **options)
    difference = sp.Matrix([got]) - sp.Matrix([value])
    assert sp.simplify(difference) == sp.zeros(*difference.shape)


def test_declared_functions():
    f = {"f": sp.sin}
    assert read(r"f'(x) + f''(x)", functions=f) == sp.cos(x) - sp.sin(x)
    assert read(r"f^{(k)}(0)", functions=f, symbols={"k": 3}) == -1
    assert read(r"f^2(x)", functions=f) == sp.sin(x) ** 2
    assert read(r"f(x)^2 f(y)", functions=f) == sp.sin(x) ** 2 * sp.sin(y)
    taylor = read(r"\sum_{k=0}^{3} \frac{f^{(k)}(a)}{k!} (x-a)^k", functions=f, symbols={"a": 0})
    assert taylor == x - x**3 / 6
    two = {r"\mathcal{L}": lambda u, v: u * v**2}
    assert read(r"\mathcal{L}(x, y)", functions=two) == x * y**2
    assert read(r"\nabla_{x} \mathcal{L}(x, y)", functions=two) == y**2
    assert read(r"f(x^\star)", functions=f, symbols={r"x^\star": sp.pi}) == 0
    iterates = {r"\vw^{(k)}": sp.Matrix([1, 2]), "x_k": y}
    assert read(r"3 \vw^{(k)} - x_{k}\vw^{(k)}", symbols=iterates) == sp.Matrix([3 - y, 6 - 2 * y])
    data = {r"\vx": [sp.Matrix([1, 2]), sp.Matrix([3, 4])], "n": 2}
    assert read(r"\frac1n \sum_{i=1}^n \vx_i", symbols=data) == sp.Matrix([2, 3])
    assert read(r"\sum_i x_i", shapes={"x": 2}, ranges={"i": (1, 2)}) == sum(
        sp.symbols("x_1 x_2", real=True)
    )
    assert read(r"\pd{L}{x}", symbols={"L": x**2 * y}) == 2 * x * y
    assert read(r"\nabla (x^2)", wrt="x") == 2 * x
    assert read(r"\sigma (1 - x)", symbols={r"\sigma": y}) == y * (1 - x)


def test_relations_chains_lines_and_conditions():
    f = check.latex(
        r"\begin{aligned} (x+y)^2 &= x^2 + 2xy + y^2 \\ &= x(x + 2y) + y^2.\end{aligned}"
    )
    assert len(f.sides) == 3
    assert f.relations == ("=", "=")
    assert check.identity(f).rejected
    broken = check.latex(
        r"\begin{aligned} (x+y)^2 &= x^2 + 2xy + y^2 \\ &= x(x + y) + y^2\end{aligned}"
    )
    with pytest.raises(CheckFailed):
        check.identity(broken)
    middle = check.latex(r"(x+y)^2 = x^2 + xy + y^2 = (x+y)^2")
    with pytest.raises(CheckFailed):
        check.identity(middle)
    le = check.latex(r"\log(1 + x) \le x")
    assert le.relations == ("<=",)
    assert check.inequality(le, where={"x": (-0.9, 5)}, tight=0.95).rejected
    assert check.latex(r"x \ge y").expr == (x >= y)
    assert check.latex(r"x < y").expr == (x < y)
    assert check.latex(r"x = y, \qquad \text{for all } x").rhs == y
    assert check.latex(r"x = 1, \qquad y = 2", part=1).lhs == y
    with pytest.raises(LatexError, match=r"holds 2 formulas; pass part=0, 1, .*: x = 1 \| y = 2"):
        check.latex(r"x = 1, \qquad y = 2")
    with pytest.raises(LatexError, match="not an equation"):
        check.identity(le)
    with pytest.raises(LatexError, match="an approximation has no exact relation"):
        check.inequality(check.latex(r"x \approx y"), tight=0.5)
    with pytest.raises(LatexError, match="a chain of 3 sides"):
        check.inequality(check.latex(r"0 \le x \le 1"), tight=0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\E[x]", r"\\E is not declared"),
        (r"f(x) = 2", "f is called but not declared; pass functions="),
        (r"\vx + 1", r"\\vx is not declared; pass shapes="),
        (r"x + = 2", "expected an expression, found the end"),
        (r"\frac{x", "expected more, found the end"),
        (r"(x + 1", r"expected \), found the end"),
        (r"\int_0^1 x^2", "has no differential"),
        (r"\sum_i x_i", r"the range of i is not stated; pass ranges="),
        (r"\nabla (x^2)", r"nabla needs its variable"),
        (r"\lim_{x = 0} x", "a limit reads"),
        (r"\sin^{-1} x", r"ambiguous"),
        (r"\sin_2 x", "only a logarithm may carry a subscript"),
        (r"x )", "unexpected token"),
        (r"(x, y)", r"2 expressions in \( \)"),
        (r"\begin{cases} x \end{cases}", "environment cases"),
        (r"", "no formula"),
        (r"g'(x)", "g is called but not declared"),
        (r"\norm{x}_3", "unknown norm index"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises((LatexError, ValueError), match=message):
        check.latex(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\mA\T \vc", "do not multiply"),
        (r"\vx + \vc", "do not add"),
        (r"\vx + 1", "a matrix and a scalar do not add"),
        (r"1 / \vx", "division by a matrix"),
        (r"\inner{\vx}{\vc}", "inner product of shapes"),
        (r"\vx_0", "index 0 of an array counted from 1"),
        (r"\mA_1", "needs two indices"),
        (r"\nabla_{\vx} (\mA \vx)", "the gradient of a matrix"),
    ],
)
def test_shapes_are_checked(text, message):
    with pytest.raises(ValueError, match=message):
        check.latex(text, shapes={**V, r"\vc": 3})


def test_canonical_spellings_meet():
    assert read(r"x_{1} + x_1") == 2 * sp.Symbol("x_1")
    assert read(r"x_{k+1}", symbols={"x_{k + 1}": y}) == y
    with pytest.raises(LatexError, match="is not one name"):
        check.latex("x", symbols={"x y": 1})
    assert tokenize(r"\left( x \right) \, y") == ["(", "x", ")", "y"]


# -- the page --------------------------------------------------------------------------------------

SHOWN = {
    "eq-demo-sigmoid": r"\sigma'(x) = \sigma(x)\,(1 - \sigma(x))",
    "eq-demo-square": "(x+y)^2 = x^2 + 2xy + y^2",
    "eq-demo-circle": r"\sin^2 x + \cos^2 x = 1",
}


@pytest.fixture
def display(tmp_path, monkeypatch):
    """A folder in which a notebook displays the equations that are handed over."""
    monkeypatch.delenv("CALCML_PAGES", raising=False)
    monkeypatch.chdir(tmp_path)

    def display(shown):
        notebook = {"cells": [], "metadata": {"equations": shown}, "nbformat": 4}
        (tmp_path / "chapter.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    display(SHOWN)
    return display


def test_formulas_come_from_the_page(display):
    result = check.identity(check.latex("eq-demo-sigmoid"))
    assert result.label == ("eq-demo-sigmoid",)
    assert result.formulas[0]["latex"] == SHOWN["eq-demo-sigmoid"]
    assert "formula read from the page" in result.summary()
    assert check.identity(check.latex("eq-demo-square")).rejected
    assert check.identity(check.latex("eq-demo-circle"), label="eq-other").label == ("eq-other",)
    with pytest.raises(LookupError, match="no page at hand displays an equation labeled 'eq-none'"):
        check.latex("eq-none")


@pytest.mark.parametrize(
    ("label", "old", "new"),
    [
        ("eq-demo-sigmoid", "1 - ", "1 + "),
        ("eq-demo-sigmoid", r"\sigma'", r"\sigma''"),
        ("eq-demo-square", "2xy", "xy"),
        ("eq-demo-square", "x^2", "x^3"),
        ("eq-demo-circle", r"\cos^2 x", r"\cos^2 y"),
    ],
)
def test_a_changed_page_fails_its_check(display, label, old, new):
    display({label: SHOWN[label].replace(old, new)})
    with pytest.raises(CheckFailed):
        check.identity(check.latex(label))


def test_what_the_environment_names_comes_first(display, tmp_path, monkeypatch):
    tables = []
    for name, shown in (("a", {"eq-demo-circle": "1 = 1"}), ("b", {"eq-demo-other": "2 = 2"})):
        tables.append(tmp_path / f"{name}.json")
        tables[-1].write_text(json.dumps(shown), encoding="utf-8")
    monkeypatch.setenv("CALCML_PAGES", os.pathsep.join(map(str, tables)))
    assert page.find("eq-demo-circle") == "1 = 1"
    assert page.find("eq-demo-other") == "2 = 2"
    assert page.find("eq-demo-square") == SHOWN["eq-demo-square"]


def test_a_notebook_that_says_nothing_of_its_page_displays_nothing(display, tmp_path):
    (tmp_path / "another.ipynb").write_text('{"cells": [], "metadata": {}}', encoding="utf-8")
    assert page.find("eq-demo-square") == SHOWN["eq-demo-square"]


def test_wrong_versions_may_be_formulas_too():
    true = check.latex(r"\frac{d}{dx} x^3 = 3x^2")
    wrong = check.latex(r"\frac{d}{dx} x^3 = x^2")
    assert check.identity(true, wrong=[("forgot the factor", wrong)]).rejected[-1] == (
        "forgot the factor"
    )
    derivative = check.latex(r"f'(x) = 3x^2", functions={"f": lambda v: v**3})
    assert check.derivative(x**3, derivative).formulas
    assert check.limit(check.latex(r"\frac{\sin x}{x}"), x, 0, 1).formulas


# -- what was read ---------------------------------------------------------------------------------

DISPLAY = (
    r"\begin{aligned} \left(x+y\right)^2 &= x^2 + 2\,xy + y^2 , \\ x &= y"
    r" \quad\text{for some } x . \end{aligned} \tag{3}"
)


def unread(record):
    return "".join(token for _, token in record["unread"])


def test_the_record_says_what_a_check_does_not_read():
    first, second = (check.latex(DISPLAY, part=part) for part in (0, 1))
    assert unread(first.record) == r"x=y\text{forsome}x\tag{3}"
    assert unread(second.record) == r"(x+y)^2=x^2+2xy+y^2\text{forsome}x\tag{3}"
    both = [set(map(tuple, formula.record["unread"])) for formula in (first, second)]
    assert "".join(t for _, t in sorted(set.intersection(*both))) == r"\text{forsome}x\tag{3}"
    assert check.identity(check.latex("(x+y)^2 = x^2 + 2xy + y^2 .")).formulas[0]["unread"] == []


def test_an_inequality_and_a_side_that_is_not_used_are_not_read():
    page = check.latex(r"\log(1 + x) \le x .")
    (record,) = check.inequality(page, where={"x": (-0.9, 5)}, tight=0.95).formulas
    assert unread(record) == r"\log(1+x)\lex"
    limit = check.latex(r"L = 1")
    (record,) = check.limit(sp.sin(x) / x, x, 0, limit).formulas
    assert unread(record) == "L"


SIGNS = "a = b, \\quad c = d^2 \\text{ if } e_1 > 0 . \\tag{7}"


@pytest.mark.parametrize("place", [i for i, c in enumerate(SIGNS) if c.isalnum() or c in "=>^_"])
def test_every_sign_of_a_display_is_read_or_held(place):
    """A changed character changes what is read, or what the record lists as unread."""
    changed = SIGNS[:place] + ("3" if SIGNS[place].isdigit() else "k") + SIGNS[place + 1 :]

    def seen(source):
        try:
            formula = check.latex(source, part=0)
        except LatexError:
            return None
        return formula.sides, formula.relations, unread(formula.record)

    assert seen(changed) != seen(SIGNS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\sum_{k}^{n} k = 1", "has an upper end and no lower one"),
        (r"\lim_{x \to 0}^{2} x = 0", "a limit has no upper end"),
        (r"\mathbf{tr} \mA = 1", "is not declared"),
    ],
)
def test_nothing_is_skipped(text, message):
    with pytest.raises(LatexError, match=message):
        check.latex(text, shapes={r"\mA": (2, 2)}, ranges={"k": (1, 2)})
