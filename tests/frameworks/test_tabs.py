"""The code that the chapters show for other libraries, which no cell executes.

All of it must parse. Where PyTorch, JAX or TensorFlow is installed, what stands by itself is run
and held to the book's numbers; ``make test-frameworks`` installs them in their own environment.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calcml.datasets import challenger

BOOK = Path(__file__).parents[2] / "book"
BLOCK = re.compile(r"^```python\n(?P<code>(?:(?!```).*\n)*)```$", re.M)
LIBRARIES = ("torch", "jax", "tensorflow", "calcml")
MODEL = "automatic_differentiation"
# Loss and gradient in W as the chapters print them, worked out by hand.
LOSS, GRADIENT = 1.1070, [[1.1909, 2.3818], [-0.9189, -1.8379]]
# Chapters of which the code of these libraries needs no names from elsewhere.
ALONE = {
    MODEL: LIBRARIES,
    "chain_rule_backpropagation": ("torch",),
    "derivatives": ("torch",),
    "functions": ("torch", "jax", "tensorflow"),
    "partial_derivatives": ("jax",),
}

# Other libraries warn of themselves; that is not the book's concern.
pytestmark = pytest.mark.filterwarnings("default")


@dataclass(frozen=True)
class Shown:
    """One block of code, and the library that it is for: the first that it imports."""

    chapter: str
    line: int
    code: str

    @property
    def library(self) -> str | None:
        found = [
            name for name in LIBRARIES if re.search(rf"^(import|from) {name}\b", self.code, re.M)
        ]
        return found[0] if found else None

    def run(self) -> dict[str, Any]:
        temperature, damage = challenger()
        names: dict[str, Any] = {"temperature": temperature, "damage": damage}
        exec(compile(self.code, f"{self.chapter}.md:{self.line}", "exec"), names)
        return names

    def __str__(self) -> str:
        return f"{self.chapter}-{self.library}"


def blocks(file: Path) -> list[Shown]:
    text = file.read_text("utf-8")
    return [
        Shown(file.stem, text.count("\n", 0, match.start()) + 1, match["code"])
        for match in BLOCK.finditer(text)
    ]


SHOWN = [block for file in sorted(BOOK.glob("*.md")) for block in blocks(file)]
RUN = [block for block in SHOWN if block.library in ALONE.get(block.chapter, ())]
MODELS = [block for block in RUN if block.chapter == MODEL]


def installed(library: str | None) -> None:
    if library is None or find_spec(library) is None:
        pytest.skip(f"{library} is not installed; make test-frameworks installs it")


def test_nothing_is_overlooked() -> None:
    for file in sorted(BOOK.glob("*.md")):
        fences = re.findall(r"(?m)^\s*`{3,}python\s*$", file.read_text("utf-8"))
        assert len(fences) == len(blocks(file)), file.name
    assert {(block.chapter, block.library) for block in RUN} == {
        (chapter, library) for chapter, libraries in ALONE.items() for library in libraries
    }


@pytest.mark.parametrize("block", SHOWN, ids=str)
def test_it_parses(block: Shown) -> None:
    ast.parse(block.code, f"{block.chapter}.md:{block.line}")


@pytest.mark.parametrize("block", RUN, ids=str)
def test_it_runs(block: Shown) -> None:
    installed(block.library)
    block.run()


def agrees(block: Shown) -> bool:
    found = block.run()
    near = np.isclose(float(found["loss"]), LOSS, rtol=0, atol=5e-5)
    return bool(near and np.allclose(np.array(found["gradient"]), GRADIENT, rtol=0, atol=5e-5))


@pytest.mark.parametrize("block", MODELS, ids=str)
def test_the_same_model_has_the_books_numbers(block: Shown) -> None:
    installed(block.library)
    assert agrees(block)
    for old, new in (("0.5, 0.2", "0.51, 0.2"), ("tanh", "sin"), ("-0.3, 0.1", "-0.3, 0.2")):
        assert old in block.code
        changed = Shown(block.chapter, block.line, block.code.replace(old, new))
        assert not agrees(changed), f"{old} -> {new} was not noticed"


def test_kinks_of_jax_are_as_the_chapter_says() -> None:
    jax = pytest.importorskip("jax")
    slopes = [float(jax.grad(f)(0.0)) for f in (jax.numpy.abs, jax.nn.relu)]
    assert slopes == [1, 0]
    assert float(jax.grad(lambda x: jax.numpy.maximum(x, 0.0))(0.0)) == 0.5


def test_the_branch_not_taken_spoils_the_slope() -> None:
    def softplus(library: Any, x: Any) -> Any:
        log, exp = (
            (library.math.log, library.exp)
            if hasattr(library, "GradientTape")
            else (library.log, library.exp)
        )
        return library.where(x > 30, x, log(1 + exp(x)))

    tried = 0
    if find_spec("jax"):
        import jax

        slopes = jax.grad(lambda x: softplus(jax.numpy, x).sum())(jax.numpy.array([0.0, 800.0]))
        assert np.isnan(np.array(slopes)).tolist() == [False, True]
        tried += 1
    if find_spec("torch"):
        import torch

        x = torch.tensor([0.0, 800.0], requires_grad=True)
        softplus(torch, x).sum().backward()
        assert np.isnan(np.array(x.grad)).tolist() == [False, True]
        tried += 1
    if find_spec("tensorflow"):
        import tensorflow as tf

        x = tf.constant([0.0, 800.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = softplus(tf, x)
        assert np.isnan(np.array(tape.gradient(y, x))).tolist() == [False, True]
        tried += 1
    if not tried:
        pytest.skip("none of the three libraries is installed")
