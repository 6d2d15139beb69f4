#!/usr/bin/env bash
# A virtual sound card: a PulseAudio null sink whose monitor is the default microphone.
#
#   tests/helpers/virtual_mic.sh start DIR     then: . DIR/env; paplay FILE   speaks into the microphone
#   tests/helpers/virtual_mic.sh stop DIR
#
# Needs pulseaudio, pulseaudio-utils and libasound2-plugins (Debian's names). It has its own server, socket and
# configuration in DIR and leaves the user's sound alone. Without rewinds (norewinds=1) nothing is heard twice.
set -euo pipefail

command=${1:?start or stop}
dir=$(realpath -m "${2:?a folder for its socket and log}")

running() { [ -s "$dir/pid" ] && kill -0 "$(cat "$dir/pid")" 2>/dev/null; }

start() {
  running && return
  mkdir -p "$dir/run" "$dir/state"
  chmod 700 "$dir" "$dir/run"
  rm -f "$dir/native"
  printf 'autospawn = no\n' >"$dir/client.conf"
  printf 'pcm.!default { type pulse }\nctl.!default { type pulse }\npcm.pulse { type pulse }\nctl.pulse { type pulse }\n' \
    >"$dir/asoundrc"
  cat >"$dir/env" <<END
export PULSE_SERVER=unix:$dir/native PULSE_CLIENTCONFIG=$dir/client.conf
export PULSE_RUNTIME_PATH=$dir/run PULSE_STATE_PATH=$dir/state
export ALSA_CONFIG_PATH=/usr/share/alsa/alsa.conf:$dir/asoundrc
END
  # shellcheck source=/dev/null
  . "$dir/env"
  env -u PULSE_SERVER HOME="$dir" setsid pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no \
    --disable-shm=yes --high-priority=no --realtime=no --log-level=notice \
    -L "module-native-protocol-unix auth-anonymous=1 socket=$dir/native" \
    -L "module-null-sink sink_name=speaker rate=48000 channels=1 format=s16le norewinds=1" \
    >"$dir/log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  for _ in $(seq 1200); do
    if pactl info >/dev/null 2>&1; then
      pactl set-default-sink speaker
      pactl set-default-source speaker.monitor
      return
    fi
    sleep 0.05
  done
  echo "the sound server did not start:" >&2
  tail -5 "$dir/log" >&2
  exit 1
}

stop() {
  running || return 0
  kill "$(cat "$dir/pid")"
  for _ in $(seq 60); do
    running || break
    sleep 0.05
  done
  if running; then kill -9 "$(cat "$dir/pid")"; fi
  rm -f "$dir/pid" "$dir/native"
}

case $command in
  start) start ;;
  stop) stop ;;
  *) echo "unknown command $command; start or stop" >&2; exit 2 ;;
esac
