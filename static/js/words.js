// The template editor: names pressed in the list go where one writes, and a look that is open follows the words.
// Without it the list is there to copy from, and a button shows the words anew.

const PAUSE = 900;

// In the frame: say what was pressed.
for (const button of document.querySelectorAll("[data-insert]")) {
  button.addEventListener("click", () => {
    window.parent.postMessage({ insert: button.dataset.insert }, window.location.origin);
    const said = document.querySelector("[role=status]");
    if (said) said.textContent = `Put in: ${button.dataset.insert}`;
  });
}

// On the page: put it in where the cursor was last.
const fields = [...document.querySelectorAll("[data-words]")];
let last = fields.at(-1);
for (const field of fields) field.addEventListener("focus", () => (last = field));

window.addEventListener("message", (event) => {
  if (event.origin !== window.location.origin || typeof event.data?.insert !== "string" || !last) return;
  last.setRangeText(event.data.insert, last.selectionStart, last.selectionEnd, "end");
  last.focus();
  last.dispatchEvent(new Event("input", { bubbles: true }));
});

const look = document.querySelector("[data-look]");
if (look) {
  let open = false;
  let timer;
  look.addEventListener("click", () => (open = true));
  for (const field of fields) {
    field.addEventListener("input", () => {
      clearTimeout(timer);
      if (open) timer = setTimeout(() => look.form.requestSubmit(look), PAUSE);
    });
  }
}
