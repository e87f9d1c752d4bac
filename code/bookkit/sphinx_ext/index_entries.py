"""What goes into the general index: made from what the chapters say, and noted where it is said.

Entries are

- the terms of the glossary, there and at each ``{term}``;
- what definitions define: terms, or else their name;
- the names of theorems and their kin;
- the functions of ``calcml``, where a chapter shows or first calls them;
- whatever ``{index}`` adds, as in Sphinx. Directly before a theorem or a definition it says under
  which words that is to be found, and its name stays out.

Each leads to the paragraph it stands in or before. `general_index` makes the list of them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from bookkit.sphinx_ext.api_reference import of_reference
from bookkit.sphinx_ext.boxes import PROVED, name_of

Entry = tuple[Any, ...]  # as in Sphinx: kind, text, id, "main" or "", key
# What has a name of its own; examples and remarks do not.
NAMED = {"definition", "theorem", "lemma", "corollary", "proposition", "algorithm"}
# Parts of calcml that every chapter uses, and none teaches.
TOOLS = ("calcml.check", "calcml.claim", "calcml.noise", "calcml.notebook", "calcml.plot")
# First words that keep their capital: abbreviations, and names of people and methods.
NAMES = re.compile(
    r"[A-Z]{2}|[A-Z]'|(Adam|Armijo|Bayes|Clairaut|Fubini|Gauss|Hamilton|Helmholtz|Hessian|Jacobian|Jensen"
    r"|Karush|Kullback|Lagrang|Lanczos|Laplac|Leibniz|Lipschitz|Markov|Metropolis|Nesterov|Newton"
    r"|Pearlmutter|Polyak|Riemann|Robbins|Schwarz|Taylor)"
)
# What autodoc writes of functions and classes; methods and modules are found below their own.
DOCUMENTED = re.compile(r"(\w+)(?:\(\))? \((?:in module|class in) ([\w.]+)\)")
ARTICLE = re.compile(r"(The|A|An) ")


def in_small_letters(title: str) -> str:
    """A title as an entry of the index.

    Examples
    --------
    >>> in_small_letters("The noise floor"), in_small_letters("Newton’s method")
    ('noise floor', "Newton's method")
    """
    title = ARTICLE.sub("", plain(title).strip())
    return title if NAMES.match(title) else title[:1].lower() + title[1:]


def plain(text: str) -> str:
    """With the apostrophe of a keyboard, by which it is sorted and compared."""
    return text.replace("’", "'")


class NoteEntries(SphinxTransform):
    """Put ``index`` nodes into the paragraphs to which the index is to lead."""

    default_priority = 840  # all nodes are there; Sphinx gathers the entries at 850

    def apply(self, **_options: object) -> None:
        renamed: list[nodes.Node] = []  # boxes whose names stay out
        for node in list(self.document.findall(addnodes.index)):
            if of_reference(self.env.docname):
                node["entries"] = list(self.documented(node["entries"]))
            elif isinstance(node.parent, nodes.term):
                node["entries"] = [
                    (kind, plain(term), *rest) for kind, term, *rest in node["entries"]
                ]
            elif not node.get("inline", True):
                titled = following(node)
                if titled is not None and is_named(titled):
                    renamed.append(titled)
                self.settle(node)
        if self.env.docname.startswith("solutions/"):
            return  # they repeat what their chapters say
        for found in list(self.document.findall(is_named)):
            box = cast(nodes.Element, found)
            head = cast(nodes.title, box[0].deepcopy())
            title = "".join(part.astext() for part in name_of(head))
            defines = box["realtype"] == "definition"
            names = title.split(", ") if defines else [title]
            names = [] if box in renamed else [in_small_letters(name) for name in names]
            for text in (defines and terms(box)) or names:
                self.note(next(box.findall(nodes.paragraph), None), text, main=defines)
        for link in list(self.document.findall(addnodes.pending_xref)):
            for term in terms(link):
                self.note(self.paragraph(link), term)
        self.functions()
        self.places()

    def settle(self, node: addnodes.index) -> None:
        """What ``{index}`` says before a paragraph belongs to it, and to its page in print."""
        paragraph = next(after(node), None)
        if paragraph is None:
            return  # a reference to another entry, which leads nowhere itself
        beside = node.parent.children
        beside[:] = [other for other in beside if other is not node]
        node["inline"] = True
        # Its own target may have gone to a box, which shows none.
        name = self.anchor(paragraph)
        node["entries"] = [(kind, text, name, *rest) for kind, text, _, *rest in node["entries"]]
        paragraph.insert(0, node)

    def note(self, at: nodes.Element | None, text: str, *, main: bool = False) -> None:
        """Note one entry, once for each paragraph."""
        if at is None:
            return
        entry = ("single", plain(text), self.anchor(at), "main" if main else "", None)
        there = [one[:2] for node in at.findall(addnodes.index) for one in node["entries"]]
        if entry[:2] not in there:
            at.insert(0, addnodes.index(entries=[entry]))

    def anchor(self, paragraph: nodes.Element) -> str:
        """An id of the paragraph, given to it if it has none."""
        if not paragraph["ids"]:
            paragraph["ids"].append(f"index-{self.env.new_serialno('index')}")
            self.document.ids[paragraph["ids"][0]] = paragraph
        return str(paragraph["ids"][0])

    def paragraph(self, node: nodes.Node) -> nodes.Element | None:
        """The paragraph around a node, else the last one before it."""
        while node.parent is not None:
            if isinstance(node, nodes.paragraph):
                return node
            above = node.parent
            before = above.children[: above.children.index(node)]
            found = [part for near in before for part in near.findall(nodes.paragraph)]
            if found and not isinstance(above, (nodes.paragraph, addnodes.only)):
                return found[-1]
            node = above
        return None

    def documented(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Of the reference only what chapters use."""
        for kind, text, *rest in entries:
            found = DOCUMENTED.fullmatch(text)
            if found and is_taught(name := f"{found[2]}.{found[1]}") and self.users.get(name):
                yield (kind, f"{found[1]} ({found[2]})", *rest)

    def functions(self) -> None:
        """Functions of calcml, where a chapter shows their source or first calls them."""
        shown: dict[str, nodes.Node] = {}
        called: dict[str, nodes.Node] = {}
        imported: dict[str, nodes.Node] = {}  # and called where nobody sees it
        used = [name for name, pages in self.users.items() if self.env.docname in pages]
        for block in self.document.findall(nodes.literal_block):
            if "source-of" in block:
                shown.setdefault(block["source-of"], block)
                continue
            found = imported if "tag_setup" in block.parent.parent["classes"] else called
            for name in used:
                if re.search(rf"\b{name.rpartition('.')[2]}\b", block.astext()):
                    found.setdefault(name, block)
        for name, at in sorted({**imported, **called, **shown}.items(), key=lambda one: one[0]):
            module, _, function = name.rpartition(".")
            if is_taught(name):
                text = f"{function} ({module})"
                self.note(self.paragraph(at), text, main=name in shown)

    @property
    def users(self) -> dict[str, list[str]]:
        return cast("dict[str, list[str]]", self.app.bookkit_users)  # type: ignore[attr-defined]

    def places(self) -> None:
        """Remember the section of the page in which each entry stands."""
        found = {}
        for node in self.document.findall(addnodes.index):
            up: nodes.Element | None = node
            section = ""
            while up is not None:
                if isinstance(up, nodes.section) and isinstance(up.parent, nodes.section):
                    section = str(up["ids"][0])
                up = up.parent
            found.update({str(entry[2]): section for entry in node["entries"]})
        places_of(self.env)[self.env.docname] = found


