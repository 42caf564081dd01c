# SPDX-License-Identifier: Apache-2.0
"""The check for dead links finds them, and the pages in the repository have none among themselves."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.pages import pages

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_links", ROOT / "docs" / "_ext" / "check_links.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_finds_what_is_dead(checker: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("<svg/>")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.html").write_text('<p id="here"><a href="../a.html">a</a></p>')
    (tmp_path / "a.html").write_text(
        '<img src="a.svg"><img src="b.svg"><a href="sub/b.html#here">1</a><a href="sub/b.html#there">2</a>'
        '<a href="#top">3</a><a href="https://example.org/x">4</a><a href="gone.html">5</a>'
    )
    assert list(checker.dead_links(tmp_path)) == [
        "a.html: b.svg: no such file",
        "a.html: sub/b.html#there: no such anchor",
        "a.html: #top: no such anchor",
        "a.html: gone.html: no such file",
    ]


def test_a_site_without_pages_is_not_fine(
    checker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["check_links.py", str(tmp_path)])
    assert checker.main() == 1
    (tmp_path / "a.html").touch()
    assert checker.main() == 0
    assert capsys.readouterr().out == "no dead links in 0 pages\nno dead links in 1 pages\n"


def test_it_finds_names_that_lead_nowhere(checker: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "clauses.html").write_text(
        '<article><section id="ring-4">RING-4 <p id="d30">D30</p></section></article>'
    )
    (tmp_path / "a.html").write_text(
        '<nav>RING-4</nav><article><h2>RING-4</h2><p>See <a href="clauses.html#ring-4"><span>RING-4</span></a><br>'
        "and <code>RING-4</code>, UTF-8, D3.</p></article>"
    )
    (tmp_path / "b.html").write_text("<article><p>As RING-4 and <b>D30</b> say.</p></article>")
    assert list(checker.mute_names(tmp_path)) == ["b.html: RING-4: no link", "b.html: D30: no link"]


@pytest.mark.parametrize("page", [ROOT / page for page in pages()], ids=lambda x: str(x.relative_to(ROOT)))
def test_a_page_links_to_files_that_are_there(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
        assert "made" not in Path(link).parts, f"{link} is there only when the site is built"
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("package", ["model", "native", "fuzz"])
def test_the_page_on_the_architecture_names_every_folder(package: str) -> None:
    page = (ROOT / "docs" / "design" / "architecture.md").read_text()
    section = page.split(f"\n### {package}/\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    named = set(re.findall(r"`(\w+)(?:/|\.py)`", section))
    parts = [x for x in (ROOT / package).iterdir() if x.suffix == ".py" or x.is_dir()]
    assert {x.stem for x in parts if not x.name.startswith("__")} <= named
