// Reviewing without loading a page for each event: keys, swipes, and taking back the last answer.
import { mountPlayers } from "./player.js";

const { root, csrf } = document.body.dataset;
const given = []; // numbers of the verdicts of this visit
let busy = false;

const card = () => document.querySelector("[data-review]");

async function call(path, method, body) {
  const answer = await fetch(root + path, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || answer.statusText);
  return answer.status === 204 ? null : answer.json();
}

async function show() {
  const answer = await fetch(location.href);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(document.adoptNode(next.querySelector("main")));
  mountPlayers(document);
  mount();
  card()?.querySelector("audio")?.play().catch(() => {});
}

async function step(action) {
  if (busy) return;
  busy = true;
  try {
    await action();
    await show();
  } catch (error) {
    const status = document.querySelector(".status");
    if (status) status.textContent = error.message;
  } finally {
    busy = false;
  }
}

const answer = (name, other) => step(async () => {
  const number = card().dataset.review;
  const body = { answer: name, drawn: true, ...(other ? { other } : {}) };
  given.push((await call(`/api/events/${number}/verdict`, "POST", body)).id);
});

const undo = () => given.length && step(async () => {
  await call(`/api/verdicts/${given[given.length - 1]}`, "DELETE");
  given.pop();
});

function mount() {
  const own = card();
  if (!own) return;
  own.querySelector(".undo").hidden = !given.length;
  own.querySelector(".undo button").addEventListener("click", undo);
  own.querySelector("form.verdict").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = event.submitter?.value || "other", other = own.querySelector("#other").value.trim();
    if (name !== "other" || other) answer(name, name === "other" ? other : "");
  });
  let start = null;
  own.addEventListener("touchstart", (event) => { start = event.target.closest(".scroll, input, audio") ? null : event.touches[0]; }, { passive: true });
  own.addEventListener("touchend", (event) => {
    if (!start) return;
    const x = event.changedTouches[0].clientX - start.clientX, y = event.changedTouches[0].clientY - start.clientY;
    if (Math.abs(x) > 90 && Math.abs(x) > 2 * Math.abs(y)) answer(x > 0 ? "yes" : "no");
    start = null;
  }, { passive: true });
}

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const key = event.key.toLowerCase(), audio = card()?.querySelector("audio");
  if (key === "z") undo();
  if (!card()) return;
  if (key === "y") answer("yes");
  if (key === "n") answer("no");
  if (key === "u") answer("unsure");
  if (key === " " && audio && !event.target.closest("button, a, audio")) {
    event.preventDefault();
    if (audio.paused) audio.play();
    else audio.pause();
  }
});
mount();