def is_taught(name: str) -> bool:
    module = name.rpartition(".")[0]
    method = module.rpartition(".")[2][:1].isupper()
    return module != "calcml" and not (method or module.startswith(TOOLS) or "._" in name)


def terms(node: nodes.Element) -> list[str]:
    """The terms that a node links."""
    links = node.findall(addnodes.pending_xref)
    return [link["reftarget"] for link in links if link["reftype"] == "term"]


def is_named(node: nodes.Node) -> bool:
    return isinstance(node, PROVED) and node["realtype"] in NAMED and bool(node["title"].strip())


def following(node: nodes.Node) -> nodes.Node | None:
    """What comes next beside a node, targets and other entries of the index apart."""
    beside = node.parent.children
    later = beside[beside.index(node) + 1 :]
    return next((x for x in later if not isinstance(x, (nodes.target, addnodes.index))), None)


def after(node: nodes.Node) -> Iterator[nodes.paragraph]:
    """The paragraphs that follow in the text."""
    found = False
    assert node.document is not None
    for other in node.document.findall():
        found = found or other is node
        if found and isinstance(other, nodes.paragraph):
            yield other


def places_of(env: BuildEnvironment) -> dict[str, dict[str, str]]:
    """For each page the section in which an entry stands, by the id of its paragraph."""
    if not hasattr(env, "bookkit_index_places"):
        env.bookkit_index_places = {}  # type: ignore[attr-defined]
    return cast("dict[str, dict[str, str]]", env.bookkit_index_places)  # type: ignore[attr-defined]


def purge(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    places_of(env).pop(docname, None)


def setup(app: Sphinx) -> None:
    app.add_transform(NoteEntries)
    app.connect("env-purge-doc", purge)
