// The webchat. The server tells the whole conversation as it is; this page draws it and sends what the user does.
// What could not be sent yet is kept in this browser under the id it will have for ever: sending twice adds nothing.
import { formOf, worded } from "./words.js";

const KEPT = "handrail-demo-chat";
const LOOK_EVERY = 1000;
const TYPING_EVERY = 4000;
const TYPING_SHOWN = 6000;
const $ = (id) => document.getElementById(id);

function freshId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

const kept = { visitor: freshId(), name: "", unsent: [], ...JSON.parse(localStorage.getItem(KEPT) || "{}") };
const keep = () => localStorage.setItem(KEPT, JSON.stringify(kept));
keep();

const talk = `talks/${kept.visitor}`;
let seen = { owner: "bot", lines: [] };
let editing = null;

// ── to the server ──

async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const got = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (got.status >= 500) throw new Error(String(got.status));
  await look(); // so that what was sent is shown before it counts as sent
}

let sending = false;
async function sendUnsent() {
  if (sending) return;
  sending = true;
  try {
    while (kept.unsent.length) {
      const { id, text } = kept.unsent[0];
      await ask("POST", `${talk}/lines/${id}`, { text, name: kept.name, locale: navigator.language });
      kept.unsent = kept.unsent.filter((each) => each.id !== id);
      keep();
    }
  } catch {
    setTimeout(sendUnsent, 1500);
  } finally {
    sending = false;
  }
  draw();
}

function say(text) {
  kept.unsent.push({ id: freshId(), text });
  keep();
  draw();
  stickToEnd();
  sendUnsent();
}

let toldTyping = 0;
function tellTyping() {
  if (seen.owner === "bot" || Date.now() - toldTyping < TYPING_EVERY) return;
  toldTyping = Date.now();
  ask("POST", `${talk}/typing`).catch(() => {});
}

// ── drawing ──

const drawn = new Map();

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "link";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

