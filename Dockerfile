# SPDX-License-Identifier: Apache-2.0
# The README's commands in a container:
#   docker build -t syslets .
#   docker run --rm -v "$PWD/nightly:/campaign" syslets fuzz --campaign /campaign --time 3600
# The real kernel needs more: docker run --security-opt seccomp=unconfined --shm-size 1g …
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev python3-dev python3-venv util-linux \
 && rm -rf /var/lib/apt/lists/*
COPY . /src
WORKDIR /src
RUN python3 -m venv /opt/syslets && /opt/syslets/bin/pip install --no-cache-dir . && rm -rf /src
ENV PATH=/opt/syslets/bin:$PATH SYSLET_CACHE=/var/cache/syslet
WORKDIR /work
ENTRYPOINT ["syslet"]
CMD ["fuzz", "--time", "60"]
