// A message of a chat with what is written under it. Whatever it says becomes text; its form comes from its parts.
import { clock, el, icon } from "./dom.js";

export class Talk {
  constructor(chat, message) {
    this.chat = chat;
    this.message = message;
    this.answers = new Map();
    this.body = el("div", { class: "saying" });
    this.thread = el("ol", { class: "thread" });
    this.element = el("li", { class: "said" }, face(chat, message), el("div", { class: "said-all" }, this.body, this.thread));
    if (message.only_for) this.element.classList.add("alone");
    else this.element.lastElementChild.append(this.writing());
    this.fill();
  }

  change(message) {
    const held = this.body.contains(document.activeElement);
    this.message = message;
    this.fill();
    this.element.classList.remove("changed");
    requestAnimationFrame(() => this.element.classList.add("changed"));
    // The button that was pressed is gone: the focus stays with the message.
    if (held) (this.body.querySelector("button") ?? this.opener)?.focus({ preventScroll: true });
  }

  fill() {
    const quote = this.chat.service.threads ? [] : this.quote();
    this.body.replaceChildren(by(this.chat, this.message), ...quote, ...this.message.sections.map((section) => this.section(this.message, section)));
  }

  answer(message, live) {
    const item = el("li", { class: "said small" }, face(this.chat, message));
    item.append(el("div", { class: "saying" }, by(this.chat, message), ...message.sections.map((section) => this.section(message, section))));
    if (message.only_for) item.classList.add("alone");
    if (live) item.classList.add("fresh");
    const old = this.answers.get(message.id);
    this.answers.set(message.id, item);
    if (old) {
      old.replaceWith(item);
      return null;
    }
    this.thread.append(item);
    return item;
  }

  // What it answers, as far as that is still there: who said it, and its beginning.
  quote() {
    const said = this.chat.talks.get(this.message.thread)?.message;
    if (!said) return [];
    const words = said.sections[0]?.parts[0]?.texts.flat().map((span) => span.text).join("") ?? "";
    return [el("p", { class: "quote" }, el("strong", {}, author(this.chat, said)), el("span", { dir: "auto" }, words.split("\n")[0]))];
  }

  // -- a reply --------------------------------------------------------------------------------------------

  writing() {
    const input = el("input", { type: "text", maxlength: "2000", autocomplete: "off", enterkeyhint: "send" });
    const send = el("button", { type: "submit", "aria-label": "Send the reply" }, icon("send"));
    const form = el("form", { class: "write reply" }, input, send);
    form.hidden = true;
    this.input = input;
    this.opener = el("button", { type: "button", class: "to-reply", "aria-expanded": "false" }, this.chat.service.threads ? "Reply in thread" : "Reply");
    this.opener.addEventListener("click", () => this.show(form, form.hidden));
    input.addEventListener("keydown", (event) => event.key === "Escape" && this.show(form, false));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      input.value = "";
      await this.chat.reply(this.message, text);
    });
    this.rename(this.chat.name(this.chat.user)?.split(" ")[0] ?? "");
    return el("div", { class: "replying" }, this.opener, form);
  }

  show(form, open) {
    form.hidden = !open;
    this.opener.setAttribute("aria-expanded", open);
    (open ? this.input : this.opener).focus({ preventScroll: !open });
  }

  rename(first) {
    if (!this.input) return;
    this.input.placeholder = `Reply as ${first}`;
    this.input.setAttribute("aria-label", `Reply as ${first}`);
  }

  // -- what it is made of ---------------------------------------------------------------------------------

  section(message, { parts, tone }) {
    const made = el("div", { class: tone ? "section toned" : "section" }, ...parts.map((part) => this.part(message, part)));
    if (tone) made.style.setProperty("--tone", tone);
    return made;
  }

  part(message, { kind, texts, buttons }) {
    if (kind === "buttons") return el("div", { class: "presses" }, ...buttons.map((button) => this.button(message, button)));
    if (kind === "facts") return el("ul", { class: "facts" }, ...texts.map((text) => el("li", { dir: "auto" }, ...text.map(span))));
    if (kind === "note") return el("p", { class: "note" }, ...texts.map((text) => el("span", { dir: "auto" }, ...text.map(span))));
    return el("p", { class: kind, dir: "auto" }, ...texts.flat().map(span));
  }

  button(message, button) {
    const name = `press ${button.style}`.trim();
    if (button.href) {
      const link = el("a", { class: name, href: button.href, target: "_blank", rel: "noopener noreferrer" }, button.label, icon("out"));
      link.addEventListener("click", () => this.chat.press(message, button));
      return link;
    }
    const made = el("button", { type: "button", class: name }, button.label);
    // Not disabled meanwhile: that would take the focus from it.
    made.addEventListener("click", async () => {
      if (made.ariaBusy === "true") return;
      made.ariaBusy = "true";
      await this.chat.press(message, button);
      made.ariaBusy = "false";
    });
    return made;
  }
}

function face(chat, message) {
  if (message.author === null) return el("span", { class: "face app", "aria-hidden": "true" }, icon("bell"));
  const initials = chat.name(message.author).split(/\s+/).map((word) => word[0]).slice(0, 2).join("");
  return el("span", { class: "face", "aria-hidden": "true" }, initials);
}

function author(chat, message) {
  return message.author === null ? "Tocsin" : chat.name(message.author);
}

function by(chat, message) {
  const line = el("p", { class: "by" }, el("strong", {}, author(chat, message)), el("time", { datetime: message.at }, clock(message.at)));
  if (message.edited_at) line.append(el("span", { class: "edited" }, `changed ${clock(message.edited_at)}`));
  if (message.only_for) line.append(el("span", { class: "only" }, icon("eye"), `only ${chat.name(message.only_for).split(" ")[0]} sees this`));
  return line;
}

const TAGS = { bold: "strong", italic: "em", strike: "s", code: "code" };

function span({ text, style, href, moment }) {
  if (moment) return el("time", { datetime: moment, title: text }, clock(moment, { day: "numeric", month: "short" }));
  if (href) return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
  if (TAGS[style]) return el(TAGS[style], {}, text);
  return style ? el("span", { class: style }, text) : text;
}
