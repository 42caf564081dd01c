# SPDX-License-Identifier: Apache-2.0
"""What pyproject.toml cannot say: an installed `fuzz` holds the corpus, which a checkout has at its top."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithCorpus(build_py):
    """A top-level package `corpus` would collide with those of other projects."""

    def run(self) -> None:
        """Copy the corpus into the wheel; an editable install uses the checkout's."""
        super().run()
        if not self.editable_mode:
            shutil.copytree(
                Path(__file__).parent / "corpus", Path(self.build_lib, "fuzz", "corpus"), dirs_exist_ok=True
            )


setup(cmdclass={"build_py": WithCorpus})
