// A member's CommonMark, as far as a chat needs it. Builds nodes; no text ever becomes markup.
const PIECES = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/g;

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function link(text, address) {
  const made = element("a", text);
  made.href = address;
  made.rel = "noopener noreferrer nofollow";
  made.target = "_blank";
  return made;
}

export function worded(text) {
  const all = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(PIECES)) {
    all.append(text.slice(end, found.index));
    const [whole, code, strong, slant, title, address, bare] = found;
    if (code) all.append(element("code", code));
    else if (strong) all.append(element("strong", strong));
    else if (slant) all.append(element("em", slant));
    else if (title) all.append(link(title, address));
    else all.append(link(bare, bare));
    end = found.index + whole.length;
  }
  all.append(text.slice(end));
  return all;
}

/** A file as the form in which it is sent. */
export function formOf(file) {
  const form = new FormData();
  form.append("file", file);
  return form;
}
