// The chat: channels of every vendor that is set up, what is written there, and who presses and writes.
import { el } from "./dom.js";
import { Talk } from "./talk.js";

const $ = (id) => document.getElementById(id);
const NEAR = 80;

export class Chat {
  constructor({ state, post }) {
    Object.assign(this, { state, post });
    this.at = null;
    this.followed = 0;
    this.talks = new Map();
    this.unread = new Map();
    $("chat-as").addEventListener("change", () => this.drawNames());
    $("chat-refuse").addEventListener("change", (event) => this.does("refuse", { kind: event.target.value || null }));
    $("chat-ask").addEventListener("submit", (event) => this.ask(event));
  }

  get user() {
    return this.channel?.user ?? $("chat-as").value;
  }

  get channel() {
    return this.state.channels.get(this.at);
  }

  get service() {
    return this.state.services.get(this.channel?.vendor) ?? [...this.state.services.values()][0];
  }

  name(user) {
    return this.state.phones.get(user)?.name ?? user;
  }

  does(verb, body) {
    return this.post(`chats/${encodeURIComponent(this.service.name)}/${verb}`, body);
  }

  press(message, button) {
    return this.does("press", { user: this.user, message: message.id, button: button.id });
  }

  reply(message, text) {
    return this.does("reply", { user: this.user, message: message.id, text });
  }

  async ask(event) {
    event.preventDefault();
    const input = $("chat-text");
    const text = input.value.trim();
    input.value = "";
    await this.does("ask", { user: this.user, channel: this.channel.id, text });
  }

  // -- drawing --------------------------------------------------------------------------------------------

  draw() {
    const there = this.state.services.size > 0;
    $("chat").hidden = !there;
    $("chat").parentElement.parentElement.dataset.chat = there;
    this.unread.clear();
    if (!there) return;
    const people = [...this.state.phones.values()].filter((phone) => phone.known);
    const before = $("chat-as").value;
    $("chat-as").replaceChildren(...people.map((phone) => el("option", { value: phone.user }, phone.name.split(" ")[0])));
    if (people.some((phone) => phone.user === before)) $("chat-as").value = before;
    this.open(this.state.channels.has(this.at) ? this.at : (this.state.channels.keys().next().value ?? null));
  }

  open(key) {
    this.at = key;
    this.unread.delete(key);
    this.talks.clear();
    $("chat-talk").replaceChildren();
    for (const message of this.state.messages.values()) this.place(message);
    this.drawService();
    this.drawRooms();
    this.drawNames();
    this.followed = 0;
    const last = $("chat-talk").lastElementChild;
    if (last) this.follow(last);
  }

  take(kind, item) {
    if (kind === "service") return this.drawService();
    if (kind === "channel") {
      if (this.channel) return this.drawRooms();
      return this.draw();
    }
    const key = `${item.vendor}/${item.channel}`;
    if (key !== this.at) {
      if (!item.edited_at) this.unread.set(key, (this.unread.get(key) ?? 0) + 1);
      return this.drawRooms();
    }
    const fresh = this.place(item, true);
    if (fresh) this.follow(fresh);
    this.drawEmpty();
  }

  // What came last, its beginning first; not for whoever has gone back to read. The page itself never moves.
  follow(last) {
    const list = $("chat-talk");
    if (list.scrollTop < this.followed - NEAR) return;
    const start = last.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop;
    list.scrollTop = Math.min(list.scrollHeight - list.clientHeight, start);
    this.followed = list.scrollTop;
  }

  // A message of the open channel; where there are threads, replies stand under the one that they answer. Gives what
  // was not there before.
  place(message, live = false) {
    if (`${message.vendor}/${message.channel}` !== this.at) return null;
    const root = this.service.threads && message.thread && this.talks.get(message.thread);
    if (root) return root.answer(message, live);
    const known = this.talks.get(message.provider_id);
    if (known) {
      known.change(message);
      return null;
    }
    const talk = new Talk(this, message);
    this.talks.set(message.provider_id, talk);
    $("chat-talk").append(talk.element);
    if (live) talk.element.classList.add("fresh");
    return talk.element;
  }

  drawService() {
    const { label, kinds, refuses, command } = this.service;
    $("chat-title").textContent = label;
    $("chat-talk").setAttribute("aria-label", `Messages in ${this.channel?.name ?? label}`);
    $("chat-command").textContent = command;
    $("chat-text").ariaLabel = command || "Message";
    $("chat-ask").hidden = !this.channel;
    $("chat-ask").lastElementChild.ariaLabel = command ? "Send the command" : "Send the message";
    const options = Object.entries(kinds).map(([kind, words]) => el("option", { value: kind }, words));
    $("chat-refuse").setAttribute("aria-label", `What ${label} does`);
    $("chat-refuse").replaceChildren(el("option", { value: "" }, "delivers"), el("optgroup", { label: "refuses" }, ...options));
    $("chat-refuse").value = refuses ?? "";
    $("chat").dataset.refuses = Boolean(refuses);
    this.drawEmpty();
  }

  drawRooms() {
    const several = this.state.services.size > 1;
    $("chat-rooms").replaceChildren(...[...this.state.channels.entries()].map(([key, channel]) => {
      const label = several ? `${this.state.services.get(channel.vendor)?.label} ${channel.name}` : channel.name;
      const tab = el("button", { type: "button", "aria-pressed": key === this.at }, label);
      const count = this.unread.get(key);
      if (count) tab.append(el("span", { class: "count" }, String(count), el("span", { class: "unseen" }, " new")));
      tab.addEventListener("click", () => {
        this.open(key);
        [...$("chat-rooms").children].find((one) => one.getAttribute("aria-pressed") === "true")?.focus();
      });
      return tab;
    }));
  }

  drawNames() {
    const only = this.channel?.user;
    if (only) $("chat-as").value = only;
    $("chat-as").disabled = Boolean(only);
    const first = this.name(this.user)?.split(" ")[0] ?? "nobody";
    $("chat-as").setAttribute("aria-label", "Who presses and writes");
    const slash = this.service?.command || only ? "" : "/";
    $("chat-text").placeholder = `${slash}ack 1042, as ${first}`;
    for (const talk of this.talks.values()) talk.rename(first);
  }

  drawEmpty() {
    $("chat-empty").hidden = this.talks.size > 0;
  }
}
