// What an order page does beyond its HTML: stays current, tells times in the reader's own zone, copies numbers.
// Everything on the page works without it.

const EVERY = 30000;
const FOCUSABLE = "a[href], button:not([hidden]), input, summary";
const language = document.documentElement.lang || undefined;
const said = document.getElementById("said");

const dayNumber = (date) => Math.round(new Date(date.getFullYear(), date.getMonth(), date.getDate(), 12) / 864e5);
const format = (date, options) => new Intl.DateTimeFormat(language, options).format(date);
const twelve = new Intl.DateTimeFormat(language, { hour: "numeric" }).resolvedOptions().hour12;

function clock(date) {
  const bare = twelve && date.getMinutes() === 0;
  return format(date, bare ? { hour: "numeric" } : { hour: twelve ? "numeric" : "2-digit", minute: "2-digit" });
}

function dayWords(date, away) {
  if (Math.abs(away) < 2) return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(away, "day");
  return format(date, { month: "short", day: "numeric" });
}

function words(date, kind) {
  const away = dayNumber(date) - dayNumber(new Date());
  if (kind === "time") return clock(date);
  if (kind === "day") return dayWords(date, away);
  if (away < -1 && away > -7) return `${format(date, { weekday: "short" })} ${clock(date)}`;
  return dayWords(date, away) + (Math.abs(away) < 2 ? " " : ", ") + clock(date);
}

function dress(root) {
  for (const time of root.querySelectorAll("time[data-t]")) {
    const date = new Date(time.dateTime);
    if (!isNaN(date)) time.textContent = words(date, time.dataset.t);
  }
  for (const note of root.querySelectorAll("[data-zone]")) note.textContent = note.dataset.zone;
  if (navigator.clipboard) for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return;
  }
  button.textContent = said.textContent = button.dataset.done;
  setTimeout(() => {
    button.textContent = before;
    said.textContent = "";
  }, 2500);
});

function swap(main, fresh) {
  const open = [...main.querySelectorAll("details[open]")].map((each) => each.id);
  const held = main.contains(document.activeElement) ? document.activeElement : null;
  const place = held ? [...main.querySelectorAll(FOCUSABLE)].indexOf(held) : -1;
  const headline = main.querySelector("h1")?.textContent;
  dress(fresh);
  main.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (held && held !== main) {
    const again = (held.id && document.getElementById(held.id)) || main.querySelectorAll(FOCUSABLE)[place] || main;
    again.focus({ preventScroll: true });
  }
  const now = main.querySelector("h1")?.textContent;
  if (now && now !== headline) said.textContent = `${main.dataset.changed} ${now}`;
}

function live(main) {
  let etag = main.dataset.live;
  let timer;
  const again = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(look, EVERY);
  };
  async function look() {
    try {
      const answer = await fetch(location.pathname, {
        headers: { "If-None-Match": etag },
        cache: "no-store",
        redirect: "error",
      });
      if (answer.status === 404) return;
      const typing = document.activeElement?.matches("main input");
      if (answer.status === 200 && !typing) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("main");
        if (fresh?.dataset.live) {
          etag = fresh.dataset.live;
          swap(main, fresh);
          document.title = page.title;
        }
      }
    } catch {
      // Offline, or the server is restarting: the next look may do better.
    }
    again();
  }
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? look() : again()));
  again();
}

dress(document);
const main = document.querySelector("main[data-live]");
if (main) live(main);
