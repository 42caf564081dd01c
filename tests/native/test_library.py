# SPDX-License-Identifier: Apache-2.0
"""libsyslet as far as it needs no kernel: helpers, headers, manual pages, the path of a cached threadlet."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from native.targets import build, library
from tests.native import pages
from tests.native.listing import documented, listing

HEADERS = ("syslet.h", "threadlet.h")


def test_helpers_stacks_and_threadlets_that_do_not_block(tmp_path: Path) -> None:
    program = library.program(library.LIBRARY / "tests" / "host.c", tmp_path / "host", "-Werror")
    done = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "host: 0 failures\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("header", HEADERS)
def test_a_header_stands_alone(header: str, tmp_path: Path) -> None:
    source = tmp_path / "one.c"
    source.write_text(f"#include <{header}>\n#include <{header}>\nint main(void) {{ return 0; }}\n")
    library.program(source, tmp_path / "one", "-Werror", "-pedantic")


def test_headers_in_cplusplus(tmp_path: Path) -> None:
    source = tmp_path / "one.cc"
    source.write_text(
        "#include <syslet.h>\n#include <threadlet.h>\n"
        "static async_head_user head;\n"
        "static long work(void *) { return threadlet_complete(); }\n"
        "long use(void *stack, int fd) {\n"
        "  syslet_call call;\n"
        "  syslet_prep(&call, 0, fd, stack, sizeof(int));\n"
        "  call.atom.private_ = stack;\n"
        "  return threadlet_exec(work, stack, &head) + (async_exec(&call.atom, &head) == SYSLET_FAILED);\n"
        "}\n"
    )
    include = [f"-I{library.LIBRARY / 'include'}", f"-I{library.UAPI}"]
    command = [*build.compiler(), "-x", "c++", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *include, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # A machine without a C++ compiler can only look for the guards.
    if "cc1plus" in done.stderr or "not recognized" in done.stderr:
        for name in HEADERS:
            assert 'extern "C" {' in (library.LIBRARY / "include" / name).read_text()
    else:
        assert done.returncode == 0, done.stderr


def test_every_function_has_a_page() -> None:
    text = "".join((library.LIBRARY / "include" / name).read_text() for name in HEADERS)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    function = r"^(?!typedef)(?:static inline )?\w[\w ]*[ *](\w+)\((?:[^()]|\([^()]*\))*\)(?:;|\n\{)"
    declared = set(re.findall(function, text, re.MULTILINE))
    named = {name for page in pages.pages() for name in pages.sections(page)["NAME"].split(r"\-")[0].split(",")}
    files = {Path(x).stem for x in pages.aliases()} | {page.stem for page in pages.pages()}
    assert {"threadlet_exec", "async_exec", "syslet_refill", "syslet_ring_take"} <= declared
    inner = {"syslet_new_thread_stack", "syslet_thread_start"}
    assert declared - {x.strip() for x in named} == inner
    assert declared - files == inner


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: page.name)
def test_a_page_is_whole(page: Path) -> None:
    titles = list(pages.sections(page))
    assert [x for x in pages.SECTIONS if x in titles] == titles
    assert set(pages.SECTIONS) - set(titles) <= pages.OPTIONAL
    assert pages.examples(page)
    assert max(map(len, page.read_text().splitlines())) <= 90
    ours = {x.name for x in pages.pages()} | set(pages.aliases())
    for name, section in re.findall(r"(\w+)\((\d)\)", pages.sections(page)["SEE ALSO"]):
        assert f"{name}.{section}" in ours
    if shutil.which("groff"):
        done = subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-z", str(page)], capture_output=True, check=True)
        assert done.stderr == b""


def test_other_names_lead_to_a_page() -> None:
    assert set(pages.aliases().values()) <= {page.name for page in pages.pages()}


@pytest.mark.slow
def test_examples_of_the_pages_compile(tmp_path: Path) -> None:
    assert len(pages.example_programs(tmp_path)) >= len(pages.pages())


def test_the_documented_path_is_the_built_one(tmp_path: Path) -> None:
    built = listing(tmp_path)
    assert list(built) == ["threadlet_exec", "threadlet_run", "threadlet_return", "threadlet_complete"]
    for name, instructions in built.items():
        assert documented()[name] == instructions
