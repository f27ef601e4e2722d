// Files on their way out: picked, dropped or pasted, brought in one by one, shown until they are sent or taken out.
"use strict";

const FILES_AT_MOST = 10;
let brought = []; // {id, name, size, url, image} of the box that is open
let onTheirWay = 0;
let sendThen = null; // the button that was pressed while files were still on their way

const shelf = () => $("#brought");

function keepBrought() {
  kept(`files.${number()}`, brought.length ? JSON.stringify(brought) : null);
  if ($("#say-files")) $("#say-files").value = brought.map((file) => file.id).join(" ");
}

function element(tag, facts, ...children) {
  const made = Object.assign(document.createElement(tag), facts);
  made.append(...children);
  return made;
}

function chip(name, size) {
  const out = element("button", { type: "button", className: "quiet", textContent: "✕", ariaLabel: `Take out ${name}` });
  const made = element("li", { className: "chip" }, element("bdi", { textContent: name }), element("span", { className: "dim", textContent: size }), out);
  shelf().append(made);
  shelf().hidden = false;
  return { made, out };
}

function showBrought(file) {
  const { made, out } = chip(file.name, file.size);
  if (file.image) made.prepend(element("img", { src: `${file.url}?inline`, alt: "", className: "chip-picture" }));
  out.onclick = () => {
    brought = brought.filter((other) => other !== file);
    made.remove();
    settleShelf();
  };
}

function settleShelf() {
  keepBrought();
  if (shelf() && !shelf().children.length) shelf().hidden = true;
}

function bring(file) {
  if (brought.length + onTheirWay >= FILES_AT_MOST) { toast(`A message takes at most ${FILES_AT_MOST} files. Send the rest with another.`, "too-many-files"); return; }
  const home = number();
  const { made, out } = chip(file.name, "");
  const bar = element("progress", { max: 1, value: 0, ariaLabel: `${file.name} is on its way` });
  made.insertBefore(bar, out);
  const request = new XMLHttpRequest();
  request.open("POST", `/t/${home}/files?name=${encodeURIComponent(file.name)}`);
  request.setRequestHeader("X-CSRF-Token", $("#say [name=csrf]").value);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
  request.onloadend = () => {
    onTheirWay -= 1;
    made.remove();
    if (number() !== home) return;
    if (request.status === 201) {
      const arrived = JSON.parse(request.responseText);
      brought.push(arrived);
      showBrought(arrived);
    } else if (request.getResponseHeader("Content-Type")?.includes("json")) {
      toast(`${file.name} was not taken. ${JSON.parse(request.responseText).title}`);
    } else if (!request.aborted) toast(`${file.name} could not be sent. Attach it again.`);
    settleShelf();
    if (!onTheirWay && sendThen) { const button = sendThen; sendThen = null; if (request.status === 201) $("#say").requestSubmit(button); }
  };
  out.onclick = () => { request.aborted = true; request.abort(); };
  onTheirWay += 1;
  request.send(file);
}

function openShelf() {
  if (!shelf() || shelf().dataset.of === number()) return;
  shelf().dataset.of = number();
  shelf().replaceChildren();
  try { brought = JSON.parse(kept(`files.${number()}`) ?? "[]"); } catch { brought = []; }
  brought.forEach(showBrought);
  settleShelf();
}

const hasFiles = () => brought.length + onTheirWay > 0;

document.addEventListener("said", () => { brought = []; shelf()?.replaceChildren(); settleShelf(); });
document.addEventListener("change", (event) => {
  if (event.target.id !== "pick-files") return;
  [...event.target.files].forEach(bring);
  event.target.value = "";
  box()?.focus();
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-do=attach]")) $("#pick-files").click(); });
document.addEventListener("paste", (event) => {
  if (event.target === box() && event.clipboardData.files.length) { event.preventDefault(); [...event.clipboardData.files].forEach(bring); }
});
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault(); // a file dropped beside the box must not replace the page
    if (kind === "drop" && event.target.closest(".talk") && shelf()) [...event.dataTransfer.files].forEach(bring);
  });
}
// Before htmx sends the box: files on their way are waited for, and a file may go without words.
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (form?.id !== "say" || !onTheirWay || !event.detail.pathInfo.requestPath.endsWith("/say")) return;
  event.preventDefault();
  sendThen = picked() === "note" ? $("#send-note") : $("#send-reply");
});
document.addEventListener("htmx:afterSettle", openShelf);
openShelf();
