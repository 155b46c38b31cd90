// One person's phone: the messages, the call, what is open on it, and the switches underneath.
import { clock, el, icon, linkified } from "./dom.js";

const SHOWN = 80;
const KEYS = ["4", "6", "9", "*"];
const ENDED = { completed: "Call", no_answer: "Missed call", declined: "Declined call", failed: null };

export class Phone {
  constructor(owner, { post, refusals, now, aloud, answersMail }) {
    this.user = owner.user;
    this.zone = owner.timezone;
    Object.assign(this, { post, now, aloud, answersMail });
    this.element = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.seen = new Set();
    this.spoken = new Map();
    this.call = null;
    this.find = (selector) => this.element.querySelector(selector);
    this.element.id = `phone-${owner.user}`;
    this.furnish(owner, refusals);
    this.listen();
  }

  does(verb, body) {
    return this.post(`phones/${encodeURIComponent(this.user)}/${verb}`, body);
  }

  furnish(owner, refusals) {
    const first = owner.name.split(" ")[0];
    const heading = `owner-${owner.user}`;
    this.find(".name").id = heading;
    this.find(".name").textContent = owner.name;
    this.element.setAttribute("aria-labelledby", heading);
    this.find(".face").textContent = owner.known ? owner.name.split(/\s+/).map((word) => word[0]).slice(0, 2).join("") : "?";
    this.find(".number").textContent = owner.known ? (owner.numbers[0] ?? owner.emails[0] ?? "no number") : "nobody of the file";
    this.find(".zone").textContent = this.zone.split("/").at(-1).replaceAll("_", " ");
    this.find(".stream").setAttribute("aria-label", `Messages of ${first}`);
    this.find(".write input").setAttribute("aria-label", `Text back as ${first}`);
    this.find(".respond input").setAttribute("aria-label", `Answer the mail as ${first}`);
    this.find(".power").setAttribute("aria-label", `${first}'s phone on`);
    this.find(".refuse").setAttribute("aria-label", `What the carrier does for ${first}`);
    this.find(".call").setAttribute("aria-label", `Call on ${first}'s phone`);
    this.find(".reader").setAttribute("aria-label", `Open on ${first}'s phone`);
    const kinds = el("optgroup", { label: "refuses" });
    for (const [kind, label] of Object.entries(refusals)) kinds.append(el("option", { value: kind }, label));
    this.find(".refuse").append(kinds);
    for (const key of KEYS) {
      const button = el("button", { type: "button", "aria-label": key === "*" ? "star" : key }, key);
      button.addEventListener("click", () => this.press(key));
      this.find(".keys").append(button);
    }
  }

