# SPDX-License-Identifier: Apache-2.0
"""Program text in colours: a lexer for it, and how a block of a page that holds a program is told."""

import re
from typing import Any, ClassVar, Final

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, Text, Token

NAME: Final = "syslet"
WHOLE: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*syslet \d+(?:\n|$)")
"""How a program begins: the first line that is no comment says the format."""
_WORDS: Final = (
    "rw", "ro", "none", "cold", "semaphore", "raw", "next", "at", "ring", "size", "kernel_idx", "user_idx", "slots",
    "stack", "head_stack", "private", "busy", "ready", "blocked", "in", "end", "by", "cached", "top", "done", "stuck",
    "exited", "fuel", "head",
)  # fmt: skip
_Rules = dict[str, list[tuple[Any, Any]]]


class ProgramText(RegexLexer):
    """Tokens of a program: declarations and steps, the things they name, and comments."""

    name = "Program text"
    aliases: ClassVar = [NAME]
    filenames: ClassVar = ["*.syslet"]
    tokens: ClassVar[_Rules] = {
        "root": [
            (r"#:.*", Comment.Special),
            (r"#.*", Comment),
            (r"^(syslet)( +)(\d+)$", bygroups(Keyword.Namespace, Text, Number)),
            (r"^(page|pipe|eventfd|timespec|head|atom|init|choose|assume)\b", Keyword.Declaration),
            (r"^([fu]\d+)(:)", bygroups(Name.Variable, Punctuation)),
            (r"\b(store|refill|reap|settle|advance|expect|exit|after|writes)\b", Keyword),
            (r"\b(NULL|E[A-Z]{2,})\b", Keyword.Constant),
            (r"\b[A-Z][A-Z_]{2,}\b", Name.Constant),
            (r"\b[a-z_]\w*(?=\()", Name.Function),
            (r"(?<= in )\w+", Name.Function),
            (r"(?<=assume )\w+", Name.Function),
            (words(_WORDS, prefix=r"\b", suffix=r"\b"), Name.Attribute),
            (r"(?<=\.)\w+", Name.Attribute),
            (r"\b(p\d+\.[rw]|pg\d+|[aehfprstw]\d+)\b", Name.Variable),
            (r"-?\b(0x[0-9a-fA-F]+|\d+(ms|ns|s)?)\b", Number),
            (r"=>|->|[=|*+:-]", Operator),
            (r"[()\[\],.]", Punctuation),
            (r"\s+", Text),
            (r"\w+|.", Token.Text),
        ]
    }
