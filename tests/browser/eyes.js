// What a person with other eyes, or only a keyboard, would stumble over in a document. Gives a list of sentences.
() => {
  const faults = [];
  const shown = (node) => {
    const box = node.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && node.checkVisibility({ visibilityProperty: true }) && !node.closest("[inert]");
  };
  const called = (node) => `${node.tagName.toLowerCase()}.${node.className?.baseVal ?? node.className}`;

  // Contrast, by WCAG 2.2: 1.4.3. A background may be a gradient: every one of its colours counts.
  const colours = (text) =>
    [...text.matchAll(/rgba?\(([^)]+)\)/g)].map(([, numbers]) => {
      const [red, green, blue, alpha = 1] = numbers.split(/[\s,/]+/).map(Number);
      return { rgb: [red, green, blue], alpha };
    });
  const over = ({ rgb, alpha }, under) => rgb.map((part, at) => part * alpha + under[at] * (1 - alpha));
  const light = (rgb) => {
    const [red, green, blue] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const grounds = (node) => {
    const line = [];
    for (let at = node; at; at = at.parentElement) line.unshift(getComputedStyle(at));
    return line.reduce((under, style) => {
      const plain = under.map((colour) => over(colours(style.backgroundColor)[0], colour));
      const stops = colours(style.backgroundImage);
      return stops.length ? plain.flatMap((colour) => stops.map((stop) => over(stop, colour))) : plain;
    }, [[255, 255, 255]]);
  };
  const judge = (node, style, words) => {
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const least = Math.min(...grounds(node).map((ground) => contrast(over(colours(style.color)[0], ground), ground)));
    if (least < (large ? 3 : 4.5)) faults.push(`contrast ${least.toFixed(2)} of ${called(node)}: ${words.trim().slice(0, 60)}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let judged = 0;
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || node.closest(":disabled, option, script, style") || !shown(node)) continue;
    judge(node, getComputedStyle(node), texts.currentNode.data);
    judged += 1;
  }
  if (!judged) faults.push("no text at all");
  for (const input of document.querySelectorAll("input[placeholder]")) {
    if (shown(input)) judge(input, getComputedStyle(input, "::placeholder"), input.placeholder);
  }

  // Names, and room for a finger (2.5.8).
  for (const node of document.querySelectorAll("button, a[href], input, select, textarea, iframe")) {
    if (!shown(node)) continue;
    const by = node.getAttribute("aria-labelledby")?.split(" ").map((id) => document.getElementById(id)?.textContent).join("");
    const label = [...(node.labels ?? [])].map((one) => one.textContent).join("");
    const own = node.matches("select") ? "" : node.textContent;
    if (!(node.getAttribute("aria-label") || by || label || own || node.title).trim()) faults.push(`no name: ${called(node)}`);
    const box = node.getBoundingClientRect();
    if (!node.closest("p, .plain") && Math.min(box.width, box.height) < 20) faults.push(`too small to touch: ${called(node)}`);
  }

  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) faults.push(`id twice: ${id}`);
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  if (!document.documentElement.lang) faults.push("no language");
  if (!document.title.trim()) faults.push("no title");
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) faults.push(`${wide} px wider than the screen`);
  return faults;
}
