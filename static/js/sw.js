// Shows a push, and opens its page when it is touched. It keeps nothing and stands in the way of no request.
self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data ? event.data.json() : {};
  } catch {
    return;
  }
  if (!said.title) return;
  event.waitUntil(
    self.registration.showNotification(said.title, { icon: "/static/img/icon.svg", tag: said.url || said.title, data: said.url }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = event.notification.data;
  if (url) event.waitUntil(self.clients.openWindow(url));
});
