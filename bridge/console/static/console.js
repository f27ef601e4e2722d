// What people do with the screen (screen.js comes first): write, press keys, hear bells. No framework, no eval.
"use strict";

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

const REGIONS = "#rows, #tabs, #rules, #digest, #head, #timeline, #around, #modes, #send, #facts";

// ── between htmx and us ─────────────────────────────────────────────────────

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb === "post") event.detail.parameters.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (form?.id === "say" && event.detail.pathInfo.requestPath.endsWith("/say") && !box().value.trim() && !hasFiles()) { event.preventDefault(); box().focus(); }
  for (const menu of all("details.menu[open]")) if (menu.contains(event.detail.elt)) menu.open = false;
});
document.addEventListener("htmx:sendError", () => { goOn = false; toast("Handrail could not be reached. Your text is kept: send it again.", "unreached"); });
document.addEventListener("htmx:timeout", () => { goOn = false; toast("Handrail did not answer in time. Your text is kept: send it again.", "unreached"); });
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) event.detail.requestConfig.elt.closest(".toast")?.remove(); });

// What an act did comes inside its answer, as a mark that is swapped in: by then the live stream may have replaced the
// very form it was pressed on, and htmx's own events would be fired where nobody listens.
function heed() {
  for (const mark of all("#rings [data-told]")) {
    mark.remove();
    if (mark.dataset.told === "taken") { kept(`draft.${number()}`, null); if (box()) box().value = ""; document.dispatchEvent(new Event("said")); }
    if (mark.dataset.told === "closed" && goOn) rows().find((link) => link.id !== `go-${number()}`)?.click();
    goOn = false;
  }
  settleMode();
  ring();
}
document.addEventListener("htmx:afterSettle", (event) => {
  for (const region of all(REGIONS)) for (const child of region.children) if (!cameAs.has(child)) remember(region);
  if (event.target === document.body || event.target.id === "pane") begin();
});
document.addEventListener("htmx:oobAfterSwap", () => { heed(); tick($("#toasts")); all(".toast").slice(0, -3).forEach((old) => old.remove()); });
document.addEventListener("htmx:sseMessage", () => { live("on"); heed(); });

function begin() {
  for (const region of all(REGIONS)) remember(region);
  $("#opt-notify").checked = Boolean(kept("notify")) && window.Notification?.permission === "granted";
  $("#opt-sound").checked = Boolean(kept("sound"));
  openTicket();
  freshen();
}
begin();
