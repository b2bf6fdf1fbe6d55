#!/bin/sh
# curl and exactly the libraries that it loads, with certificates and a user who is not root, in an image without a
# distribution: for health checks and scheduled requests. A scratch image is the result of a command, not of a profile.
#
#     distros/examples/scratch-curl.sh --to docker-daemon:curl:latest
#     docker run curl:latest https://example.org/
#
# ROOTFS_IMPORTER names the command where it is not in PATH: ROOTFS_IMPORTER=scripts/run.
set -eu
exec "${ROOTFS_IMPORTER:-rootfs-importer}" scratch curl --from debian-13 --with ca-certificates,passwd,tmp \
  --user nonroot "$@"
