#!/bin/sh
# Measures the graphics card of this machine, in less than 8 minutes and without a network, and writes
# report.json and report.md:
#
#   sh run.sh [--out FOLDER] [--seconds 420] [--backends builtin,dawn] [--sections NAMES]
#
# It needs x86-64 Linux with glibc, a Vulkan driver, gzip (or xz, if the kit was packed by it), and 150
# MB of disk. Everything that it unpacks and writes stays in its own folder; from one that it may not
# write to, it makes a copy of itself for the time of the measurement.
#
# Environment:
#   FLM_KIT_DIR   where that copy goes (else a folder of TMPDIR, or of /tmp)

set -u
unset CDPATH

die() {
  printf 'gpu-kit: %s\n' "$*" >&2
  exit 1
}

case $(uname -sm) in
  'Linux x86_64') ;;
  *) die "this kit is for x86-64 Linux, and this is $(uname -sm)" ;;
esac

caller=$PWD
case $0 in */*) here=${0%/*} ;; *) here=. ;; esac
here=$(cd -- "$here" && pwd -P) || exit 1

# --- a folder to work in ------------------------------------------------------------------------

root=$here
out=$here/report
copied=
if ! { mkdir -p "$here/cache" && [ -w "$here/cache" ]; } 2>/dev/null; then
  root=${FLM_KIT_DIR:-}
  if [ -n "$root" ]; then
    mkdir -p "$root" || die "cannot make $root: set FLM_KIT_DIR to a folder that can be made"
  else
    root=$(mktemp -d "${TMPDIR:-/tmp}/gpu-kit.XXXXXX") ||
      die "cannot write to $here nor to ${TMPDIR:-/tmp}: set FLM_KIT_DIR to a folder with 200 MB"
    copied=$root
  fi
  trap '[ -z "$copied" ] || rm -rf "$copied"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  out=$caller/gpu-report
  cp -R "$here/." "$root" || die "cannot copy the kit to $root: is there room for 200 MB?"
  chmod -R u+w "$root"
  rm -rf "$root/cache"
  mkdir -p "$root/cache" || exit 1
fi

# Unpacks the file $1 of the kit, once.
unpack() {
  target=$root/$1
  [ -s "$target" ] && return
  if [ -f "$target.gz" ]; then
    packed=$target.gz program=gzip
  elif [ -f "$target.xz" ]; then
    packed=$target.xz program=xz
  else
    die "$1 is missing from the kit: copy the whole folder again"
  fi
  command -v $program >/dev/null 2>&1 ||
    die "there is no $program, which unpacks $1: install it, or make a kit without --xz"
  $program -dc "$packed" >"$target.part" && mv "$target.part" "$target" ||
    die "cannot unpack $packed: is there room for 200 MB, and is the copy of the kit whole?"
  chmod +x "$target"
}

unpack bin/deno
unpack packages/webgpu/dist/linux-x64/dawn.node
version=$("$root/bin/deno" -V 2>&1) ||
  die "Deno does not start in $root ($version): set FLM_KIT_DIR to a folder that programs may run in"

# --- the driver ---------------------------------------------------------------------------------

# Is the library $1 where the linker looks?
has_library() {
  { ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null | grep -q "[[:space:]]$1 " && return
  for place in /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib /lib64; do
    [ -e "$place/$1" ] && return
  done
  return 1
}

add_libraries() { export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$1"; }

if ! has_library libvulkan.so.1 && [ -f "$root/vulkan/libvulkan.so.1" ]; then
  add_libraries "$root/vulkan"
fi

# Containers often have NVIDIA's driver without the description that the Vulkan loader looks for.
find_nvidia() {
  for place in /etc /usr/share /usr/local/etc /usr/local/share; do
    for description in "$place"/vulkan/icd.d/nvidia*.json; do
      [ -e "$description" ] && return
    done
  done
  for description in /usr/local/nvidia/share/vulkan/icd.d/*.json; do
    [ -e "$description" ] || continue
    export VK_DRIVER_FILES="$description"
    return
  done
  library=
  has_library libGLX_nvidia.so.0 && library=libGLX_nvidia.so.0
  for place in /usr/local/nvidia/lib64 /usr/local/nvidia/lib; do
    [ -z "$library" ] && [ -e "$place/libGLX_nvidia.so.0" ] && library=$place/libGLX_nvidia.so.0
  done
  [ -n "$library" ] || return
  printf '{"file_format_version":"1.0.0","ICD":{"library_path":"%s","api_version":"1.3.0"}}\n' \
    "$library" >"$root/cache/nvidia_icd.json"
  export VK_DRIVER_FILES="$root/cache/nvidia_icd.json"
}
if [ -d /usr/local/nvidia/lib64 ]; then add_libraries /usr/local/nvidia/lib64; fi
[ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] || find_nvidia

# --- the measurement ----------------------------------------------------------------------------

# Drivers keep compiled kernels there: those of another day would make first steps look short.
rm -rf "$root/cache/shaders"
mkdir -p "$root/cache/shaders" "$root/cache/deno"
export DENO_DIR="$root/cache/deno" DENO_NO_UPDATE_CHECK=1
export XDG_CACHE_HOME="$root/cache/shaders" __GL_SHADER_DISK_CACHE_PATH="$root/cache/shaders"
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
  mkdir -p "$root/cache/runtime" && chmod 700 "$root/cache/runtime"
  export XDG_RUNTIME_DIR="$root/cache/runtime"
fi
export INIT_CWD="$caller" FLM_COMMAND="sh $0"

cd -- "$root" || exit 1
"$root/bin/deno" run --quiet --no-lock --cached-only --no-prompt \
  --allow-read --allow-write --allow-env --allow-sys --allow-run \
  bench/card.ts --out "$out" --commit "$(cat commit)" "$@"
