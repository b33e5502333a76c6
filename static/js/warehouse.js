// What the station does beyond its HTML: answers with a sound and a shake, keeps the field focused, takes a
// condition by one key, and keeps what was said while the line is down. Everything works without it.

const KEPT = "warehouse-kept";
const AGAIN = 5000; // milliseconds between tries while the line is down
const PAUSE = 350; // a scanner sends its next character sooner, so a lone digit was a finger
const WAIT = 20000; // an answer that takes longer is none

let sound;
let sending = false;
let timer;
let single;

// --- answers

function note(frequency, start, length) {
  const voice = sound.createOscillator();
  const volume = sound.createGain();
  voice.frequency.value = frequency;
  volume.gain.setValueAtTime(0.15, start);
  volume.gain.exponentialRampToValueAtTime(0.001, start + length);
  voice.connect(volume).connect(sound.destination);
  voice.start(start);
  voice.stop(start + length);
}

function answer(tone) {
  const bad = tone === "error";
  navigator.vibrate?.(bad ? [120, 80, 120] : 40);
  if (!sound || sound.state !== "running") return;
  if (bad) {
    note(180, sound.currentTime, 0.18);
    note(150, sound.currentTime + 0.2, 0.28);
  } else note(tone === "warning" ? 520 : 1040, sound.currentTime, 0.12);
}

// A browser gives a page its voice only once somebody has touched it.
for (const kind of ["pointerdown", "keydown"])
  document.addEventListener(kind, () => {
    sound ||= window.AudioContext && new AudioContext();
    if (sound?.state === "suspended") sound.resume();
  });

// --- what is kept while the line is down

const kept = () => {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || [];
  } catch {
    return [];
  }
};

function keep(list) {
  localStorage.setItem(KEPT, JSON.stringify(list));
  const say = document.getElementById("kept");
  if (!say) return;
  say.hidden = !list.length;
  say.textContent = list.length ? `No connection. ${list.length} kept, sent again by itself.` : "";
}

function token() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

async function post(url, body) {
  // After a new log-in what was kept carries an old one.
  const fresh = document.querySelector("main.station [name=csrfmiddlewaretoken]");
  if (fresh) body.set("csrfmiddlewaretoken", fresh.value);
  const answered = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(WAIT) });
  if (answered.status >= 500) throw new Error(`answered ${answered.status}`);
  return answered;
}

// Each entry keeps the token it was first sent with: what had arrived after all is not done twice.
async function sendKept() {
  clearTimeout(timer);
  if (sending) return;
  sending = true;
  let last;
  try {
    for (let list = kept(); list.length; list = kept()) {
      last = await post(list[0].url, new URLSearchParams(list[0].fields));
      if (!ours(last)) break;
      keep(kept().slice(1));
    }
  } catch {
    timer = setTimeout(sendKept, AGAIN);
  } finally {
    sending = false;
  }
  if (last && !kept().length) show(last);
  else if (last && !ours(last)) location.assign(last.url);
}

const ours = (answered) =>
  answered.status === 403 || new URL(answered.url).pathname.startsWith(new URL(home(), location).pathname);
const home = () => document.querySelector(".masthead__name").href;

// --- pages

function focusField() {
  const main = document.querySelector("main.station");
  (main?.querySelector("[autofocus]") || main?.querySelector("#code"))?.focus({ preventScroll: true });
}

async function show(answered) {
  if (!ours(answered)) return location.assign(answered.url);
  const page = new DOMParser().parseFromString(await answered.text(), "text/html");
  const fresh = page.querySelector("main.station");
  if (!fresh) return location.assign(home());
  const main = document.querySelector("main.station");
  main.replaceChildren(...fresh.childNodes);
  main.dataset.answer = fresh.dataset.answer || "";
  document.title = page.title;
  if (answered.redirected) history.replaceState(null, "", answered.url);
  begin();
  scrollTo({ top: 0 });
  // What changed is read out from its own page's words: a swapped live region would stay silent.
  document.getElementById("said").textContent = main.querySelector(".answers")?.textContent || page.title;
}

function begin() {
  keep(kept());
  focusField();
  const tones = (document.querySelector("main.station")?.dataset.answer || "").split(" ");
  const worst = ["error", "warning", "success"].find((tone) => tones.includes(tone));
  if (worst) answer(worst);
}

async function submit(form, button) {
  const body = new FormData(form, button);
  const picture = [...body.values()].some((value) => value instanceof File && value.size);
  if (body.has("token")) body.set("token", token());
  const fields = [...body].filter(([, value]) => typeof value === "string");
  const entry = { url: form.action, fields };
  if (kept().length && !picture) {
    keep([...kept(), entry]);
    form.querySelector("#code")?.form.reset();
    return sendKept();
  }
  try {
    await show(await post(entry.url, picture ? body : new URLSearchParams(fields)));
  } catch {
    if (picture) {
      const say = document.getElementById("kept");
      say.hidden = false;
      say.textContent = "No connection. The photo was not sent: send it again.";
    } else {
      keep([...kept(), entry]);
      form.querySelector("#code")?.form.reset();
      timer = setTimeout(sendKept, AGAIN);
    }
    answer("error");
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.closest("main.station") || event.target.method !== "post") return;
  event.preventDefault();
  clearTimeout(single);
  submit(event.target, event.submitter);
});

// One key says what the chosen unit is like; a scanner that begins with the same digit goes on at once.
document.addEventListener("input", (event) => {
  if (event.target.id !== "code") return;
  clearTimeout(single);
  const form = event.target.form;
  if (/^[1-7]$/.test(event.target.value) && form.elements.unit)
    single = setTimeout(() => form.requestSubmit(), PAUSE);
});

// Whoever scans with no field focused means the field.
document.addEventListener("keydown", (event) => {
  const code = document.getElementById("code");
  const idle = document.activeElement === document.body || document.activeElement?.id === "main";
  if (code && idle && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) code.focus();
});

addEventListener("online", sendKept);
addEventListener("load", () => {
  begin();
  if (kept().length) sendKept();
});
