// Shows what is pushed, and answers it: the buttons post to the page's signed link.
"use strict";

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

self.addEventListener("push", (event) => {
  const said = read(event);
  const high = said.urgency !== "low";
  event.waitUntil(self.registration.showNotification(said.title, {
    body: said.body,
    tag: said.tag || undefined,
    renotify: Boolean(said.tag) && high,
    requireInteraction: high,
    silent: high ? null : true,
    vibrate: high ? [300, 150, 300, 150, 600] : undefined,
    icon: "icon.png",
    badge: "icon.png",
    lang: "en",
    dir: "auto",
    actions: said.actions || [],
    data: { url: said.url, title: said.title },
  }));
});

async function press(notification, action) {
  const { url, title } = notification.data;
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "accept": "application/json", "content-type": "application/x-www-form-urlencoded" },
      body: `action=${encodeURIComponent(action)}`,
    });
    const told = await answer.json();
    await self.registration.showNotification(title, {
      body: told.said, tag: notification.tag || undefined, silent: true, icon: "icon.png", dir: "auto", data: { url, title },
    });
  } catch {
    // The page says more, and may be pressed again.
    await self.clients.openWindow(url);
  }
}

self.addEventListener("notificationclick", (event) => {
  const { url } = event.notification.data || {};
  event.notification.close();
  if (!url) return;
  event.waitUntil(event.action ? press(event.notification, event.action) : self.clients.openWindow(url));
});
