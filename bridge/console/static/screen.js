// The screen in the browser: updates in place, times, unread dots. console.js is what people do with it.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const kept = (name, value) => {
  try {
    if (value === undefined) return localStorage.getItem(`handrail.${name}`);
    if (value === null || value === "") localStorage.removeItem(`handrail.${name}`);
    else localStorage.setItem(`handrail.${name}`, value);
  } catch { /* private windows refuse storage: everything else works without it */ }
  return null;
};
const number = () => $("#pane")?.dataset.number ?? null;

// ── updates in place ────────────────────────────────────────────────────────
// Children are known by id; one whose markup came unchanged, or as a stub, stays the very node it is: what is typed,
// focused, opened or selected in it is not touched.

const cameAs = new WeakMap();
const remember = (region) => { for (const child of region.children) cameAs.set(child, child.outerHTML); };

function carryOver(old, fresh) {
  for (const details of all("details[open][id]", old)) $(`#${CSS.escape(details.id)}`, fresh)?.setAttribute("open", "");
  for (const radio of all("input:checked[id]", old)) {
    const twin = $(`#${CSS.escape(radio.id)}`, fresh);
    if (twin) twin.checked = true;
  }
}

function keyed(target, fragment) {
  const timeline = target.id === "timeline";
  const atEnd = timeline && target.scrollHeight - target.scrollTop - target.clientHeight < 80;
  const focused = document.activeElement?.id;
  const added = [];
  const before = new Map([...target.children].map((child) => [child.id, child]));
  let place = target.firstElementChild;
  for (const fresh of [...fragment.children]) {
    const old = before.get(fresh.id);
    before.delete(fresh.id);
    const markup = fresh.outerHTML;
    const same = old && ("same" in fresh.dataset || cameAs.get(old) === markup);
    const busy = old && !same && old.contains(document.activeElement) && document.activeElement.matches("textarea, select, input:not([type=radio])");
    if (same || busy) {
      if (old !== place) target.insertBefore(old, place);
      else place = place.nextElementSibling;
      continue;
    }
    if ("same" in fresh.dataset) continue;
    cameAs.set(fresh, markup);
    if (old) {
      carryOver(old, fresh);
      if (old === place) place = place.nextElementSibling;
      old.remove();
    }
    target.insertBefore(fresh, place);
    added.push(fresh);
  }
  for (const gone of before.values()) gone.remove();
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (atEnd) target.scrollTop = target.scrollHeight;
  else if (timeline && added.some((node) => node.matches(".said"))) showFresh(target);
  freshen(target);
  return added;
}

htmx.defineExtension("keyed", {
  isInlineSwap: () => false,
  handleSwap: (style, target, fragment) => (style === "keyed" ? keyed(target, fragment) : false),
});

function showFresh(timeline) {
  if ($("#fresh")) return;
  const button = document.createElement("button");
  Object.assign(button, { id: "fresh", type: "button", className: "button small primary fresh", textContent: "New below ↓" });
  button.onclick = () => { timeline.scrollTop = timeline.scrollHeight; button.remove(); };
  timeline.after(button);
}

// ── times, in the reader's own zone ─────────────────────────────────────────

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayClock = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

function lasting(seconds) {
  if (seconds < 60) return "";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

function tellTime(node) {
  const at = new Date(node.dateTime);
  const span = lasting((Date.now() - at) / 1000);
  const today = at.toDateString() === new Date().toDateString();
  let text;
  if (node.dataset.show === "span") text = span || "under a minute";
  else if (node.dataset.show === "age") text = span || "now";
  else if (node.dataset.show === "ago") text = span ? `${span} ago` : "now";
  else if (node.dataset.show === "there") {
    try { text = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", timeZone: node.dataset.zone }).format(new Date()); } catch { return; }
  } else text = today ? clock.format(at) : dayClock.format(at);
  if (node.textContent !== text) node.textContent = text;
  if (node.dataset.show !== "there" && !node.title) node.title = full.format(at);
}

function tick(root = document) {
  all("time[data-show]", root).forEach(tellTime);
  for (const left of all("[data-due]", root)) {
    const seconds = Math.ceil((new Date(left.dataset.due) - Date.now()) / 1000);
    left.textContent = seconds > 0 && seconds < 3600 ? `in ${seconds} s` : "";
  }
}
setInterval(() => all("[data-due]").length && tick($("#timeline") ?? document), 500);
setInterval(tick, 15000);

// ── lists: which row is open, which has news, the tab's title ───────────────

function freshen(root = document) {
  tick(root);
  const here = number();
  for (const row of all(".row")) {
    const link = $("a", row);
    if (row.dataset.number === here) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    if (row.dataset.number === here && !document.hidden) kept(`read.${here}`, row.dataset.at);
    const news = row.dataset.by === "user" && (kept(`read.${row.dataset.number}`) ?? "") < row.dataset.at;
    row.classList.toggle("unread", news);
  }
  const waiting = $("#tab-unassigned .count")?.textContent ?? "0";
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = waiting === "0" ? title : `(${waiting}) ${title}`;
}

const rows = () => all(".row a");
const current = () => rows().findIndex((link) => link === document.activeElement || link.hasAttribute("aria-current"));
function move(step) {
  const links = rows();
  const focused = links.indexOf(document.activeElement);
  const from = focused >= 0 ? focused : current();
  links[Math.min(links.length - 1, Math.max(0, from + step))]?.focus();
}
tick();
