// "Tell me on this device": hidden unless this browser can do it. The page says all there is to say without.
const said = document.getElementById("said");
const form = () => document.getElementById("push");
let registration, held;

function bytes(text) {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
}

function show() {
  const here = form();
  if (!here || !here.hidden) return;
  here.querySelector("button").textContent = held ? here.dataset.stop : here.dataset.start;
  here.hidden = false;
}

function tell(words) {
  form().querySelector("[data-words]").textContent = said.textContent = words;
  form().querySelector("button").textContent = held ? form().dataset.stop : form().dataset.start;
}

async function post(where, subscription) {
  const body = new FormData(form());
  const keys = subscription.toJSON().keys || {};
  body.set("endpoint", subscription.endpoint);
  body.set("p256dh", keys.p256dh || "");
  body.set("auth", keys.auth || "");
  body.set("language", document.documentElement.lang);
  const answer = await fetch(where, { method: "POST", body, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
}

async function turn(here) {
  if (held) {
    await post(here.dataset.off, held);
    await held.unsubscribe();
    held = null;
    return here.dataset.stopped;
  }
  if ((await Notification.requestPermission()) !== "granted") return here.dataset.denied;
  const key = bytes(here.dataset.key);
  const fresh = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await post(here.action, fresh);
  held = fresh;
  return here.dataset.done;
}

async function start() {
  registration = await navigator.serviceWorker.register("/sw.js");
  held = await registration.pushManager.getSubscription();
  show();
  // The page renews itself (live.js): the fresh form is hidden again.
  new MutationObserver(show).observe(document.getElementById("main"), { childList: true, subtree: true });
  document.addEventListener("submit", async (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    tell(await turn(form()).catch(() => form().dataset.failed));
    if (button) button.disabled = false;
  });
}

if (form() && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window) start().catch(() => {});
