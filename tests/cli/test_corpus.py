# SPDX-License-Identifier: Apache-2.0
"""`corpus` and `fmt`: nothing is lost, what is damaged is passed over and said, and what was stopped goes on."""

import zipfile
from pathlib import Path

import pytest

from fuzz.campaign import inputs, merging
from fuzz.campaign.options import CampaignError, Options
from fuzz.generate import codec
from fuzz.text import parse
from tests.cli.test_commands import GOOD, HELLO, call

OTHER = "syslet 1\n\nsettle\nadvance 3\n"


def data_of(text: str) -> bytes:
    return codec.encode(parse(text).program)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two whole inputs, and one that was cut."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for text in (GOOD, OTHER):
        inputs.put(folder, data_of(text))
    (folder / inputs.name_of(b"whole")).write_bytes(b"who")
    return folder


@pytest.mark.parametrize("place", ["made.zip", "texts"])
def test_what_is_exported_is_imported_again(corpus: Path, tmp_path: Path, place: str) -> None:
    out, back = tmp_path / place, tmp_path / "back"
    made = call("corpus", "export", str(corpus), str(out))
    assert made.exit_code == 0, made.output
    assert "2 inputs" in made.stdout
    assert f"{corpus / inputs.name_of(b'whole')}: damaged" in made.stderr
    assert call("corpus", "import", str(back), str(out)).stdout == f"{back}: 2 new, of 2 that were read\n"
    assert {codec.decode(x.read_bytes()) for x in back.iterdir()} == {parse(x).program for x in (GOOD, OTHER)}


def test_an_archive_of_the_same_inputs_is_the_same(corpus: Path, tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        call("corpus", "export", str(corpus), str(tmp_path / name))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert len(zipfile.ZipFile(tmp_path / "a.zip").namelist()) == 2


def test_what_is_no_input_is_passed_over_and_said(corpus: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "notes").write_text("Notes on this corpus.\n")
    (source / "bad.syslet").write_text("syslet 1\nadvanse 3\n")
    (source / "bad.zip").write_bytes(b"PK no archive")
    (source / inputs.name_of(b"x")).write_bytes(b"y")
    (source / "printable.bin").write_bytes(b"Abcd")
    made = call("corpus", "import", str(corpus), str(source))
    assert made.stdout == f"{corpus}: 1 new, of 1 that were read\n"
    assert len([x for x in made.stderr.splitlines() if "passed over" in x]) == 4
    assert all(str(source / x) in made.stderr for x in ("notes", "bad.syslet", "bad.zip", inputs.name_of(b"x")))


def test_the_corpus_of_a_campaign_is_found_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "campaign" / "corpus").mkdir(parents=True)
    call("corpus", "import", str(tmp_path / "campaign"), HELLO)
    assert len(list((tmp_path / "campaign" / "corpus").iterdir())) == 1


@pytest.mark.slow
def test_minimizing_removes_what_reaches_nothing_and_merging_adds_what_does(corpus: Path, tmp_path: Path) -> None:
    copy = data_of(GOOD) + b"\0\0\0"
    inputs.put(corpus, copy)
    made = call("corpus", "minimize", str(corpus))
    assert made.exit_code == 0, made.output
    assert made.stdout == f"{corpus}: 3 inputs, 2 now\n"
    assert (corpus / inputs.name_of(b"whole")).exists(), "what is damaged is left where it is"
    other = tmp_path / "other"
    merged = call("corpus", "merge", str(other), str(corpus))
    assert merged.stdout == f"{other}: 0 inputs, 2 looked at, 2 now\n", merged.output
    assert call("corpus", "merge", str(other), str(corpus)).stdout == f"{other}: 2 inputs, 2 looked at, 2 now\n"
    assert not (other / ".merge").exists()


@pytest.mark.slow
def test_a_merge_that_was_stopped_goes_on(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    once = merging._Merge._once

    def stopped(self: merging._Merge) -> str:
        once(self)
        for path in self._written():  # killed when it had looked at all, and written nothing
            path.unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(merging._Merge, "_once", stopped)
    with pytest.raises(KeyboardInterrupt):
        merging.merge(other, [corpus], Options())
    assert list(inputs.files(other)) == []
    monkeypatch.setattr(merging._Merge, "_once", once)
    made = merging.merge(other, [corpus], Options())
    assert made.went_on
    assert made.after == 2 == len(list(inputs.files(other)))


def test_there_is_nothing_to_merge_from(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match="no folder of inputs"):
        merging.minimize(tmp_path / "nowhere", Options())


def test_fmt_writes_the_canonical_form_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "case.syslet"
    path.write_text("syslet 1\n# A comment.\nhead h0 slots=4 ring=r0\n\nsettle   # behind\nstore h0.stack = top\n")
    assert call("fmt", "--check", str(path)).exit_code == 2
    made = call("fmt", str(tmp_path))
    assert made.stdout == f"{path}: changed\n"
    assert path.read_text() == ("syslet 1\n# A comment.\nhead h0 ring=r0 slots=4\n\nsettle  # behind\nrefill h0\n")
    assert call("fmt", "--check", str(path)).exit_code == 0
    assert call("fmt", "-", stdin=b"syslet 1\nadvance   3\n").stdout == "syslet 1\nadvance 3\n"


def test_fmt_leaves_a_text_with_an_error_as_it_is(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.syslet", tmp_path / "good.syslet"
    bad.write_text("syslet 1\nadvanse 3\n")
    good.write_text("syslet 1\nadvance  3\n")
    made = call("fmt", str(tmp_path))
    assert made.exit_code == 2
    assert f"{bad}:2:1" in made.stderr
    assert bad.read_text() == "syslet 1\nadvanse 3\n"
    assert good.read_text() == "syslet 1\nadvance 3\n"


def test_the_project_s_own_corpus_is_formatted() -> None:
    assert call("fmt", "--check", "corpus").exit_code == 0
