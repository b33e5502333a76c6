// Counts a segment anew while its rule is written, and shows the questions of a fact once it is chosen. Without
// it the form has a button for each.

const PAUSE = 500; // after the last key
const form = document.getElementById("segment-rule");
const live = document.getElementById("segment-live");
const said = document.getElementById("segment-count");
let timer;
let asked;

async function look() {
  asked?.abort();
  asked = new AbortController();
  const data = new FormData(form);
  data.set("do", "look");
  live.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(location.pathname, { method: "POST", body: data, signal: asked.signal, redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("segment-live");
    if (!fresh) return;
    if (fresh.dataset.said !== live.dataset.said) said.textContent = fresh.dataset.said;
    live.dataset.said = fresh.dataset.said;
    live.replaceChildren(...fresh.childNodes);
    live.removeAttribute("aria-busy");
  } catch {
    // A newer question is on its way, or the line is down: the button is still there.
  }
}

function later(event) {
  clearTimeout(timer);
  // Another fact or question has other fields: the server draws them, and the row keeps the focus.
  if (event.type === "change" && /\.(fact|op)$/.test(event.target.name)) {
    sessionStorage.setItem("segment-focus", event.target.name);
    form.querySelector('button[value="look"]').click();
    return;
  }
  timer = setTimeout(look, PAUSE);
}

if (form && live) {
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  const focus = sessionStorage.getItem("segment-focus");
  sessionStorage.removeItem("segment-focus");
  if (focus) form.elements.namedItem(focus)?.focus();
}
