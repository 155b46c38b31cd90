// The timeline of everything that went out, came back, or did not arrive.
import { clock, el, icon } from "./dom.js";

const SHOWN = 300;
const FRESH_AFTER = 5 * 60 * 1000;
const ICONS = {
  text: "text", queued: "text", expired: "text", blocked: "text", refused: "text", reply: "text", stop: "text", start: "text",
  ringing: "call", answered: "call", key: "call", said: "call", completed: "call", no_answer: "call", declined: "call", failed: "call",
  chat: "chat", chat_edit: "chat", chat_aside: "chat", chat_reply: "chat", chat_press: "chat", chat_ask: "chat", chat_refused: "chat", chat_untold: "chat", chat_waits: "chat",
  mail: "mail", mail_reply: "mail", raised: "bell", resolved: "bell", event: "bell",
};
const URGENT = new Set(["ringing"]);
const SPOKEN = new Set(["text", "mail", "queued", "refused", "blocked", "expired", "no_answer", "failed", "reply", "mail_reply", "stop", "start", "raised", "resolved", "trouble", "chat", "chat_edit", "chat_aside", "chat_reply", "chat_refused", "chat_untold", "chat_waits"]);

let started = null;

export function drawLog(entries, firstName, added) {
  const list = document.getElementById("log");
  if (!added) {
    started = null;
    list.replaceChildren();
    for (const entry of entries.values()) list.prepend(row(entry));
  } else {
    const old = document.getElementById(`log-${added.id}`);
    if (old) old.replaceWith(row(added));
    else list.prepend(row(added));
  }
  while (list.children.length > SHOWN) list.lastElementChild.remove();
}

// Times are told from the moment an incident came in, as people tell the story afterwards.
function since(entry) {
  const at = new Date(entry.at).getTime();
  const opens = entry.kind === "raised" || (entry.kind === "event" && (started === null || at - started > FRESH_AFTER));
  if (opens) started = at;
  if (started === null || at < started || at - started > 60 * 60 * 1000) return "";
  const seconds = Math.round((at - started) / 1000);
  return opens ? "0:00" : `+${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function row(entry) {
  const item = el("li", { id: `log-${entry.id}`, class: entry.trouble ? "trouble" : "", "data-kind": entry.kind });
  const mark = el("span", { class: "mark" });
  const name = entry.kind === "refused" && entry.text.startsWith("Call") ? "call" : ICONS[entry.kind];
  if (name) mark.append(icon(name));
  const words = el("div", {}, el("p", { class: "what" }, entry.text));
  if (entry.error) words.append(el("p", { class: "why" }, breakable(entry.error)));
  if (entry.detail) words.append(el("p", { class: "detail", dir: "auto" }, entry.detail));
  const at = el("time", { datetime: entry.at }, clock(entry.at, { second: "2-digit" }));
  const after = since(entry);
  if (after) at.append(el("span", {}, after));
  item.append(mark, words, at);
  return item;
}

// The long names of errors may break after an underscore and before a capital letter.
const breakable = (name) => name.replace(/_|[a-z](?=[A-Z])/g, "$&\u200b");

export function say(entry) {
  if (URGENT.has(entry.kind)) document.getElementById("assertive").textContent = entry.text;
  else if (SPOKEN.has(entry.kind)) document.getElementById("polite").textContent = [entry.text, entry.detail].filter(Boolean).join(": ");
}
