// What every screen needs; each part does nothing where its elements are missing.
import { mountPlayers, openInRow } from "./player.js";
import { mountEndless } from "./endless.js";

mountPlayers(document);
mountEndless();
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-play]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    openInRow(link);
  }
});
if (document.querySelector("[data-review]")) import("./review.js");
if (document.querySelector("[data-live]")) import("./live.js");
