# shellcheck shell=bash
# Shared by the scripts of this directory; sourced, not run. Nothing here starts a process when the host has all.

# The checkout, for whoever sources this.
# shellcheck disable=SC2034
ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
  say "error: $1"
  [ $# -lt 2 ] || say "hint: $2"
  exit 9
}

has() { command -v "$1" >/dev/null 2>&1; }

# Whether a shared library is installed where dynamic loaders look (ld.so(8)), by file name.
has_library() {
  local directory
  for directory in /usr/lib/*-linux-gnu* /lib/*-linux-gnu* /usr/lib64 /lib64 /usr/lib /lib; do
    [ ! -e "$directory/$1" ] || return 0
  done
  return 1
}

# as_root COMMAND...: runs it as root, with sudo when need be.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    die "'$*' has to be run as root" "run it as root, or install sudo"
  fi
}

# What the host lacks: names of packages, and why, by index.
MISSING=()
REASONS=()

# need PACKAGE REASON CHECK...: notes a package of Debian and Ubuntu when the check fails.
need() {
  local package=$1 reason=$2
  shift 2
  ! "$@" || return 0
  MISSING+=("$package")
  REASONS+=("$reason")
}

# Installs what was noted, saying what and why.
install_missing() {
  local i log
  [ ${#MISSING[@]} -gt 0 ] || return 0
  say "this host lacks:"
  for i in "${!MISSING[@]}"; do say "  ${MISSING[i]}: ${REASONS[i]}"; done
  has apt-get || die "only Debian's and Ubuntu's packages can be installed here" \
    "install the equivalents of ${MISSING[*]}"
  say "installing ${MISSING[*]}"
  log=$(mktemp)
  # The lists of a fresh machine are empty or old: fetch them when the packages are not found with those there are.
  if ! apt_install >"$log" 2>&1; then
    as_root apt-get update >>"$log" 2>&1 || true
    if ! apt_install >>"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      die "${MISSING[*]} could not be installed" "see the lines above"
    fi
  fi
  rm -f "$log"
  MISSING=()
  REASONS=()
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${MISSING[@]}"
}

# What a build needs of the host, but for the .NET SDK.
need_build_tools() {
  need gpgv "verifies the signatures of package archives" has_verifier
  need debootstrap "declares the default mirror of each distribution" [ -d /usr/share/debootstrap/scripts ]
  need liblzma5 "reads packages compressed with xz" has_library liblzma.so.5
  need libzstd1 "reads packages compressed with zstd" has_library libzstd.so.1
  need libbz2-1.0 "reads old packages compressed with bzip2" has_library libbz2.so.1.0
  need util-linux "runs maintainer scripts in namespaces (unshare)" has unshare
  if [ "$EUID" != 0 ]; then
    need uidmap "maps the users of a rootfs for a user who is not root (newuidmap)" has newuidmap
  fi
}

has_verifier() { has gpgv || has sqv; }

# The .NET SDK: said, not installed, since distributions disagree on how.
need_dotnet() {
  has dotnet || die "the .NET SDK 10 is not installed" \
    "install it (dotnet-sdk-10.0, or https://dot.net) so that 'dotnet' is in PATH"
}
