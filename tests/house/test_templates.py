"""The templates: each is used, each speaks through the catalogues, none carries script or style."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from jinja2 import meta

from advocacy.render.templates import FOLDER, environment
from tests.house.source import PACKAGES, python_files, tree_of

PAGES = sorted(path for path in FOLDER.rglob("*") if path.is_file())
VISIBLE = {"alt", "aria-label", "aria-description", "placeholder", "title", "content", "label"}
VOID = {"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
# A block or a value that fills in a tag elsewhere holds attributes, not text.
ATTRIBUTE = re.compile(r"^(?: [a-z-]+=\"[^\"]*\")+$", re.MULTILINE)
WORD = re.compile(r"[A-Za-z]{3,}")
# Names and examples that are the same in every language.
SAME_EVERYWHERE = {"advocacy", "csv", "json", "svg", "html", "url", "utm", "ref", "example", "org"}


def _name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def _is_page(path: Path) -> bool:
    return path.suffix == ".html" and "email" not in path.parts


def _mentions() -> list[re.Pattern[str]]:
    """Every text in the code as a pattern; a value filled in at run time stands for anything."""
    patterns = set()
    for path in python_files(*PACKAGES):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(v.value)) if isinstance(v, ast.Constant) else "[^/]+"
                    for v in node.values
                ]
                if re.search(r"\w", "".join(parts).replace("[^/]+", "")):
                    patterns.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                patterns.add(re.escape(node.value))
    return [re.compile(each) for each in patterns if len(each) < 200]


def _referenced() -> set[str]:
    found: set[str] = set()
    for path in PAGES:
        tree = environment().parse(path.read_text(encoding="utf-8"))
        for name in meta.find_referenced_templates(tree):
            if name is not None:
                found.add(name)
    return found


def test_every_template_is_used() -> None:
    mentions, referenced = _mentions(), _referenced()
    unused = []
    for path in PAGES:
        name = _name(path)
        if name in referenced:
            continue
        spoken = name.split("/")[1] if name.startswith("email/") and name.count("/") == 2 else name
        if not any(each.fullmatch(spoken) for each in mentions):
            unused.append(name)
    assert not unused


def test_every_template_that_another_one_names_exists() -> None:
    assert not _referenced() - {_name(path) for path in PAGES}


def test_every_letter_has_a_subject_a_text_and_a_page() -> None:
    wanted = {"subject.txt", "body.txt", "body.html"}
    letters = [path for path in (FOLDER / "email").iterdir() if path.is_dir()]
    assert letters
    assert not [path.name for path in letters if not wanted <= {p.name for p in path.iterdir()}]


@pytest.mark.parametrize("path", [p for p in PAGES if _is_page(p)], ids=_name)
def test_a_page_has_no_script_and_no_style_inside(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style\b", text)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    scripts = re.findall(r"<script\b[^>]*>", text)
    assert all(re.search(r"\ssrc=", tag) for tag in scripts)


class Visible(HTMLParser):
    """Collects what a reader sees or hears of a template's fixed text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Whatever is hidden from every reader (script, a trap for robots) needs no translation;
        # the stack only has to notice the end of the element that hides.
        if self.hidden or tag in ("style", "script") or ("class", "bait") in attrs:
            self.hidden += [tag] if tag not in VOID else []
            return
        if tag != "meta" or ("name", "description") in attrs:
            self.texts += [value for name, value in attrs if name in VISIBLE and value]

    def handle_endtag(self, tag: str) -> None:
        while tag in self.hidden and self.hidden.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(ATTRIBUTE.sub("", data))


def _fixed_text(path: Path) -> str:
    """A template's text with every expression and translated block taken out."""
    parts, translating, statement = [], False, False
    for _, kind, value in environment().lex(path.read_text(encoding="utf-8")):
        if kind == "block_begin":
            statement = True
            parts.append("\n")
        elif kind == "block_end":
            statement = False
            parts.append("\n")
        elif statement and kind == "name" and value in ("trans", "endtrans"):
            translating = value == "trans"
        elif kind == "data" and not translating:
            parts.append(value)
        elif kind == "variable_begin":
            parts.append("0")
    return "".join(parts)


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_everything_a_reader_sees_goes_through_the_catalogues(path: Path) -> None:
    if "styleguide" in path.name or path.suffix == ".svg":
        return
    text = _fixed_text(path)
    if path.suffix == ".html":
        reader = Visible()
        reader.feed(text)
        text = "\n".join(reader.texts)
    words = {word for word in WORD.findall(text) if word.lower() not in SAME_EVERYWHERE}
    assert not words, f"{_name(path)} says {sorted(words)} without gettext"


def test_templates_parse_strictly() -> None:
    assert environment().undefined is jinja2.StrictUndefined


def test_the_stylesheet_knows_no_left_or_right() -> None:
    physical = re.compile(
        r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right)|(?:left|right)\s*:"
        r"|text-align\s*:\s*(?:left|right)|float\s*:\s*(?:left|right))"
    )
    sheets = [p for each in PACKAGES for p in Path(FOLDER.parent / each).rglob("*.css")]
    found = [
        f"{sheet.name}:{number}"
        for sheet in sheets
        for number, line in enumerate(sheet.read_text(encoding="utf-8").splitlines(), 1)
        if physical.search(line)
    ]
    assert not found
