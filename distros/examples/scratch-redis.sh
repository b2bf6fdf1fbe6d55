#!/usr/bin/env bash
# A Redis server out of Debian's packages, without Debian: the program, the libraries that it loads, users and /tmp; no shell,
# no package manager. It runs as a user who owns nothing, and keeps its data in memory.
#
#   distros/examples/scratch-redis.sh                                        an OCI layout in ./images
#   distros/examples/scratch-redis.sh --to docker-daemon:redis:scratch --explain
#
# ROOTFS_IMPORTER names the program; without it this checkout's is built and run.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
exec "${ROOTFS_IMPORTER:-$here/../../scripts/run}" scratch redis-server --from debian-12 \
    --with passwd,tmp --user nonroot --workdir /tmp --expose 6379 \
    --cmd '["--save", "", "--protected-mode", "no"]' "$@"
