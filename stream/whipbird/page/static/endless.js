// Lists that go on: the next page is fetched when its link comes near.
export function mountEndless() {
  const stream = document.querySelector("[data-endless]");
  if (!stream || !("IntersectionObserver" in window)) return;
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) extend(stream, observer);
  }, { rootMargin: "600px" });
  watch(stream, observer);
}

function watch(stream, observer) {
  const more = stream.querySelector(".more");
  if (more) observer.observe(more);
}

async function extend(stream, observer) {
  const more = stream.querySelector(".more");
  if (!more || more.dataset.busy) return;
  more.dataset.busy = "yes";
  const answer = await fetch(more.querySelector("a").href).catch(() => null);
  if (!answer || !answer.ok) return delete more.dataset.busy;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-endless]");
  observer.unobserve(more);
  more.remove();
  for (const part of [...next.children]) {
    const groups = stream.querySelectorAll(".group"), last = groups[groups.length - 1];
    if (last && part.dataset.day !== undefined && part.dataset.day === last.dataset.day) {
      last.querySelector("ol").append(...part.querySelector("ol").children);
    } else stream.append(part);
  }
  watch(stream, observer);
}
