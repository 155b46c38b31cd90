// The page: keeps a copy of the handset's state by its event stream, and draws it.
import { Chat } from "./chat.js";
import { el } from "./dom.js";
import { drawLog, say } from "./log.js";
import { Phone } from "./phone.js";

const $ = (id) => document.getElementById(id);
const shelves = {
  phone: "phones", text: "texts", call: "calls", mail: "mails", log: "log",
  service: "services", channel: "channels", message: "messages",
};
const state = Object.fromEntries(Object.values(shelves).map((shelf) => [shelf, new Map()]));
const OF_CHATS = new Set(["service", "channel", "message"]);
const drawn = new Map();
let stack = { reachable: null, error: null };
let demo = { ready: false, open: [] };
let refusals = {};
let answersMail = false;
let connected = false;
let skew = 0;

// A key given in the address is for the buttons alone: it does not stay in sight.
const given = new URLSearchParams(location.search).get("key");
if (given) history.replaceState(null, "", location.pathname);

function idOf(kind, item) {
  if (kind === "phone") return item.user;
  if (kind === "service") return item.name;
  return kind === "channel" ? `${item.vendor}/${item.id}` : item.id;
}
const mine = (shelf, user) => [...state[shelf].values()].filter((item) => item.user === user);
const now = () => new Date(Date.now() + skew);
const firstName = (user) => state.phones.get(user)?.name.split(" ")[0] ?? user;

export async function post(path, body = {}) {
  complain(null);
  let answer;
  try {
    answer = await fetch(`/_handset/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    complain("The handset does not answer. Is it still running?");
    return null;
  }
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  complain(said.error ?? said.said ?? `The handset answered ${answer.status}.`);
  return null;
}

const chat = new Chat({ state, post });

function complain(text) {
  $("complaint").hidden = !text;
  $("complaint").textContent = text ?? "";
}

function takeAll(all) {
  skew = new Date(all.now) - Date.now();
  refusals = all.refusals;
  stack = all.stack;
  demo = all.demo;
  answersMail = Boolean(all.mail_reply_to);
  for (const [kind, shelf] of Object.entries(shelves)) {
    state[shelf] = new Map(all[shelf].map((item) => [idOf(kind, item), item]));
  }
  for (const phone of drawn.values()) phone.remove();
  drawn.clear();
  for (const user of state.phones.keys()) drawPhone(user, true);
  chat.draw();
  drawJump();
  drawLog(state.log, firstName);
  drawTop();
}

function take({ kind, item }) {
  if (kind === "reset") return takeAll(item);
  if (kind === "stack") stack = item;
  else if (kind === "demo") demo = item;
  else {
    state[shelves[kind]].set(idOf(kind, item), item);
    if (kind === "log") {
      drawLog(state.log, firstName, item);
      say(item);
    } else if (OF_CHATS.has(kind)) chat.take(kind, item);
    else drawPhone(item.user, false);
  }
  drawTop();
}

function drawPhone(user, atOnce) {
  if (!drawn.has(user)) {
    drawn.set(user, new Phone(state.phones.get(user), {
      post,
      refusals,
      now,
      aloud: () => $("aloud").checked,
      answersMail,
    }));
    $("phones").append(drawn.get(user).element);
    drawJump();
  }
  drawn.get(user).draw(state.phones.get(user), mine("texts", user), mine("calls", user), mine("mails", user), atOnce);
}

function drawJump() {
  $("jump").replaceChildren(
    ...[...state.phones.values()].map((phone) => {
      const link = document.createElement("a");
      link.href = `#phone-${CSS.escape(phone.user)}`;
      link.textContent = phone.name.split(" ")[0];
      link.dataset.user = phone.user;
      return link;
    }),
    ...(state.services.size ? [el("a", { href: "#chat" }, "Chat")] : []),
  );
}

function drawTop() {
  $("resolve").disabled = demo.open.length === 0;
  $("log-empty").hidden = state.log.size > 0;
  for (const link of $("jump").children) {
    const calls = mine("calls", link.dataset.user);
    link.dataset.busy = calls.some((call) => call.status === "ringing" || call.status === "answered");
  }
  const [mood, text] = presently();
  $("now").dataset.mood = mood;
  if ($("now-text").textContent !== text) $("now-text").textContent = text;
}

function presently() {
  if (!connected) return ["bad", "The handset does not answer"];
  if (stack.reachable === false) return ["bad", "The stack does not answer"];
  const calls = [...state.calls.values()];
  const names = (status) => [...new Set(calls.filter((call) => call.status === status).map((call) => firstName(call.user)))];
  const ringing = names("ringing");
  if (ringing.length) {
    return ["awake", `${list(ringing.map((one) => `${one}'s`))} ${ringing.length > 1 ? "phones are" : "phone is"} ringing`];
  }
  const talking = names("answered");
  if (talking.length) return ["awake", `${list(talking)} ${talking.length > 1 ? "are" : "is"} on the phone`];
  const last = [...state.log.values()].at(-1);
  const ago = last ? Math.max(0, (now() - new Date(last.at)) / 1000) : Infinity;
  if (ago < 45) return [last.trouble ? "odd" : "awake", `${last.text} · ${ago < 2 ? "just now" : `${Math.round(ago)} s ago`}`];
  if (demo.open.length) return ["awake", "An incident was raised here and not yet resolved here"];
  return ["well", stack.reachable ? "All quiet. The stack is up, nobody is being paged." : "All quiet."];
}

const list = (names) => (names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);

async function pressed(button, path) {
  button.disabled = true;
  await post(path, given ? { key: given } : {});
  button.disabled = false;
  drawTop();
}
$("raise").addEventListener("click", () => pressed($("raise"), "raise"));
$("resolve").addEventListener("click", () => pressed($("resolve"), "resolve"));
$("aloud").addEventListener("change", () => $("aloud").checked || globalThis.speechSynthesis?.cancel());
if (!globalThis.speechSynthesis) $("aloud").closest("label").hidden = true;

const events = new EventSource("/_handset/events");
events.addEventListener("state", (event) => {
  connected = true;
  takeAll(JSON.parse(event.data));
});
events.addEventListener("change", (event) => take(JSON.parse(event.data)));
events.addEventListener("error", () => {
  connected = false;
  drawTop();
});

setInterval(() => {
  drawTop();
  for (const phone of drawn.values()) phone.tick();
}, 1000);
