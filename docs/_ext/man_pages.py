# SPDX-License-Identifier: Apache-2.0
"""The manual pages of libsyslet as pages of the site, from the part of roff that they use; other roff is an error."""

import re
from collections.abc import Iterator
from typing import Final

from files import ALONE, ROOT, Files

MAN: Final = ROOT / "native" / "lib" / "man"
_NAMED: Final = re.compile(r"\b(\w+)\((\d)\)")
_FONT: Final = re.compile(r"\\f([BI])(.*?)\\fP", re.DOTALL)
_MARKUP: Final = re.compile(r"([*_`<>\[\]#|\\])")
_SECTIONS: Final = {"2": "System calls", "3": "The library", "7": "Concepts and structures"}
_CALLS: Final = {
    "EXEC": ("async_exec.2",), "WAIT": ("async_wait.2",), "UMEM": ("umem_add.2",), "ATOM": ("syslet_uatom.7",),
    "STOP": ("syslet_uatom.7",), "NEXT": ("syslet_uatom.7",), "RING": ("async_head_user.7",),
    "THREAD": ("threadlets.7", "threadlet_exec.3", "threadlet_on.2"), "POOL": ("async_thread.2",),
    "ENTRY": ("async_head_user.7",),
}  # fmt: skip
"""Chapters of clauses, and the pages that tell a C programmer of the same."""


class Unknown(ValueError):
    """Roff that is not among what our pages use."""


def pages() -> Files:
    """A page for each, also for those that are another name of one, and the list of them."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(MAN.iterdir())}
    made = {f"man/{name}.md": ALONE + page(name, text) for name, text in texts.items()}
    about = (
        "[Write a program in C](../../howto/write-a-c-program.md) shows their use. "
        "`man -l` shows them in a terminal, from `native/lib/man/`."
    )
    listed = ["# Manual pages of libsyslet", "", about, ""]
    for number, title in _SECTIONS.items():
        listed += [f"## {title}", ""]
        listed += [f"* [{_shown(name)}]({name}.md): {_about(texts, name)}" for name in texts if name.endswith(number)]
        listed += [""]
    return made | {"man/index.md": "\n".join(listed)}


def of_chapter(prefix: str) -> str:
    """Links from a chapter of clauses, or nothing."""
    return ", ".join(f"[{_shown(name)}](../man/{name}.md)" for name in _CALLS.get(prefix, ()))


def page(name: str, text: str) -> str:
    """The page as Markdown. Raises Unknown."""
    lines = [line for line in text.splitlines() if not line.startswith('.\\"')]
    if other := re.fullmatch(r"\.so man\d/(\S+)", lines[0]):
        return f"# {_shown(name)}\n\nSee [{_shown(other[1])}]({other[1]}.md).\n"
    return "\n".join([f"# {_shown(name)}", "", *_Reader(lines).blocks()])


def _shown(name: str) -> str:
    """`umem_add.2` as readers of manuals know it."""
    return "{}({})".format(*name.rsplit(".", 1)).replace("_", r"\_")


def _about(texts: dict[str, str], name: str) -> str:
    """What a page says behind its name."""
    if other := re.search(r"^\.so man\d/(\S+)$", texts[name], re.MULTILINE):
        name = other[1]
    told = re.search(r"^\.SH NAME\n.*? \\- (.*?)^\.SH", texts[name], re.MULTILINE | re.DOTALL)
    assert told is not None
    return " ".join(_prose(told[1].split("\n")).split())


class _Reader:
    """Takes the lines of a page one by one."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0

    def blocks(self) -> Iterator[str]:
        """The lines of Markdown behind the title."""
        while self._at < len(self._lines):
            line = self._next()
            match line.split(" ", 1):
                case [".TH", _] | [".PP"] | [".in", *_]:
                    pass
                case [".SH", title]:
                    yield from ("", f"## {title.capitalize()}", "")
                case [".SS", title]:
                    yield from ("", f"### {title}", "")
                case [".nf"]:
                    yield from self._code(".fi")
                case [".EX"]:
                    yield from self._code(".EE")
                case [".TP"]:
                    yield from self._item()
                case [word, *_] if word.startswith("."):
                    raise Unknown(line)
                case _:
                    self._at -= 1
                    yield from (_prose(self._paragraph()), "")

    def _next(self) -> str:
        self._at += 1
        return self._lines[self._at - 1]

    def _code(self, end: str) -> Iterator[str]:
        yield "```c"
        while (line := self._next()) != end:
            if line.startswith(".") and line != ".sp":
                raise Unknown(line)
            yield "" if line == ".sp" else _plain(line)
        yield from ("```", "")

    def _item(self) -> Iterator[str]:
        """A term, or several with `.TQ`, and what it means."""
        terms = [_prose([self._next()], names=True)]
        while self._lines[self._at : self._at + 1] == [".TQ"]:
            self._at += 1
            terms.append(_prose([self._next()], names=True))
        yield from (", ".join(terms), f": {_prose(self._paragraph())}", "")

    def _paragraph(self) -> list[str]:
        found = []
        while self._at < len(self._lines) and not self._lines[self._at].startswith("."):
            found.append(self._next())
        return found


def _plain(text: str) -> str:
    """A line of code: no fonts, and the characters that roff names."""
    text = _FONT.sub(r"\2", text).replace(r"\-", "-").replace(r"\&", "").replace(r"\e", "\0")
    if "\\" in text:
        raise Unknown(text)
    return text.replace("\0", "\\")


def _prose(lines: list[str], *, names: bool = False) -> str:
    """A paragraph, its line ends kept. Bold words are code, and so are slanted ones if they are names of something."""
    text = "\n".join(lines)
    done, told = 0, ""
    for font in _FONT.finditer(text):
        told += _linked(text[done : font.start()])
        inner = _plain(font[2]).replace("\n", " ")
        around = text[font.start() - 1 : font.start()], text[font.end() : font.end() + 1]
        slanted = not names and font[1] == "I" and inner.isalpha() and not any(x.isalnum() for x in around)
        told += f"*{inner}*" if slanted else f"`{inner}`"
        done = font.end()
    return told + _linked(text[done:])


def _linked(text: str) -> str:
    """Text without fonts; a page that is ours is a link."""

    def link(match: re.Match[str]) -> str:
        name = f"{match[1]}.{match[2]}"
        shown = _MARKUP.sub(r"\\\1", match[0])
        return f"[{shown}]({name}.md)" if (MAN / name).exists() else shown

    plain = _plain(text) if text else ""
    pieces, done = [], 0
    for match in _NAMED.finditer(plain):
        pieces += [_MARKUP.sub(r"\\\1", plain[done : match.start()]), link(match)]
        done = match.end()
    return "".join([*pieces, _MARKUP.sub(r"\\\1", plain[done:])])
