// The operators' page (screen.js comes first): is it live, and what was answered. The rest comes from the server.
"use strict";

function live(state) {
  const pulse = $("#pulse");
  pulse.dataset.live = state;
  pulse.textContent = state === "on" ? "live" : "not live";
}
document.addEventListener("htmx:sseOpen", () => live("on"));
document.addEventListener("htmx:sseError", () => live("lost"));
document.addEventListener("click", (event) => event.target.closest("[data-do=dismiss]")?.closest(".toast").remove());
document.addEventListener("htmx:oobAfterSwap", () => tick());
setInterval(() => {
  for (const card of all(".toast")) {
    card.dataset.left = (Number(card.dataset.left ?? card.dataset.seconds ?? 8) - 1).toString();
    if (Number(card.dataset.left) <= 0 && !card.matches(":hover, :focus-within")) card.remove();
  }
}, 1000);
