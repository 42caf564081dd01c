# SPDX-License-Identifier: Apache-2.0
"""A page for each file of the corpus: its story, its clauses, its text and its picture."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from files import ALONE, ROOT, Files, clause_link, switch_link
from sheet import linked

from fuzz.spec.cases import Shown, shown
from fuzz.spec.chapters import CHAPTERS
from model.clauses import CLAUSES

_FOLDERS: Final = {
    "litmus": ("Litmus files", "One behaviour in each file, with what is expected of it."),
    "seeds": ("Seeds", "Programs that a campaign begins with."),
    "regressions": ("Regressions", "Programs that one side once got wrong, each with its story."),
}


def pages() -> Files:
    """The pages of all three folders, and an index for each."""
    made: Files = {}
    for folder, (title, about) in _FOLDERS.items():
        cases = shown(folder)
        made |= {f"{folder}/{_name(case)}.md": _page(case, title) for case in cases}
        made[f"{folder}/index.md"] = "\n".join([f"# {title}", "", about, "", *_index(cases)])
    return made


def _name(case: Shown) -> str:
    return PurePosixPath(case.path).stem


def clauses_of(case: Shown) -> list[str]:
    """The clauses that a file names."""
    return [clause for clause in case.says("clause") if clause in CLAUSES]


def _page(case: Shown, title: str) -> str:
    lines = [ALONE, f"# {_name(case)}", "", case.story.replace("*", r"\*").replace("<", r"\<"), ""]
    clauses = ", ".join(clause_link(clause) for clause in clauses_of(case))
    decisions = ", ".join(linked(decision) for decision in case.says("decision"))
    switches = ", ".join(switch_link(name) for name in case.says("switch"))
    for label, links in (("Clauses", clauses), ("Decisions", decisions), ("Switches", switches)):
        lines += [f"{label}: {links}", ""] if links else []
    lines += ["```text", (ROOT / case.path).read_text(encoding="utf-8").rstrip(), "```", ""]
    lines += ["## Picture", "", f":::{{picture}} {case.path}", ":::", ""]
    lines += [
        "The run that the model takes without other choices. All outcomes:", "",
        "```text", f"syslet explain {case.path}", "```", "",
        f"[All {title.lower()}](index.md)", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _index(cases: tuple[Shown, ...]) -> Iterator[str]:
    """Files by the chapter of the first clause they name."""
    chapters: dict[str, list[Shown]] = {}
    for case in cases:
        named = clauses_of(case)
        chapters.setdefault(named[0].rsplit("-", 1)[0] if named else "", []).append(case)
    for prefix, title in {**CHAPTERS, "": "Others"}.items():
        if members := chapters.get(prefix):
            if len(chapters) > 1:
                yield f"## {title}\n"
            yield from (f"* [{_name(case)}]({_name(case)}.md): {_first_sentence(case.story)}" for case in members)
            yield ""


def _first_sentence(story: str) -> str:
    first = story.split(". ", 1)[0].rstrip(".").replace("*", r"\*").replace("<", r"\<")
    return first if first.endswith(("?", "!")) else f"{first}."
