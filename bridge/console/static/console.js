// What the console does in the browser: keyed updates, times, drafts, keys, unread dots, rings. No framework, no eval.
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
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} days`;
}

function tellTime(node) {
  const at = new Date(node.dateTime);
  const span = lasting((Date.now() - at) / 1000);
  const today = at.toDateString() === new Date().toDateString();
  let text;
  if (node.dataset.show === "span") text = span;
  else if (node.dataset.show === "ago") text = span === "now" ? span : `${span} ago`;
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

// ── the box: drafts, modes, sending ─────────────────────────────────────────

const box = () => $("#say-text");
const picked = () => $("#modes input:checked")?.value ?? "note";

function pick(mode, focus = true) {
  const radio = mode === "note" ? $("#pick-note") : $("#pick-reply");
  if (radio && !radio.checked) { radio.checked = true; keepDraft(); }
  if (focus) box()?.focus();
}

function keepDraft() {
  if (!box()) return;
  kept(`draft.${number()}`, box().value ? JSON.stringify({ text: box().value, mode: picked() }) : null);
}

function openTicket() {
  const area = box();
  if (!area) return;
  try {
    const draft = JSON.parse(kept(`draft.${number()}`) ?? "null");
    if (draft && !area.value) { area.value = draft.text; pick(draft.mode === "note" ? "note" : "reply", false); }
  } catch { /* an older shape of the draft */ }
  const timeline = $("#timeline");
  timeline.scrollTop = timeline.scrollHeight;
}

function settleMode() {
  // A box that is empty follows the ticket ("note" until it is claimed). One with words in it is never turned round.
  if (box() && !box().value) { const usual = $("#modes [data-default]"); if (usual) usual.checked = true; }
}

let lastTyping = 0;
function tellTyping() {
  if (!box()?.value || Date.now() - lastTyping < 4000) return;
  lastTyping = Date.now();
  // Not through htmx: a sign of life under way must never make it drop the words themselves.
  const body = new URLSearchParams({ note: picked() === "note" ? "1" : "", csrf: $("#say [name=csrf]").value });
  fetch(`/t/${number()}/typing`, { method: "POST", body }).catch(() => {});
}

// ── toasts and rings ────────────────────────────────────────────────────────

function toast(text, id) {
  if (id && document.getElementById(id)) return;
  const card = document.createElement("div");
  Object.assign(card, { className: "toast refused", id: id ?? "" });
  card.append(Object.assign(document.createElement("p"), { textContent: text }));
  card.append(Object.assign(document.createElement("button"), { className: "quiet toast-close", textContent: "✕", type: "button" }));
  card.lastChild.dataset.do = "dismiss";
  $("#toasts").append(card);
}
setInterval(() => {
  for (const card of all(".toast:not([data-stay])")) {
    card.dataset.left = (Number(card.dataset.left ?? card.dataset.seconds ?? 8) - 1).toString();
    if (Number(card.dataset.left) <= 0 && !card.matches(":hover, :focus-within")) card.remove();
  }
}, 1000);

function ring() {
  for (const bell of all("#rings [data-ring]")) {
    bell.remove();
    if (bell.dataset.number === number() && !document.hidden) continue;
    if (kept("notify") && "Notification" in window && Notification.permission === "granted") {
      const note = new Notification(`#${bell.dataset.number}`, { body: bell.dataset.line, tag: bell.dataset.ring });
      note.onclick = () => { window.focus(); location.assign(`/t/${bell.dataset.number}`); };
    }
    if (kept("sound")) chime();
  }
}

function chime() {
  try {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    gain.gain.setValueAtTime(0.08, audio.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.5);
    tone.frequency.value = 660;
    tone.connect(gain).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.5);
  } catch { /* no sound device */ }
}

// ── the live stream ─────────────────────────────────────────────────────────
// A browser opens at most six streams to one address: a tab that was out of sight for a minute gives its stream back,
// unless it is the one tab that still listens for rings.

let source = null;
let rests = 0;
let listens = false;
htmx.createEventSource = (url) => { source = new EventSource(url, { withCredentials: true }); return source; };
navigator.locks?.request("handrail-listens", () => { listens = true; return new Promise(() => {}); });

function live(state) {
  const pulse = $("#pulse");
  if (!pulse || pulse.dataset.live === state) return;
  pulse.dataset.live = state;
  pulse.textContent = state === "on" ? "live" : state === "lost" ? "not live" : "connecting";
  const lost = $("#lost");
  lost.hidden = state !== "lost";
  if (state === "lost") toast(`Live updates lost at ${clock.format(new Date())}, trying again. What you send is kept.`, "lost-toast");
  else document.getElementById("lost-toast")?.remove();
}
document.addEventListener("htmx:sseOpen", () => live("on"));
document.addEventListener("htmx:sseError", () => { if (!document.hidden && !leaving) live("lost"); });
let leaving = false;
window.addEventListener("pagehide", () => { leaving = true; source?.close(); });
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
document.addEventListener("visibilitychange", () => {
  clearTimeout(rests);
  if (document.hidden) { if (!listens) rests = setTimeout(() => { source?.close(); source = null; }, 60000); return; }
  freshen();
  if (!source || source.readyState === EventSource.CLOSED) reconnect();
});
function reconnect() {
  const old = $("#live");
  if (!old) return;
  const fresh = old.cloneNode();
  source?.close();
  old.replaceWith(fresh);
  htmx.process(fresh);
}

