"use strict";
// Every page works without this file; it only makes some smoother.

document.querySelector("[data-error-summary]")?.focus();

// A second press must not send a form twice. htmx looks after its own forms.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.ariaBusy === "true") return event.preventDefault();
  if (event.defaultPrevented || form.matches("[hx-post], [hx-get], [hx-put]")) return;
  form.ariaBusy = "true";
  // Only after the form's data is collected, since a disabled button's value is left out.
  setTimeout(() => {
    if (!event.submitter || event.defaultPrevented) return;
    event.submitter.disabled = true;
    event.submitter.ariaBusy = "true";
  });
});

// Back in history, the browser may show the page as it was left.
addEventListener("pageshow", () => {
  for (const busy of document.querySelectorAll("[aria-busy=true]")) {
    busy.ariaBusy = null;
    busy.disabled = false;
  }
});

// Long work says how far it is; at its end the page is asked for again.
for (const region of document.querySelectorAll("[data-events]")) {
  const events = new EventSource(region.dataset.events);
  events.addEventListener("message", (event) => { region.innerHTML = event.data; });
  events.addEventListener("ended", () => { events.close(); location.reload(); });
}

// One menu at a time; Escape or a click elsewhere closes it.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
};
document.addEventListener("click", (event) => closeMenus(event.target.closest("[data-menu]")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelector("[data-menu][open] > summary")?.focus();
  closeMenus();
});

// Wishes move at once; the buttons' own way is to send the form.
const settle = (list) => {
  const rows = [...list.children];
  rows.forEach((row, index) => {
    for (const button of row.querySelectorAll("[name=move]")) {
      const verb = button.value.split(":")[0];
      button.value = `${verb}:${index + 1}`;
      button.disabled = verb === "up" ? index === 0 : verb === "down" && index === rows.length - 1;
    }
  });
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ranked] [name=move]");
  const verb = button?.value.split(":")[0];
  if (verb !== "up" && verb !== "down") return;
  event.preventDefault();
  const row = button.closest("li");
  const list = row.parentElement;
  if (verb === "up") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  settle(list);
  (button.disabled ? row.querySelector("[name=move]:not(:disabled)") : button).focus();
  const item = row.querySelector("[data-name]").textContent;
  const position = [...list.children].indexOf(row) + 1;
  const status = list.parentElement.querySelector("[data-ranked-status]");
  status.textContent = list.dataset.moved.replace("{item}", item).replace("{position}", position);
});
