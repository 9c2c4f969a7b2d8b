# shellcheck shell=bash
# Shared by the commands in tools/: where the project is, and what it needs from Debian. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# True if the thing `$2` of kind `$1` (see packages.txt) is on this machine.
is_there() {
  case $1 in
    command) command -v "$2" >/dev/null ;;
    header)
      local folder
      for folder in /usr/local/include /usr/include /usr/include/"$(uname -m)"-linux-gnu; do
        [[ -e $folder/$2 ]] && return 0
      done
      return 1
      ;;
    python) [[ -x /usr/bin/python3 ]] && /usr/bin/python3 -c "import $2" 2>/dev/null ;;
    *)
      echo "tools/packages.txt: unknown kind '$1'" >&2
      exit 2
      ;;
  esac
}

# Makes sure that everything of the sets `$@` is there: installs what is missing as root, otherwise says
# how to and ends, before anything is done half way.
need_packages() {
  local sets=" $* " set kind what package missing=()
  while read -r set kind what package; do
    [[ $set == '' || $set == '#'* || $sets != *" $set "* ]] && continue
    is_there "$kind" "$what" || missing+=("$package")
  done <"$root/tools/packages.txt"
  ((${#missing[@]})) || return 0

  local install="apt-get install -y --no-install-recommends ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "Missing, by their names in Debian 12: ${missing[*]}" >&2
    exit 1
  fi
  if ((EUID != 0)); then
    echo "Some packages are missing. As root:" >&2
    echo "  $install" >&2
    exit 1
  fi
  echo "Installing from Debian: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local log
  log=$(mktemp)
  # An archive of somebody else's that cannot be reached is no reason to stop; a package not found is.
  if ! { apt-get update -qq || true; $install -qq; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    echo "The packages could not be installed: $install" >&2
    exit 1
  fi
  rm -f "$log"
}