  listen() {
    this.writes(this.find(".write"), (text) => this.does("reply", { text }));
    this.writes(this.find(".respond"), async (text) => {
      const mail = this.mail;
      this.close();
      await this.post(`mails/${mail.id}/reply`, { text });
    });
    this.find(".answer").addEventListener("click", () => this.does("answer", { call: this.call?.id }));
    this.find(".decline").addEventListener("click", () => this.does("decline", { call: this.call?.id }));
    this.find(".hangup").addEventListener("click", () => this.does("hangup", { call: this.call?.id }));
    this.find(".power").addEventListener("change", (event) => this.does("power", { on: event.target.checked }));
    this.find(".refuse").addEventListener("change", (event) => this.does("refuse", { kind: event.target.value || null }));
    this.find(".close").addEventListener("click", () => this.close());
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      const typing = event.target.matches("input, select");
      if (!typing && KEYS.includes(event.key) && this.call?.status === "answered" && this.call.keypad) this.press(event.key);
    });
  }

  writes(form, send) {
    const input = form.querySelector("input");
    const button = form.querySelector("button");
    input.addEventListener("input", () => (button.disabled = !input.value.trim()));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      button.disabled = true;
      await send(text);
    });
  }

  press(digit) {
    return this.does("press", { digit, call: this.call?.id });
  }

  draw(owner, texts, calls, mails, atOnce) {
    const items = [
      ...texts.filter((text) => text.direction === "out" || text.status === "delivered" || text.status === "answered"),
      ...mails.filter((mail) => mail.status === "delivered" || mail.status === "sent"),
      ...calls.filter((call) => call.ended_at && ENDED[call.status]),
    ].sort((a, b) => whenSeen(a) - whenSeen(b)).slice(-SHOWN);
    const stream = this.find(".stream");
    const old = new Map([...stream.children].map((item) => [item.dataset.id, item]));
    const fresh = [];
    stream.replaceChildren(...items.map((item) => {
      const mark = `${item.status}${item.opened_at ?? ""}`;
      const kept = old.get(item.id);
      if (kept?.dataset.mark === mark) return kept;
      const made = this.item(item);
      Object.assign(made.dataset, { id: item.id, mark });
      if (!this.seen.has(item.id)) fresh.push([item, made]);
      this.seen.add(item.id);
      return made;
    }));
    this.element.dataset.empty = items.length === 0;
    if (fresh.length && !atOnce) {
      for (const [, made] of fresh) made.classList.add("fresh");
      if (fresh.some(([item]) => item.via !== "reply" && item.via !== "voice")) this.light();
    }
    if (fresh.length) stream.scrollTop = stream.scrollHeight;
    this.drawCall(calls, atOnce);
    this.drawPower(owner, texts, mails);
    this.tick();
  }

  item(item) {
    const at = el("time", { datetime: item.at }, clock(whenSeen(item), { timeZone: this.zone }));
    if (item.via === "voice") {
      const label = item.status === "completed" ? `${ENDED.completed}, ${length(item)}` : ENDED[item.status];
      return el("li", { class: `event ${item.status}` }, icon("call"), el("span", {}, label), at);
    }
    if (item.via === "email") {
      const subject = el("strong", { dir: "auto" }, item.subject || "(no subject)");
      const glance = el("span", { class: "glance", dir: "auto" }, item.text.trim().slice(0, 140));
      const open = el("button", { type: "button" }, icon("mail"), el("span", {}, subject, el("span", { class: "by" }, item.sender), glance));
      open.addEventListener("click", () => this.openMail(item));
      return el("li", { class: item.opened_at ? "mail read" : "mail" }, open, at);
    }
    const words = el("p", { dir: "auto" }, linkified(item.text, (event, address, url) => this.tap(event, address, url)));
    if (item.via === "auto") at.append(" · the carrier's own answer");
    if (item.via === "reply" && "subject" in item) at.append(" · by mail");
    if (item.carrier === "social") at.append(" · WhatsApp");
    if (item.carrier === "push") at.append(" · notification");
    for (const { label } of item.buttons ?? []) {
      const button = el("button", { type: "button", class: "choice" }, label);
      const verb = item.carrier === "push" ? "push" : "whatsapp";
      button.addEventListener("click", () => this.does(verb, { message: item.id, label }));
      words.append(button);
    }
    return el("li", { class: item.via === "reply" ? "bubble mine" : `bubble ${item.via}` }, words, at);
  }

  // A lit screen, for a moment: what wakes people.
  light() {
    this.element.classList.remove("lit");
    requestAnimationFrame(() => this.element.classList.add("lit"));
  }

  drawCall(calls, atOnce) {
    const live = calls.filter((call) => call.status === "ringing" || call.status === "answered");
    const call = live.find((item) => item.status === "answered") ?? live[0] ?? null;
    const sheet = this.find(".call");
    const was = this.call;
    const held = sheet.contains(document.activeElement);
    this.call = call;
    sheet.hidden = !call;
    this.element.dataset.call = call?.status ?? "";
    if (!call) {
      if (was && this.aloud()) speechSynthesis.cancel();
      this.cover();
      if (was && held) this.find(".write input").focus({ preventScroll: true });
      return;
    }
    this.find(".caller-number").textContent = call.sender;
    sheet.dataset.state = call.status;
    sheet.dataset.keypad = call.keypad;
    const lines = this.find(".lines");
    if (was?.id !== call.id) lines.replaceChildren();
    for (const line of call.lines.slice(lines.children.length)) {
      lines.append(el("li", { class: line.who, dir: "auto" }, line.who === "key" ? `pressed ${line.text}` : line.text));
      if (line.who === "voice" && !atOnce && this.aloud()) speechSynthesis.speak(new SpeechSynthesisUtterance(line.text));
    }
    lines.scrollTop = lines.scrollHeight;
    for (const key of this.find(".keys").children) key.disabled = call.asking || call.last_words;
    if (was?.status === "ringing" && call.status === "answered" && document.activeElement === this.find(".answer")) {
      (call.keypad ? this.find(".keys button") : this.find(".hangup")).focus({ preventScroll: true });
    }
  }

  drawPower(owner, texts, mails) {
    this.find(".power").checked = owner.on;
    this.element.dataset.on = owner.on;
    this.find(".off").hidden = owner.on;
    const waiting = texts.filter((text) => text.status === "queued").length + mails.filter((mail) => mail.status === "waiting").length;
    this.find(".waiting").textContent = waiting ? `${waiting} ${waiting > 1 ? "messages wait" : "message waits"}` : "no coverage";
    this.on = owner.on;
    this.find(".refuse").value = owner.refuses ?? "";
    this.find(".badge").hidden = owner.opted_out.length === 0;
    if (!owner.on) this.close();
    this.cover();
  }

  // What lies under a call, a page or a dark screen can neither be seen nor reached by keyboard.
  cover() {
    const reading = !this.find(".reader").hidden;
    for (const part of this.element.querySelectorAll(".stream, .screen > .write")) part.inert = !this.on || Boolean(this.call) || reading;
    this.find(".reader").inert = Boolean(this.call);
  }

  tick() {
    const at = this.now();
    this.find(".clock").textContent = clock(at, { timeZone: this.zone });
    this.find(".big").textContent = clock(at, { timeZone: this.zone });
    this.find(".date").textContent = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: this.zone }).format(at);
    if (!this.call) return;
    const text = this.call.status === "ringing" ? "Incoming call" : this.call.asking ? "…" : length(this.call, at);
    if (this.find(".call-state").textContent !== text) this.find(".call-state").textContent = text;
  }

  // The stack's own small pages open on the phone itself, and push is switched on in its browser; anything else opens in
  // a new tab.
  tap(event, address, url) {
    if (url.pathname.startsWith("/push/")) {
      event.preventDefault();
      this.does("push", { url: address }).then((done) => done && this.close());
      return;
    }
    if (!url.pathname.startsWith("/l/")) {
      this.post("tap", { url: address, user: this.user });
      return;
    }
    event.preventDefault();
    const path = url.pathname + url.search;
    const src = `/_handset/phones/${encodeURIComponent(this.user)}/browser${path}`;
    const frame = el("iframe", { class: "site", src, sandbox: "allow-forms", title: "Page of the link", referrerpolicy: "no-referrer" });
    const opening = el("p", { class: "opening", role: "status" }, "Opening…");
    frame.addEventListener("load", () => opening.remove());
    this.open(url.host, path, [opening, frame], path);
  }

  openMail(mail) {
    this.post(`mails/${mail.id}/open`);
    const text = el("div", { class: "plain", dir: "auto" }, linkified(mail.text, (event, address, url) => this.tap(event, address, url)));
    const html = mail.html && el("iframe", {
      src: `/_handset/mails/${mail.id}`,
      sandbox: "allow-popups allow-popups-to-escape-sandbox",
      title: mail.subject || "Mail",
      referrerpolicy: "no-referrer",
    });
    this.open(mail.subject || "(no subject)", mail.sender, [html || text], null);
    this.mail = mail;
    this.find(".respond").hidden = !this.answersMail;
    if (!html || !mail.text) return;
    const swap = this.find(".swap");
    swap.hidden = false;
    swap.textContent = "Text";
    swap.onclick = () => {
      const plain = swap.textContent === "Text";
      this.find(".page").replaceChildren(plain ? text : html);
      swap.textContent = plain ? "HTML" : "Text";
    };
  }

  open(title, from, parts, out) {
    this.opener = document.activeElement;
    this.find(".subject").textContent = title;
    this.find(".from").textContent = from;
    this.find(".page").replaceChildren(...parts);
    this.find(".swap").hidden = true;
    this.find(".respond").hidden = true;
    this.find(".out").hidden = !out;
    if (out) this.find(".out").href = out;
    this.find(".reader").hidden = false;
    this.cover();
    this.find(".shell").scrollIntoView({ block: "nearest" });
    this.find(".close").focus({ preventScroll: true });
  }

  close() {
    if (this.find(".reader").hidden) return;
    this.find(".reader").hidden = true;
    this.find(".page").replaceChildren();
    this.cover();
    if (this.opener?.isConnected) this.opener.focus({ preventScroll: true });
  }

  remove() {
    this.element.remove();
  }
}

const whenSeen = (item) => new Date(item.via === "voice" ? item.at : (item.delivered_at ?? item.at));

function length(call, at = call.ended_at) {
  const seconds = Math.max(0, Math.round((new Date(at) - new Date(call.answered_at)) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
