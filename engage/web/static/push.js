// Alerts on this device: asks the browser for a push subscription, then sends it with an ordinary form.
// Without this script the page explains itself; nothing here talks to anybody but the browser.
"use strict";

const start = document.getElementById("push-start");
const stop = document.getElementById("push-stop");

function show(id) {
  for (const name of ["push-unable", "push-denied", "push-failed"]) {
    document.getElementById(name).hidden = name !== id;
  }
}

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function base64(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

// A subscription made with another key of ours is of no use, and the browser refuses a second beside it.
async function subscribe(key) {
  await navigator.serviceWorker.register("/push-worker.js");
  const worker = await navigator.serviceWorker.ready;
  const known = await worker.pushManager.getSubscription();
  const made = known && known.options.applicationServerKey;
  if (known && (!made || base64(made) !== key)) {
    await known.unsubscribe();
  }
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

async function begin() {
  if ((await Notification.requestPermission()) !== "granted") {
    show("push-denied");
    return;
  }
  const subscription = await subscribe(start.dataset.key);
  start.elements.endpoint.value = subscription.endpoint;
  start.elements.p256dh.value = base64(subscription.getKey("p256dh"));
  start.elements.auth.value = base64(subscription.getKey("auth"));
  start.submit();
}

// The server stops in any case; the browser forgets too, where it is the one.
async function end() {
  const worker = await navigator.serviceWorker.getRegistration("/");
  const subscription = worker && (await worker.pushManager.getSubscription());
  if (subscription) {
    await subscription.unsubscribe();
  }
}

if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
  start.hidden = false;
  start.addEventListener("submit", (event) => {
    event.preventDefault();
    begin().catch(() => show("push-failed"));
  });
  if (stop) {
    stop.addEventListener("submit", (event) => {
      event.preventDefault();
      end().catch(() => undefined).then(() => stop.submit());
    });
  }
} else {
  show("push-unable");
}
