// Now: spectrograms, events and sound as they come.
import { mountListening } from "./listen.js";

const { root, language } = document.body.dataset;
const BANDS = 96, QUIET = Math.floor(BANDS / 5), CONTRAST = 70;
const dark = matchMedia("(prefers-color-scheme: dark)");
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const panels = new Map();

function shades() {
  const stops = dark.matches ? [[29, 46, 41], [84, 130, 110], [238, 246, 214]] : [[228, 237, 231], [112, 143, 128], [16, 44, 36]];
  const at = (share, i) => {
    const [from, to, rest] = share < 0.5 ? [stops[0], stops[1], share * 2] : [stops[1], stops[2], share * 2 - 1];
    return from[i] + (to[i] - from[i]) * rest;
  };
  return Array.from({ length: 64 }, (_, n) => [0, 1, 2].map((i) => at(n / 63, i)));
}

let palette = shades();
dark.addEventListener("change", () => { palette = shades(); });

class Panel {
  constructor(section) {
    this.section = section;
    this.canvas = section.querySelector("canvas");
    this.canvas.width = this.canvas.clientWidth;
    this.canvas.height = this.canvas.clientHeight;
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.context.fillStyle = `rgb(${palette[0].join()})`;
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.low = null;
  }

  push(bytes) {
    const count = bytes.length / BANDS, { width, height } = this.canvas;
    if (!count) return;
    const image = this.context.createImageData(count, BANDS);
    for (let column = 0; column < count; column++) {
      const levels = bytes.subarray(column * BANDS, (column + 1) * BANDS);
      const sorted = Uint8Array.from(levels).sort();
      if (this.low === null) [this.low, this.high] = [sorted[QUIET], sorted[QUIET] + CONTRAST];
      this.low += 0.1 * (sorted[QUIET] - this.low);
      this.high = Math.max(this.high - 0.7, sorted[BANDS - 1], this.low + CONTRAST);
      for (let band = 0; band < BANDS; band++) {
        const share = (levels[band] - this.low) / (this.high - this.low);
        const colour = palette[Math.max(0, Math.min(63, Math.round(share * 63)))];
        const at = 4 * ((BANDS - 1 - band) * count + column);
        image.data.set(colour, at);
        image.data[at + 3] = 255;
      }
    }
    const wide = 2 * count;
    this.context.drawImage(this.canvas, -wide, 0);
    createImageBitmap(image).then((bitmap) => {
      this.context.imageSmoothingEnabled = false;
      this.context.drawImage(bitmap, width - wide, 0, wide, height);
    });
  }

  mark(name) {
    const { width } = this.canvas, c = this.context;
    c.font = "600 11px system-ui, sans-serif";
    c.fillStyle = "#d9480f";
    c.fillRect(width - 14, 0, 2, 6);
    c.textAlign = "right";
    c.fillText(name, width - 18, 12);
  }

  show(status) {
    const { section } = this;
    if (status.level !== undefined) {
      section.querySelector("[data-level]").value = status.level;
      section.querySelector("[data-decibels]").textContent = `${number.format(status.level)} dB`;
    }
    if (status.heard) section.querySelector("[data-heard]").textContent = status.heard;
    if (status.lost) section.querySelector("[data-lost]").textContent = status.lost;
    const listeners = section.querySelector("[data-listeners]");
    if (listeners && status.listeners !== undefined) {
      listeners.textContent = status.listeners;
      section.querySelector("[data-muted]").hidden = !status.muted;
    }
    if (status.state) {
      const chip = section.querySelector("[data-state]");
      chip.textContent = status.shown;
      chip.className = `chip ${status.state === "away" ? "no" : "yes"}`;
    }
  }
}

for (const section of document.querySelectorAll("[data-source]")) panels.set(section.dataset.source, new Panel(section));

async function renew() {
  const answer = await fetch(`${root}/`);
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  const list = document.querySelector("[data-latest]"), known = new Set([...list.children].map((row) => row.dataset.number));
  if (list.querySelector(".player")) return;
  const rows = [...next.querySelectorAll("[data-latest] > li")];
  for (const row of rows) if (!known.has(row.dataset.number)) row.classList.add("new");
  list.replaceChildren(...rows);
}

let source = null;
let waiting = 0;

function connect() {
  source = new EventSource(`${root}/api/stream`);
  const problem = document.querySelector("[data-connection]");
  source.onopen = () => { problem.hidden = true; };
  source.onerror = () => { problem.hidden = false; };
  source.addEventListener("sound", (event) => {
    const sound = JSON.parse(event.data), panel = panels.get(sound.source);
    if (!panel) return;
    panel.push(Uint8Array.from(atob(sound.columns), (one) => one.charCodeAt(0)));
    panel.show(sound);
  });
  source.addEventListener("health", (event) => {
    for (const one of JSON.parse(event.data)) panels.get(one.source)?.show(one);
  });
  source.addEventListener("detection", (event) => {
    const one = JSON.parse(event.data);
    panels.get(one.source)?.mark(one.name);
    clearTimeout(waiting);
    // Soon, and again when its clip has been cut.
    waiting = setTimeout(() => { renew(); waiting = setTimeout(renew, 7000); }, 1500);
  });
}

// A hidden page listens to nothing.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) source?.close();
  else { connect(); renew(); }
});
connect();
mountListening();