function clock(at) {
  const moment = at ? new Date(at) : new Date();
  return moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function foot(line) {
  const made = document.createElement("footer");
  const facts = [clock(line.at)];
  if (line.state === "edited") facts.push("edited");
  if (line.waiting) facts.push("sending …");
  if (line.state === "failed") facts.push("⚠ could not be delivered");
  made.append(facts.join(" · "));
  if (line.who === "user" && line.at) made.append(button("Edit", () => startEditing(line)), button("Delete", () => remove(line)));
  return made;
}

function painted(line) {
  const row = document.createElement("li");
  row.className = `line ${line.who}`;
  if (line.name) {
    const name = document.createElement("strong");
    name.className = "name-of";
    name.textContent = line.name;
    row.append(name);
  }
  const bubble = document.createElement("p");
  bubble.className = "bubble";
  if (line.state === "deleted") {
    bubble.textContent = "Message deleted";
    row.classList.add("gone");
  } else if (line.who === "member") bubble.append(worded(line.text));
  else bubble.textContent = line.text;
  row.append(bubble);
  if (line.state !== "deleted") row.append(...(line.files || []).map(attached));
  if (line.who !== "system" && line.state !== "deleted") row.append(foot(line));
  if (line.offer) {
    const offer = button("Talk to a person", () => say("I'd like to talk to a person."));
    offer.className = "offer";
    row.append(offer);
  }
  return row;
}

const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const sized = (size) => (size >= 1e6 ? `${(size / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.floor(size / 1000))} kB`);

function attached(file) {
  const made = document.createElement("p");
  made.className = "file";
  const name = document.createElement(file.url ? "a" : "bdi");
  name.textContent = file.name;
  if (file.url) {
    Object.assign(name, { href: file.url, target: "_blank", rel: "noopener noreferrer" });
    if (KINDS.includes(file.content_type)) made.append(Object.assign(document.createElement("img"), { src: file.url, alt: "" }));
  }
  made.append("📎 ", name, ` ${sized(file.size)}`);
  return made;
}

function draw() {
  const atEnd = isAtEnd();
  const arrived = new Set(seen.lines.map((line) => line.id));
  const waiting = kept.unsent.filter((each) => !arrived.has(each.id)).map((each) => ({ ...each, who: "user", waiting: true }));
  const lines = [...seen.lines, ...waiting];
  const last = lines[lines.length - 1];
  const wanted = lines.map((line) => ({ ...line, offer: line === last && line.state === "stuck" && seen.owner === "bot" }));
  for (const [id, old] of drawn) {
    if (!wanted.some((line) => line.id === id)) {
      old.row.remove();
      drawn.delete(id);
    }
  }
  wanted.forEach((line, place) => {
    const like = JSON.stringify(line);
    let old = drawn.get(line.id);
    if (!old || old.like !== like) {
      const row = painted(line);
      if (old) old.row.replaceWith(row);
      drawn.set(line.id, (old = { row, like }));
    }
    if ($("lines").children[place] !== old.row) $("lines").insertBefore(old.row, $("lines").children[place] || null);
  });
  drawHead();
  $("chips").hidden = lines.length > 0;
  if (atEnd) stickToEnd();
}

function drawHead() {
  const person = [...seen.lines].reverse().find((line) => line.who === "member" || /joined|took over/.test(line.text));
  const name = person && (person.name || person.text.replace(/ (joined|took over)\.$/, ""));
  const says = { bot: "The shop bot answers", queue: "Waiting for a person", human: `${name || "A person"} is with you` };
  document.body.dataset.owner = seen.owner;
  $("status-text").textContent = says[seen.owner];
  $("clip").hidden = seen.owner === "bot"; // the bot looks at no files
  $("hand").textContent = seen.owner === "bot" ? "Talk to a person" : "Back to the bot";
}

const isAtEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < 80;
const stickToEnd = () => ($("log").scrollTop = $("log").scrollHeight);

let typingEnds = 0;
function showTyping(name) {
  clearTimeout(typingEnds);
  $("typing").hidden = !name;
  if (!name) return;
  $("typing-text").textContent = `${name} is typing …`;
  typingEnds = setTimeout(() => showTyping(null), TYPING_SHOWN);
  if (isAtEnd()) stickToEnd();
}

// ── from the server ──

let looks = 0;
let nextLook = 0;
async function look() {
  clearTimeout(nextLook);
  const mine = ++looks;
  try {
    const got = await fetch(talk, { cache: "no-store" });
    if (!got.ok) throw new Error(String(got.status));
    const told = await got.json();
    if (mine !== looks) return; // a later look is on its way and will know more
    const grew = told.lines.length > seen.lines.length;
    seen = told;
    $("lost").hidden = true;
    if (told.typing || grew) showTyping(told.typing);
    draw();
    if (kept.unsent.length) sendUnsent();
  } catch {
    if (mine !== looks) return;
    $("lost").hidden = false;
  }
  nextLook = setTimeout(look, LOOK_EVERY);
}

// ── what the user does ──

function startEditing(line) {
  editing = line.id;
  $("editing").hidden = false;
  $("send").textContent = "Save";
  $("text").value = line.text;
  fit();
  $("text").focus();
}

async function sendFiles(files) {
  for (const file of files) {
    $("status-text").textContent = `Sending ${file.name} …`;
    try {
      const got = await fetch(`${talk}/files/${freshId()}`, { method: "POST", body: formOf(file) });
      const told = got.ok ? {} : await got.json().catch(() => ({ detail: got.status === 413 ? "It is too large." : "Try again." }));
      tellTrouble(got.ok ? "" : `${file.name} was not sent. ${told.detail}`);
    } catch {
      tellTrouble(`${file.name} was not sent. Try again.`);
    }
    await look();
  }
}

function tellTrouble(text) {
  $("unsent").textContent = text;
  $("unsent").hidden = !text;
}

function stopEditing() {
  editing = null;
  $("editing").hidden = true;
  $("send").textContent = "Send";
  $("text").value = "";
  fit();
}

const change = (method, id, body) => ask(method, `${talk}/lines/${id}`, body).catch(() => ($("lost").hidden = false));
const remove = (line) => change("DELETE", line.id);

function fit() {
  $("text").style.height = "auto";
  $("text").style.height = `${Math.min($("text").scrollHeight, 160)}px`;
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  if (editing) {
    change("PATCH", editing, { text });
    stopEditing();
    return;
  }
  $("text").value = "";
  fit();
  say(text);
});
$("text").addEventListener("input", () => (fit(), tellTyping()));
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && editing) stopEditing();
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("form").requestSubmit();
});
$("clip").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => {
  sendFiles([...$("file").files]);
  $("file").value = "";
});
$("stop-editing").addEventListener("click", stopEditing);
$("name").value = kept.name;
$("name").addEventListener("change", () => ((kept.name = $("name").value.trim()), keep()));
$("chips").addEventListener("click", (event) => event.target.closest("button") && say(event.target.textContent));
$("hand").addEventListener("click", () =>
  seen.owner === "bot" ? say("I'd like to talk to a person.") : ask("POST", `${talk}/leave`).catch(() => {}),
);
addEventListener("storage", (event) => event.key === KEPT && Object.assign(kept, JSON.parse(event.newValue || "{}")));

addEventListener("visibilitychange", () => document.hidden || look());

draw();
look();
