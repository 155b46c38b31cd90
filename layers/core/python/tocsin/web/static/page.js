// Switches push on in this browser, and says why where that cannot be.
"use strict";

const button = document.getElementById("on");
const word = document.getElementById("word");
const key = document.getElementById("here").dataset.key;
const phone = /iPhone|iPad|iPod/.test(navigator.userAgent) ||
  (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const installed = navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;

function say(text, well) {
  word.textContent = text;
  word.classList.toggle("well", Boolean(well));
  word.hidden = false;
}

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

function same(one, other) {
  const left = new Uint8Array(one);
  return left.length === other.length && left.every((byte, place) => byte === other[place]);
}

// A browser's id, as the server has it: of its endpoint.
async function idOf(subscription) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 20);
}

// What is on here, under the key that is used now.
async function current(registration) {
  const found = await registration.pushManager.getSubscription();
  if (found && found.options.applicationServerKey && !same(found.options.applicationServerKey, bytes(key))) {
    await found.unsubscribe();
    return null;
  }
  return found;
}

async function switchOn(registration) {
  if (await Notification.requestPermission() !== "granted") {
    say("This browser does not let Tocsin notify you. Allow notifications for this site in its settings, then try again.");
    return;
  }
  const subscription = (await current(registration)) ||
    (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) }));
  const answer = await fetch(location.href, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(subscription),
  });
  if (answer.ok) {
    location.replace(location.href);
    return;
  }
  const told = await answer.json().catch(() => ({}));
  const why = answer.status === 410 ? "this link is over" : told.error || "Tocsin does not answer, try again";
  say(`It was not switched on: ${why}.`);
}

async function begin() {
  document.getElementById("manifest").href = `manifest.json?token=${location.pathname.split("/").pop()}`;
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    say(phone && !installed
      ? "On an iPhone or iPad: Share, then Add to Home Screen, and open Tocsin from there."
      : "This browser takes no push. Try another one, or open the link by https.");
    return;
  }
  await navigator.serviceWorker.register("worker.js");
  const registration = await navigator.serviceWorker.ready;
  const found = await current(registration);
  const row = found && document.querySelector(`li[data-id="${await idOf(found)}"]`);
  if (row && Notification.permission === "granted") {
    row.classList.add("here");
    say("Push is on in this browser.", true);
    return;
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    switchOn(registration)
      .catch((error) => say(`It was not switched on: ${error.message || error.name}`))
      .finally(() => { button.disabled = false; });
  });
}

begin().catch((error) => say(`Push cannot be switched on here: ${error.message || error.name}`));
