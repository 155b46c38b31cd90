// Making elements. Whatever a message says becomes text, never markup.

export function el(tag, { class: name, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const LINK = /\bhttps?:\/\/[^\s<>"'`]+/gi;
const LOOSE_END = /[.,;:!?)\]}’”]+$/;

// As a phone does: http and https addresses can be tapped, the rest is words.
export function linkified(text, tapped) {
  const whole = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const bare = match[0].replace(LOOSE_END, "");
    const address = bare.includes("(") && match[0][bare.length] === ")" ? `${bare})` : bare;
    let url;
    try {
      url = new URL(address);
    } catch {
      continue;
    }
    whole.append(text.slice(from, match.index));
    const link = el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, address);
    link.addEventListener("click", (event) => tapped(event, address, url));
    whole.append(link);
    from = match.index + address.length;
  }
  whole.append(text.slice(from));
  return whole;
}

export const clock = (at, options) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", ...options }).format(new Date(at));
