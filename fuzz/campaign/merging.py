# SPDX-License-Identifier: Apache-2.0
"""Merging and minimizing a corpus with libFuzzer's `-merge=1`, which outlives being killed by its control file.

Work is done in a folder below the corpus, on links to what is whole; the corpus itself changes when all is done.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs
import msgspec

from fuzz.campaign import inputs
from fuzz.campaign.job import DEFAULT_FLAGS, write_launcher
from fuzz.campaign.options import ENVIRONMENT, CampaignError, Options
from fuzz.campaign.stats import Stats

_WORK: Final = ".merge"
_OURS: Final = "have"
_NEW: Final = "add"
_CONTROL: Final = "control"
_FROM: Final = "from.json"
_DONE_BEFORE: Final = "merge has been completed before"


@attrs.frozen
class Merged:
    """What merging came to.

    Attributes:
        before: inputs that the corpus had.
        read: inputs that were looked at beside them.
        after: inputs that it has now.
        passed_over: lines about files that are not whole.
        went_on: whether this went on with a merge that had been stopped.
        diverging: programs that the target did not run as the specification allows.
    """

    before: int
    read: int
    after: int
    passed_over: list[str]
    went_on: bool
    diverging: int


def merge(corpus: Path, sources: Iterable[Path], options: Options) -> Merged:
    """Add what reaches something that the corpus does not. Raises CampaignError, OSError."""
    return _Merge(corpus, list(sources), options).add()


def minimize(corpus: Path, options: Options) -> Merged:
    """Remove what reaches nothing that the rest does not. Raises CampaignError, OSError."""
    return _Merge(corpus, [], options).reduce()


class _Merge:
    def __init__(self, corpus: Path, sources: list[Path], options: Options) -> None:
        self._corpus = corpus
        self._sources = sources
        self._options = options
        self._work = corpus / _WORK
        self._passed_over: list[str] = []
        self._diverging = 0

    def add(self) -> Merged:
        kept = self._whole(self._corpus)
        fresh = [x for source in self._sources for x in self._whole(source)]
        went_on = self._prepare(kept, fresh)
        self._run()
        added = sum(inputs.put(self._corpus, x.read_bytes()) for x in self._written())
        return self._end(len(kept), len(fresh), len(kept) + added, went_on)

    def reduce(self) -> Merged:
        kept = self._whole(self._corpus)
        went_on = self._prepare([], kept)
        self._run()
        needed = {inputs.name_of(x.read_bytes()) for x in self._written()}
        if kept and not needed:
            raise CampaignError(f"{self._corpus}: libFuzzer kept no input at all; nothing was removed")
        for path in kept:
            if inputs.name_of(path.read_bytes()) not in needed:
                path.unlink()
        return self._end(len(kept), len(kept), len(needed), went_on)

    def _whole(self, folder: Path) -> list[Path]:
        if not folder.is_dir():
            raise CampaignError(f"{folder}: no folder of inputs")
        corpus = inputs.Corpus(folder)
        found = corpus.look()
        self._passed_over += corpus.trouble()
        return found

    def _prepare(self, ours: list[Path], new: list[Path]) -> bool:
        """Links to what is to be looked at; says whether a merge of the same was stopped, and goes on."""
        told = msgspec.json.encode([[str(x.absolute()) for x in some] for some in (ours, new)])
        if (self._work / _FROM).is_file() and (self._work / _FROM).read_bytes() == told:
            return (self._work / _CONTROL).is_file()
        shutil.rmtree(self._work, ignore_errors=True)
        for name, some in ((_OURS, ours), (_NEW, new)):
            (self._work / name).mkdir(parents=True)
            for number, path in enumerate(some):
                (self._work / name / f"{number:07}").symlink_to(path.absolute())
        (self._work / _FROM).write_bytes(told)
        return False

    def _written(self) -> list[Path]:
        """What libFuzzer put into its first folder."""
        return [x for x in inputs.files(self._work / _OURS) if not x.is_symlink()]

    def _run(self) -> None:
        said = self._once()
        if _DONE_BEFORE in said and not self._written():  # killed after it had looked at all, before it wrote
            (self._work / _CONTROL).unlink()
            self._once()

    def _once(self) -> str:
        with tempfile.TemporaryDirectory(prefix="syslet-merge-") as name:
            place = Path(name)
            options = msgspec.structs.replace(
                self._options, findings=str(place / "findings"), stats=str(place / "stats"), reruns=0
            )
            command = [
                "/bin/sh", str(write_launcher(place)), *DEFAULT_FLAGS, "-merge=1",
                f"-merge_control_file={(self._work / _CONTROL).absolute()}", f"-artifact_prefix={place}/",
                str((self._work / _OURS).absolute()), str((self._work / _NEW).absolute()),
            ]  # fmt: skip
            environment = {
                **os.environ,
                ENVIRONMENT: msgspec.json.encode(options).decode(),
                "SYSLET_LAUNCHER": command[1],
            }
            stats = Stats.shared(Path(options.stats))
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace", check=False,
            )  # fmt: skip
            self._diverging = int(stats.counters.divergence)
        if done.returncode:
            raise CampaignError(f"libFuzzer could not merge:\n{done.stdout.strip()[-2000:]}")
        return done.stdout

    def _end(self, before: int, read: int, after: int, went_on: bool) -> Merged:
        shutil.rmtree(self._work, ignore_errors=True)
        return Merged(before, read, after, self._passed_over, went_on, self._diverging)
