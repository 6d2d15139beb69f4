// Live sound: one source at a time, until it is stopped. The stream is asked for anew each time, as it does not wait.
const live = document.querySelector("[data-live]");
let stop = () => {};

export function mountListening() {
  for (const button of live.querySelectorAll("[data-listen]")) {
    button.hidden = false;
    button.addEventListener("click", () => (button.getAttribute("aria-pressed") === "true" ? stop() : start(button)));
  }
}

function start(button) {
  stop();
  const status = button.parentElement.querySelector("[data-listening]"), audio = new Audio(button.dataset.listen);
  const show = (on) => {
    button.setAttribute("aria-pressed", on);
    button.querySelector("[data-on]").hidden = !on;
    button.querySelector("[data-off]").hidden = on;
  };
  stop = (why = "") => {
    stop = () => {};
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
    show(false);
    status.textContent = why;
  };
  const own = stop;
  const fail = () => { if (stop === own) stop(live.dataset.refused); };
  status.textContent = live.dataset.connecting;
  show(true);
  audio.addEventListener("playing", () => { status.textContent = ""; });
  audio.addEventListener("ended", () => { if (stop === own) stop(); });
  audio.addEventListener("error", fail);
  audio.play().catch(fail);
}
