#!/bin/sh
# Writes the lock files from the .in files: exact versions with hashes, for every Python and platform we run on, and
# no address in them. Words given are handed on to `uv pip compile`, for instance --upgrade.
set -eu

lock() {
    source=$1
    shift
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --annotation-style line \
        --no-header --no-emit-index-url --no-emit-find-links "$source.in" -o "$source.txt" "$@"
}

lock layers/core/requirements "$@"
lock requirements/bootstrap "$@"
lock requirements/local -c layers/core/requirements.txt --overrides requirements/overrides.txt "$@"
lock requirements/dev -c requirements/local.txt --overrides requirements/overrides.txt "$@"
lock requirements/sam "$@"
