// Shows what is pushed to this browser and opens its page when it is pressed. It stores nothing and loads nothing.
"use strict";

// Every push must show something, or browsers show a notice of their own; a resend shows up once and stays quiet.
async function show(data) {
  let told = {};
  try {
    told = data ? data.json() : {};
  } catch {
    told = {};
  }
  const title = String(told.title || "New message");
  const body = String(told.body || "");
  const tag = String(told.tag || "engage");
  const before = await self.registration.getNotifications({ tag });
  const isNews = !before.some((shown) => shown.title === title && shown.body === body);
  await self.registration.showNotification(title, { body, tag, renotify: isNews, data: { url: own(told.url) } });
}

// A page of this site, or its front page.
function own(url) {
  try {
    const found = new URL(url, self.location.origin);
    return found.origin === self.location.origin ? found.href : "/";
  } catch {
    return "/";
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data.url));
});
