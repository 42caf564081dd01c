# SPDX-License-Identifier: Apache-2.0
"""Makes one regular expression of the grammar that docs/grammar.md shows. It has no recursion, so that is possible."""

import re
from typing import Final

_TOKEN: Final = re.compile(r'"[^"]*"|[A-Za-z]+|[][{}()|;=]')
_WORDS: Final = {
    "PAGE": r"pg\d", "PIPE": r"p\d", "EVENTFD": r"e\d", "TIMESPEC": r"t\d+", "HEAD": r"h\d", "ATOM": r"a\d+",
    "THREADLET": r"f\d", "THREAD": r"u\d", "STACK": r"s\d", "WORD": r"w\d+", "RING": r"r\d", "FLAG": r"[A-Z_]+",
    "NAME": r"[a-z_]\w*", "ERRNO": r"E[A-Z]+", "FIELD": r"[a-z_]+\d?", "DECIMAL": r"\d+", "HEX": r"[0-9a-f]+",
    "comment": r"#.*",
}  # fmt: skip
"""What the grammar leaves to the tables below it."""
_CLOSING: Final = {"[": "]", "{": "}", "(": ")"}


def line_of(grammar: str) -> re.Pattern[str]:
    """What one line of a program text looks like."""
    rules: dict[str, list[str]] = {}
    for rule in re.split(r" ;\n?", grammar.strip()):
        if rule.strip():
            name, body = rule.split("=", 1)
            rules[name.strip()] = _TOKEN.findall(body)
    return re.compile(f"{_Maker(rules).of('line')} *")


class _Maker:
    def __init__(self, rules: dict[str, list[str]]) -> None:
        self._rules = rules

    def of(self, name: str) -> str:
        """The expression for a rule, or for a word that has none."""
        if name not in self._rules:
            return f"(?:{_WORDS[name]})"
        tokens = self._rules[name].copy()
        made = self._choice(tokens)
        assert not tokens, f"{name} does not end: {tokens}"
        return made

    def _choice(self, tokens: list[str]) -> str:
        ways = [self._row(tokens)]
        while tokens and tokens[0] == "|":
            tokens.pop(0)
            ways.append(self._row(tokens))
        return f"(?:{'|'.join(ways)})"

    def _row(self, tokens: list[str]) -> str:
        made = []
        while tokens and tokens[0] not in ("|", "]", "}", ")"):
            token = tokens.pop(0)
            if token in _CLOSING:
                inner = self._choice(tokens)
                assert tokens.pop(0) == _CLOSING[token]
                made.append(inner + {"[": "?", "{": "*", "(": ""}[token])
            elif token.startswith('"'):
                made.append(f" *{re.escape(token[1:-1])}")
            else:
                made.append(f" *{self.of(token)}")
        return "".join(made)
