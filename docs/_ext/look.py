# SPDX-License-Identifier: Apache-2.0
"""Looks at every page of a built site in a real browser, and finds what is cut off.

`python look.py site` opens each page at the width of a desktop and of a phone, and exits with 1 if anything reaches
beyond the edge of the screen that is not in a box that scrolls, if a picture is too small to read, or if the search for
a clause by its name does not find it first. It needs a Chromium.
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

WIDTHS: Final = (1280, 390)
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SEARCH: Final = "/search.html"
_PICTURES: Final = "pictures"
"""Their words are held to their boxes by tests, in all sizes."""
_PATIENCE: Final = 900
"""Seconds for all pages."""


class NoBrowser(Exception):
    """There is none, or it did not come to an end."""


def harness(site: Path) -> str:
    """A page that opens all others."""
    pages = [x.resolve().as_uri() for x in sorted(site.rglob("*.html")) if site / _PICTURES not in x.parents]
    text = Path(__file__).with_name("look.html").read_text(encoding="utf-8")
    values = {
        "PAGES": pages,
        "WIDTHS": WIDTHS,
        "CLAUSES": [*clauses(site)],
        "SEARCH": site.resolve().as_uri() + _SEARCH,
    }
    return re.sub("|".join(values), lambda name: json.dumps(values[name[0]]), text)


def clauses(site: Path) -> dict[str, str]:
    """The names of the clauses of a site, `RING-3`, with page and anchor of each."""
    return {
        anchor.upper(): f"{page.relative_to(site).with_suffix('').as_posix()}#{anchor}"
        for page in sorted(site.glob("made/clauses/*.html"))
        for anchor in re.findall(r'<section id="([a-z]+-\d+)">', page.read_text(encoding="utf-8"))
    }


def read(dumped: str, site: Path) -> tuple[int, list[str]]:
    """How many pages were looked at, and a line for each that is cut off, from what the browser made of the harness."""
    report = re.search(r'<pre id="report">(.*?)</pre>', dumped, re.DOTALL)
    if report is None:
        raise NoBrowser("the browser gave no report")
    told = json.loads(html.unescape(report[1]))
    start = f"{site.resolve().as_uri()}/"
    lines = [
        f"{page.removeprefix(start)}: at {width} pixels <{tag}> is cut off: {' '.join(text.split())}"
        for page, width, tag, text in told["found"]
    ]
    places = clauses(site)
    lines += [
        f"the search for {name} finds {title} ({place}) first"
        for name, title, place in told["first"]
        if place != places[name] or not title.startswith(f"{name} ")
    ]
    return told["looked"], lines


def look(site: Path) -> tuple[int, list[str]]:
    """As `read`. Raises NoBrowser."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise NoBrowser(f"none of {', '.join(_BROWSERS)} is installed")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "look.html"
        page.write_text(harness(site), encoding="utf-8")
        command = [
            browser, "--headless", "--disable-gpu", "--allow-file-access-from-files",
            f"--user-data-dir={folder}/profile",
            "--window-size=1400,1000", f"--virtual-time-budget={_PATIENCE * 1000}", "--dump-dom", page.as_uri(),
        ]  # fmt: skip
        if os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise NoBrowser(f"the browser did not end in {_PATIENCE} seconds") from None
    return read(done.stdout, site)


def main() -> int:
    """The exit status for the folder in the first argument; 77 if there is no browser to look with."""
    try:
        looked, lines = look(Path(sys.argv[1]))
    except NoBrowser as error:
        print(f"the pages were not looked at: {error}")
        return 77
    print(
        "\n".join(lines)
        or f"nothing is cut off or too small in {looked} looks, and a search for a clause finds it first"
    )
    return bool(lines) or not looked


if __name__ == "__main__":
    raise SystemExit(main())
