// Shows what is pushed, and answers it: the buttons post to the page's signed link.
"use strict";

// Milliseconds that an answer is waited for: whoever pressed looks at the screen.
const PATIENCE = 8000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function read(event) {
  try {
    return event.data.json();
  } catch {
    // A browser withdraws push from whoever shows nothing.
    return { title: "Tocsin", body: "Something was pushed that cannot be read here.", urgency: "high" };
  }
}

function show(said, body, loud) {
  return self.registration.showNotification(said.title, {
    body,
    tag: said.tag || undefined,
    renotify: Boolean(said.tag) && loud,
    requireInteraction: loud,
    silent: loud ? null : true,
    vibrate: loud ? [300, 150, 300, 150, 600] : undefined,
    icon: "icon.png",
    lang: "en",
    dir: "auto",
    actions: said.actions || [],
    data: said,
  });
}

self.addEventListener("push", (event) => {
  const said = read(event);
  event.waitUntil(show(said, said.body, said.urgency !== "low"));
});

async function press(said, action) {
  try {
    const answer = await fetch(said.url, {
      method: "POST",
      headers: { "accept": "application/json", "content-type": "application/x-www-form-urlencoded" },
      body: `action=${encodeURIComponent(action)}`,
      signal: AbortSignal.timeout(PATIENCE),
    });
    const told = await answer.json();
    // 410: the link is over, and says so. Anything else that is no answer of ours was not heard.
    if ((!answer.ok && answer.status !== 410) || !told.said) throw new Error(`status ${answer.status}`);
    await show({ ...said, actions: [] }, told.said, false);
  } catch {
    await show(said, `It was NOT done: Tocsin did not answer. Press again, or tap to open. ${said.body}`, true);
  }
}

self.addEventListener("notificationclick", (event) => {
  const said = event.notification.data || {};
  event.notification.close();
  if (!said.url) return;
  event.waitUntil(event.action ? press(said, event.action) : self.clients.openWindow(said.url));
});
