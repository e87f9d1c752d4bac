#!/bin/sh
# Install one thing that the book needs, if it is missing: python | node | latex | chromium | stock |
# lighthouse | frameworks LIBRARY...
# System packages come through apt-get where that is possible; elsewhere this stops and says what to do.
set -eu

LATEX="latexmk texlive-xetex texlive-latex-extra texlive-fonts-recommended texlive-plain-generic
  fonts-texgyre fonts-texgyre-math fonts-dejavu-core"

stop() {
  printf '\n%s\n' "$1" >&2
  exit 1
}

# run COMMAND...: run it in a session of its own, so that an interrupt reaches this script alone,
# which ends the command with all that it started and says so in one line.
run() {
  python3 -c 'import os, sys; os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])' "$@" &
  child=$!
  wait "$child"
}
interrupted() {
  [ -z "${child:-}" ] || kill -TERM "-$child" 2>/dev/null || :
  printf '\nInterrupted; the next make goes on from here.\n' >&2
  exit 130
}
trap interrupted INT

# Debian packages named in the arguments that are not installed.
missing() {
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
  done
}

# debian WHAT PACKAGE...: install Debian packages, saying so.
debian() {
  what=$1
  shift
  packages=$(missing "$@")
  [ -n "$packages" ] || return 0
  install="apt-get install -y --no-install-recommends $packages"
  if [ "$(id -u)" -eq 0 ]; then
    sudo=
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo=sudo
  else
    stop "$what is missing. Install it with:  sudo $install"
  fi
  echo "Installing $what from Debian's packages: $packages"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo $install -qq >/dev/null
}

has_apt() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

case $1 in
  python)
    python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' ||
      stop "Python 3.11, 3.12 or 3.13 is needed; python3 here is $(python3 --version 2>&1)."
    # Debian keeps the part of Python that makes environments in a package of its own.
    if ! python3 -c 'import ensurepip' 2>/dev/null && has_apt; then
      debian "Python's venv" python3-venv
    fi
    echo "Installing the Python packages of requirements.txt into .venv"
    [ -x .venv/bin/pip ] || run python3 -m venv .venv
    run .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
    run .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    ;;
  node)
    echo "Installing the web packages of package-lock.json into node_modules"
    run npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    ;;
  latex)
    if has_apt; then
      # shellcheck disable=SC2086  # a list of packages
      debian LaTeX $LATEX
    elif ! command -v latexmk >/dev/null || ! command -v xelatex >/dev/null; then
      stop "LaTeX is missing: install TeX Live with XeLaTeX and latexmk, or build with 'make html', which needs none."
    fi
    ;;
  frameworks)
    # The wheels of PyTorch without CUDA come from its own index, which uv knows by the name cpu.
    shift
    echo "Installing $* beside the book's own packages, into _build/frameworks"
    run .venv/bin/uv venv --quiet --allow-existing --python .venv/bin/python _build/frameworks
    run .venv/bin/uv pip install --quiet --python _build/frameworks --torch-backend cpu \
      --constraint requirements.txt numpy pytest hypothesis "$@"
    ;;
  stock)
    # Only for the comparison with plain Jupyter Book.
    if has_apt; then
      debian "a face that the PDF builder of plain Jupyter Book sets" fonts-freefont-otf
    fi
    ;;
  lighthouse)
    # Only for measuring the pages.
    if [ ! -x _build/lighthouse/node_modules/.bin/lighthouse ]; then
      echo "Installing Lighthouse into _build/lighthouse"
      mkdir -p _build/lighthouse
      run npm install --prefix _build/lighthouse --ignore-scripts --no-audit --no-fund --loglevel=error lighthouse@12.8.2
    fi
    ;;
  chromium)
    # Chrome will do as well; the driver of the tests needs libatomic.
    for name in chromium chromium-browser google-chrome; do
      command -v "$name" >/dev/null && browser=$name && break
    done
    if has_apt; then
      # shellcheck disable=SC2046  # nothing, if there is a browser
      debian "the browser of the tests" $([ -n "${browser:-}" ] || echo chromium) libatomic1
    elif [ -z "${browser:-}" ]; then
      stop "The tests open the pages in Chromium or Chrome: put 'chromium' on the path."
    fi
    ;;
esac
