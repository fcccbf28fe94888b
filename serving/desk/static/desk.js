// The desk by keyboard, its ticking clocks, and new tickets in a queue that stays where it is. Pages work without it.
"use strict";

const OFF = "shortcuts=off";
const isOn = () => !document.cookie.split("; ").includes(OFF);

// Elements say which key reaches them: a field takes the focus, all else is clicked. j, k, x, f walk through the queue.
function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const place = event.target;
  if (place.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") place.blur();
    return;
  }
  if (event.key === "?") return openHelp(event);
  if (!isOn()) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target) {
    event.preventDefault();
    if (target.matches("input, select, textarea")) target.focus();
    else target.click();
    return;
  }
  const walk = { j: () => step(1), k: () => step(-1), f: () => links()[0]?.focus(), x: pick }[event.key];
  if (!walk || !document.querySelector("#bulk, main .items")) return;
  event.preventDefault();
  walk();
}

function openHelp(event) {
  event.preventDefault();
  const help = document.querySelector("#keys");
  if (!help) return;
  help.querySelector("#keys-on").checked = isOn();
  help.showModal();
}

const links = () => [...document.querySelectorAll("main .items .item > a")];

function step(size) {
  const all = links();
  const here = all.indexOf(document.activeElement.closest(".item")?.querySelector(":scope > a"));
  const next = here < 0 ? all[size > 0 ? 0 : all.length - 1] : all[Math.max(0, Math.min(all.length - 1, here + size))];
  next?.focus();
}

function pick() {
  const box = document.activeElement.closest(".item")?.querySelector("input[name=ticket]");
  if (!box) return;
  box.checked = !box.checked;
  countPicked();
}

function countPicked() {
  const label = document.querySelector(".picked");
  if (!label) return;
  const number = document.querySelectorAll("input[name=ticket]:checked").length;
  label.textContent = number ? `${number} selected` : "None selected";
}

// The clocks of the page, as clocks.py writes them, on the server's time.
const MINUTE = 60000;
function short(left) {
  const sign = left < 0 ? "−" : "";
  const minutes = Math.floor(Math.abs(left) / MINUTE);
  if (minutes >= 6000) return `${sign}${Math.floor(minutes / 1440)} d`;
  return `${sign}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

let ahead = null;
function tick() {
  const queue = document.querySelector("[data-now]");
  if (ahead === null && queue) ahead = Date.now() - Date.parse(queue.dataset.now);
  const now = Date.now() - (ahead || 0);
  for (const clock of document.querySelectorAll(".clock[data-due]")) {
    const due = Date.parse(clock.dataset.due);
    clock.querySelector(".time").textContent = short(due - now);
    clock.classList.toggle("worse", now > due);
    clock.classList.toggle("warn", now <= due && now > Date.parse(clock.dataset.soon));
  }
}

// What a poll brought: the focus stays on its ticket, a new ticket is announced once.
const numbers = () => new Set([...document.querySelectorAll("#queue .item")].map((item) => item.dataset.ticket));
let known = numbers();
let focused = null;
function beforeSwap() {
  known = numbers();
  focused = document.activeElement.closest("#queue .item > *")?.id;
}

function afterSettle(event) {
  if (event.target.id !== "queue" && !event.target.querySelector?.("#queue")) return;
  ahead = null;
  tick();
  countPicked();
  if (focused) document.getElementById(focused)?.focus();
  const fresh = [...numbers()].filter((each) => !known.has(each));
  for (const each of fresh) document.querySelector(`#queue [data-ticket="${each}"]`)?.classList.add("fresh");
  if (fresh.length) document.querySelector("#news").textContent = `${fresh.length} new in the queue`;
}

document.addEventListener("keydown", press);
document.addEventListener("change", (event) => {
  if (event.target.name === "ticket") countPicked();
  if (event.target.id === "keys-on") {
    document.cookie = event.target.checked ? "shortcuts=; path=/; max-age=0" : `${OFF}; path=/; max-age=31536000; samesite=strict`;
  }
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-keys]")) openHelp(event); });
document.addEventListener("htmx:beforeSwap", beforeSwap);
document.addEventListener("htmx:afterSettle", afterSettle);
setInterval(tick, 5000);
tick();
