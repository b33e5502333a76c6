// Keeps a part of a page current while a worker is at it: <div id="…" data-follow="id of what is read aloud"
// data-working="yes" data-said="…">. Without it, the page has a link to look again.

const EVERY = 2000;

function follow(pane) {
  const said = document.getElementById(pane.dataset.follow);
  let timer;
  const again = () => {
    clearTimeout(timer);
    if (pane.dataset.working && document.visibilityState === "visible") timer = setTimeout(look, EVERY);
  };
  async function look() {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", redirect: "error" });
      if (answer.status === 403 || answer.status === 404) return;
      if (answer.ok && !pane.contains(document.activeElement)) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById(pane.id);
        if (fresh) {
          if (fresh.dataset.said !== pane.dataset.said) said.textContent = fresh.dataset.said;
          Object.assign(pane.dataset, fresh.dataset);
          pane.replaceChildren(...fresh.childNodes);
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

const pane = document.querySelector("[data-follow]");
if (pane) follow(pane);
