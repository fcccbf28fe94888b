// The behaviour of the frame: theme, dialog, toasts, what the live tile reports. Pages work without it.
"use strict";

const root = document.documentElement;

function setTheme(choice) {
  if (choice) root.dataset.theme = choice;
  else delete root.dataset.theme;
  const age = choice ? 31536000 : 0;
  document.cookie = `theme=${choice}; path=/; max-age=${age}; samesite=strict`;
  markTheme();
  document.dispatchEvent(new Event("theme"));
}

function markTheme() {
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === (root.dataset.theme || "")));
  }
}

function toast(text, link) {
  const box = document.createElement("div");
  box.className = "toast";
  box.append(text);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    box.append(anchor);
  }
  const close = document.createElement("button");
  close.textContent = "Dismiss";
  close.addEventListener("click", () => box.remove());
  box.append(close);
  document.querySelector(".toasts").append(box);
  return box;
}

// A button with data-confirm asks first; the form is submitted if the answer is yes.
function confirmFirst(event) {
  const button = event.target.closest("[data-confirm]");
  if (!button || button.dataset.confirmed) return;
  event.preventDefault();
  const dialog = document.querySelector("#confirm");
  dialog.querySelector("p").textContent = button.dataset.confirm;
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    button.dataset.confirmed = "yes";
    button.click();
  }, { once: true });
}

// The live tile knows whether the store answers, and whether a newer run has been published.
let announced = null;
function followLiveTile(event) {
  const tile = event.target.querySelector("[data-run]") || event.target.closest("[data-run]");
  if (!tile) return;
  const banner = document.querySelector("#away");
  if (banner) banner.hidden = tile.dataset.stale !== "yes";
  const main = document.querySelector("main");
  const shown = main.dataset.run;
  if (tile.dataset.stale === "yes" || !shown || tile.dataset.run === shown || tile.dataset.run === announced) return;
  announced = tile.dataset.run;
  toast("Newer figures are published.", { href: location.href, text: "Show them" });
}

function lost() {
  const banner = document.querySelector("#away");
  if (banner) banner.hidden = false;
}

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-set-theme]");
  if (theme) setTheme(theme.dataset.setTheme);
  if (event.target.closest("[data-print]")) window.print();
  for (const open of document.querySelectorAll("details.switch[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
  confirmFirst(event);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.switch[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("htmx:afterSettle", followLiveTile);
document.addEventListener("htmx:sendError", lost);

// A page that could not be read is asked for again until it can.
if (document.querySelector("[data-retry]")) {
  setInterval(async () => {
    const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
    if (answer && answer.ok) location.reload();
  }, 5000);
}
document.addEventListener("htmx:responseError", lost);
markTheme();
