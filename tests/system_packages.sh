#!/usr/bin/env bash
# Installs the system packages that the tests use, as root on Debian; elsewhere it names those that are missing, and the
# tests that need them are skipped.
#
#   tests/system_packages.sh                  for the tests and benchmarks
#   tests/system_packages.sh --venv PYTHON    only what PYTHON needs to make a virtual environment
set -euo pipefail

# A program (or another file) each package brings, by which it is recognised.
declare -A brings=(
  [libportaudio2]=libportaudio.so.2
  [libasound2-plugins]=libasound_module_pcm_pulse.so
  [pulseaudio]=pulseaudio
  [pulseaudio-utils]=paplay
  [espeak-ng]=espeak-ng
  [flite]=flite
  [sox]=sox
  [ffmpeg]=ffmpeg
  [flac]=flac
  [mosquitto]=mosquitto
  [tmux]=tmux
  [icecast2]=icecast2
  [iproute2]=ip
  [python3-gi]=_gi.cpython
  [gir1.2-gst-rtsp-server-1.0]=GstRtspServer-1.0.typelib
  [gstreamer1.0-plugins-base]=libgstapp.so
  [gstreamer1.0-plugins-good]=libgstrtp.so
  [gcc]=cc
  [libc6-dev]=crt1.o
)

present() {
  command -v "$1" >/dev/null 2>&1 && return
  case $1 in
    *.so* | *.o | *.typelib | _*) find /usr/lib /usr/local/lib -name "$1*" -print -quit 2>/dev/null | grep -q . ;;
    *) return 1 ;;
  esac
}

install() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    echo "missing system packages (Debian's names), please install: $*" >&2
  fi
}

if [ "${1:-}" = --venv ]; then
  if ! "$2" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    install python3-venv
  fi
  exit 0
fi

missing=()
for package in "${!brings[@]}"; do
  present "${brings[$package]}" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  install "${missing[@]}"
fi
