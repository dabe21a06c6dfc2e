#!/bin/sh
# Checks what tuban needs to be built: a Rust toolchain, a C compiler (as the linker), pkg-config and GDAL's library and headers.
# On Debian and Ubuntu whatever is missing is installed with apt; elsewhere the command to run is printed.
#
#   scripts/deps.sh          for building
#   scripts/deps.sh test     and rustfmt and clippy, for `make test`
set -eu

# Keep these two in step with rust-version in Cargo.toml and with the prebuilt bindings of the gdal-sys crate.
rust_wanted=1.88
gdal_wanted=3.4

say() { printf '%s\n' "deps: $*" >&2; }
die() {
  say "$@"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# --- Rust -------------------------------------------------------------------------------------------------------------
have cargo && have rustc ||
  die "no Rust toolchain: install one from https://rustup.rs (and open a new shell), then run this again"
rust_found=$(rustc --version | sed -n 's/^rustc \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p')
# 1.88 -> 1088
number() { printf '%s\n' "$1" | awk -F. '{ print $1 * 1000 + $2 }'; }
if [ -n "$rust_found" ] && [ "$(number "$rust_found")" -lt "$(number "$rust_wanted")" ]; then
  die "rustc is $rust_found, wanted is $rust_wanted or later: run 'rustup update stable'" \
    "(a distribution's own rustc is often too old; https://rustup.rs brings a current one)"
fi
if [ "${1:-}" = test ]; then
  missing=
  cargo fmt --version >/dev/null 2>&1 || missing="$missing rustfmt"
  cargo clippy --version >/dev/null 2>&1 || missing="$missing clippy"
  if [ -n "$missing" ]; then
    have rustup || die "missing:$missing: install the package(s) of your Rust toolchain, then run this again"
    # shellcheck disable=SC2086 # a list of names
    rustup component add $missing
  fi
fi

# --- C compiler, pkg-config, GDAL -------------------------------------------------------------------------------------
pkg_config=${PKG_CONFIG:-pkg-config}
# Linking a program needs more than the compiler itself (the C library's start files), so one is linked.
compiler_ok() {
  have cc || return 1
  trial=$(mktemp -d)
  printf 'int main(void) { return 0; }\n' >"$trial/trial.c"
  if cc "$trial/trial.c" -o "$trial/trial" >/dev/null 2>&1; then linked=0; else linked=1; fi
  rm -rf "$trial"
  return $linked
}
# A GDAL somewhere else is named with the variables the gdal-sys crate reads; it then says itself what it does not find.
gdal_named() { [ -n "${GDAL_HOME:-}${GDAL_LIB_DIR:-}" ]; }
gdal_ok() { gdal_named || { have "$pkg_config" && "$pkg_config" --exists gdal; }; }
packages=
look() {
  packages=
  compiler_ok || packages="$packages gcc libc6-dev"
  have "$pkg_config" || packages="$packages pkg-config"
  gdal_ok || packages="$packages libgdal-dev"
}

apt_install() {
  if [ "$(id -u)" -eq 0 ]; then
    as_root=
  elif have sudo; then
    as_root=sudo
  else
    die "missing:$packages; as root run: apt-get update && apt-get install --no-install-recommends$packages"
  fi
  # shellcheck disable=SC2086 # lists of words
  try() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages; }
  say "installing with apt:$packages"
  # Lists may be absent (a fresh container) or stale (the package was replaced since): then they are fetched, once.
  for package in $packages; do
    if ! apt-cache show "$package" >/dev/null 2>&1; then
      $as_root apt-get update
      try && return
      die "apt could not install:$packages (its messages are above)"
    fi
  done
  try && return
  $as_root apt-get update
  try || die "apt could not install:$packages (its messages are above)"
}

tell() { die "missing here (Debian's names):$packages; run: $1"; }

look
if [ -n "$packages" ]; then
  if have apt-get; then
    apt_install
  elif have dnf; then
    tell "sudo dnf install gcc pkgconf-pkg-config gdal-devel"
  elif have zypper; then
    tell "sudo zypper install gcc pkg-config gdal-devel"
  elif have pacman; then
    tell "sudo pacman -S --needed gcc pkgconf gdal"
  elif have apk; then
    tell "sudo apk add gcc musl-dev pkgconf gdal-dev"
  elif have brew; then
    tell "brew install pkgconf gdal"
  elif have conda || have mamba || have micromamba; then
    tell "conda install -c conda-forge gdal pkg-config (README: 'Other systems' says which variables to set)"
  else
    tell "your package manager's command for a C compiler, pkg-config and GDAL $gdal_wanted or later with its headers"
  fi
  look
  [ -z "$packages" ] || die "still missing after the installation:$packages"
fi
if ! gdal_named && ! "$pkg_config" --atleast-version="$gdal_wanted" gdal; then
  die "GDAL is $("$pkg_config" --modversion gdal), wanted is $gdal_wanted or later:" \
    "use a newer release of your system, or conda (README: 'Other systems')"
fi