// ── keys and clicks ─────────────────────────────────────────────────────────

const press = (selector) => {
  const node = all(selector).find((one) => one.offsetParent !== null);
  if (!node) return;
  node.click();
  if (node.matches("summary")) $(".item, input", node.parentElement)?.focus();
};
let goOn = false;
const KEYS = {
  j: () => move(1), k: () => move(-1),
  c: () => press("#head-acts [data-key=c]"), a: () => press("#head-acts [data-key=a]"), s: () => press("#head-acts [data-key=s]"),
  e: () => { goOn = true; press("#head-acts [data-key=e]"); },
  r: () => pick("reply"), n: () => pick("note"),
  "/": () => $("#q")?.select(), "?": () => $("#keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  if (event.key === "Escape") {
    const open = $("details.menu[open]");
    if (open) { open.open = false; $("summary", open).focus(); } else if ($(".facts.out")) facts(false);
    else if (typing) { keepDraft(); event.target.blur(); event.preventDefault(); }
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === box()) {
    event.preventDefault();
    const button = picked() === "note" ? $("#send-note") : $("#send-reply");
    if (!button.hidden) $("#say").requestSubmit(button);
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
});

function facts(out) {
  const drawer = $("#side-facts");
  if (!drawer) return;
  drawer.classList.toggle("out", out);
  (out ? $(".facts-close") : $(".facts-open"))?.focus();
}

document.addEventListener("click", (event) => {
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const act = event.target.closest("[data-do]")?.dataset.do;
  if (act === "keys") $("#keys").showModal();
  if (act === "facts") facts(!$("#side-facts").classList.contains("out"));
  if (act === "dismiss") event.target.closest(".toast").remove();
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches("details.menu") && event.target.open) {
    for (const menu of all("details.menu[open]")) if (menu !== event.target && !menu.contains(event.target)) menu.open = false;
  }
}, true);
document.addEventListener("input", (event) => { if (event.target === box()) { keepDraft(); tellTyping(); } });
document.addEventListener("change", (event) => {
  if (event.target.name === "mode") { keepDraft(); box()?.focus(); }
  if (event.target.id === "opt-sound") kept("sound", event.target.checked ? "1" : null);
  if (event.target.id === "opt-notify") {
    kept("notify", event.target.checked ? "1" : null);
    if (event.target.checked) Notification?.requestPermission().then((given) => { if (given !== "granted") event.target.checked = false; });
  }
});

// ── between htmx and us ─────────────────────────────────────────────────────

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb === "post") event.detail.parameters.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (form?.id === "say" && event.detail.pathInfo.requestPath.endsWith("/say") && !box().value.trim()) { event.preventDefault(); box().focus(); }
  for (const menu of all("details.menu[open]")) if (menu.contains(event.detail.elt)) menu.open = false;
});
document.addEventListener("htmx:sendError", () => { goOn = false; toast("Handrail could not be reached. Your text is kept: send it again.", "unreached"); });
document.addEventListener("htmx:timeout", () => { goOn = false; toast("Handrail did not answer in time. Your text is kept: send it again.", "unreached"); });
document.addEventListener("htmx:responseError", () => { goOn = false; });
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) event.detail.elt.closest(".toast")?.remove(); });
document.addEventListener("handrail:taken", () => { kept(`draft.${number()}`, null); if (box()) box().value = ""; settleMode(); });
document.addEventListener("handrail:closed", () => {
  if (!goOn) return;
  goOn = false;
  const here = number();
  const next = rows().find((link) => link.id !== `go-${here}`);
  if (next) next.click();
});
document.addEventListener("htmx:afterSettle", (event) => {
  for (const region of all("#rows, #tabs, #digest, #head, #timeline, #around, #modes, #send, #facts")) for (const child of region.children) if (!cameAs.has(child)) remember(region);
  if (event.detail.elt?.id === "pane" || event.detail.target?.id === "pane") { openTicket(); freshen(); }
});
document.addEventListener("htmx:oobAfterSwap", () => { settleMode(); ring(); tick($("#toasts")); all(".toast").slice(0, -3).forEach((old) => old.remove()); });
document.addEventListener("htmx:sseMessage", () => { live("on"); settleMode(); ring(); });

function begin() {
  for (const region of all("#rows, #tabs, #digest, #head, #timeline, #around, #modes, #send, #facts")) remember(region);
  if ($("#opt-notify")) $("#opt-notify").checked = Boolean(kept("notify")) && window.Notification?.permission === "granted";
  if ($("#opt-sound")) $("#opt-sound").checked = Boolean(kept("sound"));
  openTicket();
  freshen();
}
begin();
