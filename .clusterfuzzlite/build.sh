#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0
#
# Builds the fuzz target for ClusterFuzzLite and OSS-Fuzz. Only $OUT is shipped, and it is moved: what the target needs
# lies beside it and is found there. PACK=0 leaves the Python where it is (for trying it without pyinstaller).
#
# Their own step for Python preloads a libFuzzer. With it our mutator is never called, so the wrapper is our own.

cd "${SRC}/syslets"
python="${PYTHON:-python3}"
sanitizer="${SANITIZER:-address}"

if [ "$sanitizer" = coverage ]; then
	export SYSLET_PURE=1 # lines of compiled modules cannot be counted
fi
if [ "${PACK:-1}" = 1 ]; then
	"$python" -m pip install --quiet . pyinstaller
	work="$(mktemp -d)"
	cd "$work" # here lies no source that would be found instead of what was installed
fi

flavour=fast
if [ "$sanitizer" = address ]; then
	flavour=asan
fi
# Their compiler flags are for targets in C; the executor has its own.
executor="$(env -u CFLAGS -u CXXFLAGS CC="${EXECUTOR_CC:-cc}" "$python" -c \
	"from native.targets import build; print(build.executor(build.Flavour('$flavour')))")"
cp "$executor" "$OUT/syslet_executor"

seeds="$(mktemp -d)"
corpus="$("$python" -c 'from fuzz.campaign.seeds import corpus_root; print(corpus_root())')"
"$python" -m fuzz.cli corpus import "$seeds" "$corpus"
"$python" -m fuzz.cli corpus export "$seeds" "$OUT/syslet_fuzz_seed_corpus.zip"
rm -r "$seeds"
cp "${SRC}/syslets/.clusterfuzzlite/syslet_fuzz.options" "$OUT/"

if [ "${PACK:-1}" = 1 ]; then
	cat >syslet_fuzz.py <<-'PY'
		from fuzz.campaign.engine_mode import main

		main()
	PY
	# What compiled modules import cannot be seen in them, so all is named.
	shared="$("$python" -c 'import importlib.util as u; print("syslets__mypyc" if u.find_spec("syslets__mypyc") else "")')"
	pyinstaller --onefile --noconfirm --log-level WARN --distpath "$OUT" --workpath build --name syslet_fuzz.pkg \
		--collect-submodules model --collect-submodules fuzz --collect-submodules native \
		--collect-data fuzz --collect-data model --collect-data native \
		--collect-submodules atheris --hidden-import mypy_extensions \
		${shared:+--hidden-import "$shared"} --exclude-module fuzz.generate.strategies \
		--exclude-module fuzz.generate.page syslet_fuzz.py
	run='chmod +x "$here/syslet_fuzz.pkg" "$here/syslet_executor" 2>/dev/null || true
exec "$here/syslet_fuzz.pkg" "$@"'
	chmod -x "$OUT/syslet_fuzz.pkg" # whatever may be executed is taken for a target
else
	run="export PYTHONPATH='${SRC}/syslets'
exec '$python' -m fuzz.campaign.engine_mode \"\$@\""
fi

cat >"$OUT/syslet_fuzz" <<WRAPPER
#!/bin/sh
# LLVMFuzzerTestOneInput: by this word a target is told from other programs.
here=\$(cd "\$(dirname "\$0")" && pwd)
unset LD_PRELOAD
export SYSLET_EXECUTOR="\$here/syslet_executor" SYSLET_LAUNCHER="\$here/syslet_fuzz"
$run
WRAPPER
chmod +x "$OUT/syslet_fuzz"
