#!/bin/sh
# Prints the Python to work with: the one named, else that of .venv, else the first on PATH that is new enough.
# Usage: tools/python.sh [PYTHON]
set -u

fits='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

if [ -n "${1:-}" ]; then
    if "$1" -c "$fits" >/dev/null 2>&1; then
        command -v "$1"
        exit 0
    fi
    echo "Tocsin needs Python 3.11 or newer with its venv module; $1 is not ($("$1" --version 2>&1 | head -n 1))." >&2
    exit 2
fi

for one in .venv/bin/python python3.13 python3.12 python3.11 python3.14 python3 python; do
    if "$one" -c "$fits" >/dev/null 2>&1; then
        command -v "$one"
        exit 0
    fi
done
echo "Tocsin needs Python 3.11 or newer with its venv module, and none is on PATH. Install one" \
    "(Debian: apt-get install python3 python3-venv) or name one: make PYTHON=/path/to/python3 …" >&2
exit 2
