# SPDX-License-Identifier: Apache-2.0
"""One source line as tokens, and errors that point into it."""

import difflib
import re
from collections.abc import Iterable
from typing import Final, NoReturn

import attrs

_TOKEN: Final = re.compile(
    r"(?:0[xX][0-9a-fA-F]+|[0-9]+|[A-Za-z_][A-Za-z0-9_]*|->|=>|[-=(),\[\]|*+:.])|(?P<odd>[^ \t\r])", re.DOTALL
)
_MAX_DIGITS: Final = 40


class TextError(ValueError):
    """A text that is not a program. `str()` shows the place, what was expected, and a hint if any.

    `line` and `column` count from 1; `source` is the whole source line.
    """

    def __init__(self, filename: str, line: int, column: int, source: str, message: str, hint: str = "") -> None:
        self.filename, self.line, self.column = filename, line, column
        self.source, self.message, self.hint = source, message, hint
        super().__init__(message)

    def __str__(self) -> str:
        shown = self.source.replace("\t", " ").rstrip()
        lines = [f"{self.filename}:{self.line}:{self.column}: {self.message}"]
        if shown:
            lines += [f"    {shown}", "    " + " " * (self.column - 1) + "^"]
        return "\n".join([*lines, f"hint: {self.hint}"] if self.hint else lines)


@attrs.frozen
class Token:
    """A number, a name, or a mark; the empty text is the end of the line."""

    text: str
    column: int

    @property
    def is_number(self) -> bool:
        """Whether this is a number (without its sign)."""
        return self.text[:1].isdigit()

    @property
    def is_name(self) -> bool:
        """Whether this is a name or keyword."""
        return self.text[:1].isalpha() or self.text[:1] == "_"


def similar(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """A hint with the known word that is most like `word`, or an empty one; `cutoff` says how like, 0 to 1."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=cutoff)
    return f"did you mean {found[0]!r}?" if found else ""


class Line:
    """A cursor over the tokens of one line.

    Raises TextError from every method that finds something else than it needs.
    """

    def __init__(self, source: str, number: int, filename: str) -> None:
        self.source, self.number, self.filename = source, number, filename
        code, mark, comment = source.partition("#")
        self.comment = (mark + comment).rstrip()
        self._tokens: list[Token] = []
        self._next = 0
        for match in _TOKEN.finditer(code):
            if match["odd"]:
                self.fail(f"unexpected character {match['odd']!r}", column=match.start() + 1)
            self._tokens.append(Token(match[0], match.start() + 1))
        self._tokens.append(Token("", len(code.rstrip(" \t\r")) + 1))

    @property
    def token(self) -> Token:
        """The next token."""
        return self._tokens[self._next]

    @property
    def done(self) -> bool:
        """Whether nothing is left on the line."""
        return not self.token.text

    def fail(self, message: str, hint: str = "", *, at: Token | None = None, column: int = 0) -> NoReturn:
        """Raise a TextError at a token (the next one by default)."""
        place = column or (at or self.token).column
        raise TextError(self.filename, self.number, place, self.source, message, hint)

    def expected(self, what: str, hint: str = "") -> NoReturn:
        """Raise a TextError that tells what was expected instead of the next token."""
        found = "the end of the line" if self.done else repr(self.token.text)
        self.fail(f"expected {what}, found {found}", hint)

    def take(self) -> Token:
        """The next token, which is then behind the cursor."""
        token = self.token
        if token.text:
            self._next += 1
        return token

    def accept(self, text: str) -> bool:
        """Whether the next token is `text`; if so it is taken."""
        if self.token.text != text:
            return False
        self.take()
        return True

    @property
    def after(self) -> Token:
        """The token after the next one."""
        return self._tokens[min(self._next + 1, len(self._tokens) - 1)]

    @property
    def is_call(self) -> bool:
        """Whether a call is next, and no word that begins another line."""
        return self.after.text == "(" or self.token.text == "nr"

    def touches(self, text: str) -> bool:
        """Whether the next token is `text` and no blank is before it."""
        before = self._tokens[self._next - 1]
        return self.token.text == text and before.column + len(before.text) == self.token.column

    def need(self, text: str, what: str = "") -> None:
        """Take `text` or fail."""
        if not self.accept(text):
            self.expected(what or repr(text))

    def end(self, hint: str = "") -> None:
        """Fail unless the line ends here."""
        if not self.done:
            self.expected("the end of the line", hint)

    def word(self, known: Iterable[str], what: str) -> str:
        """Take one of the `known` names; `what` describes them in messages."""
        known = tuple(known)
        if self.token.text not in known:
            self.expected(what, similar(self.token.text, known))
        return self.take().text

    def integer(self, what: str, low: int, high: int, hint: str = "") -> int:
        """Take an optionally negative number within `low` and `high`."""
        start = self.token
        negative = self.accept("-")
        if not self.token.is_number:
            self.expected(what)
        text = self.take().text
        value = int(text, 0 if text[:2] in ("0x", "0X") else 10) if len(text) <= _MAX_DIGITS else 1 << 200
        value = -value if negative else value
        if not low <= value <= high:
            self.fail(f"{what} must be {low} to {high}", hint, at=start)
        return value
