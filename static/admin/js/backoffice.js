/* Names for what Django's own scripts draw without one: its choosers and the icons of its two-column selectors. */
"use strict";
{
  const name = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const label = select.labels[0]?.textContent.trim().replace(/:$/, "");
      const drawn = select.nextElementSibling;
      if (!label || !drawn?.classList.contains("select2")) continue;
      for (const part of drawn.querySelectorAll('[role="combobox"], [role="textbox"]')) part.setAttribute("aria-label", label);
    }
    for (const icon of document.querySelectorAll("span.search-label-icon[aria-label]")) icon.setAttribute("role", "img");
  };
  // Django draws them from jQuery's ready queue; standing behind it in that queue means they are there.
  window.addEventListener("load", () => window.django?.jQuery?.(name));
}
