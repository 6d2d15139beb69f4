// Sound under its spectrogram: a moving line, seeking by a tap, and zoom.
const root = document.body.dataset.root;

export function mountPlayers(parent) {
  for (const figure of parent.querySelectorAll(".player")) mount(figure);
}

function mount(figure) {
  const audio = figure.querySelector("audio"), line = figure.querySelector(".cursor");
  const sheet = figure.querySelector(".sheet"), zoom = figure.querySelector(".zoom");
  let frame = 0;
  const draw = () => {
    const share = audio.duration ? audio.currentTime / audio.duration : 0;
    line.setAttribute("x1", 1000 * share);
    line.setAttribute("x2", 1000 * share);
    frame = audio.paused ? 0 : requestAnimationFrame(draw);
  };
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
    cancelAnimationFrame(frame);
    draw();
  });
  for (const name of ["seeked", "pause", "ended"]) audio.addEventListener(name, () => requestAnimationFrame(draw));
  sheet.addEventListener("click", (event) => {
    const box = sheet.getBoundingClientRect();
    if (audio.duration) audio.currentTime = ((event.clientX - box.left) / box.width) * audio.duration;
    audio.play();
  });
  zoom.hidden = false;
  zoom.addEventListener("click", () => {
    const on = figure.classList.toggle("zoomed");
    zoom.setAttribute("aria-pressed", on);
    for (const one of figure.querySelectorAll("source, img")) {
      const key = one.srcset ? "srcset" : "src";
      one[key] = one[key].replace(/size=\w+/, on ? "size=wide" : "size=large");
    }
  });
}

// Play a row of a list: its event's own page has the player.
export async function openInRow(link) {
  const row = link.closest("li");
  const there = row.querySelector(".player");
  if (there) {
    const audio = there.querySelector("audio");
    if (audio.paused) audio.play();
    else audio.pause();
    return;
  }
  for (const other of document.querySelectorAll(".event .player")) other.remove();
  const answer = await fetch(`${root}/events/${link.dataset.play}`);
  if (!answer.ok) return location.assign(link.href);
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".player");
  if (!found) return location.assign(link.href);
  row.append(found);
  mount(found);
  found.querySelector("audio").play().catch(() => {});
}
