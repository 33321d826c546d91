// What every page has: the key "/" that leads to the search, a menu that shows where one is, a calendar beside each day
// that is typed, and a page that comes back in another language, or in other colours, as it was left.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = document.getElementById("find");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});

// ---- a calendar beside each day that is typed; what it gives is written as the page's language writes days ----
const written = (iso) => (document.documentElement.lang === "en" ? iso : iso.split("-").reverse().join("."));
const read = (text) => {
  const turned = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text.trim());
  return turned ? `${turned[3]}-${turned[2].padStart(2, "0")}-${turned[1].padStart(2, "0")}` : text.trim();
};

function offerCalendars() {
  if (!("showPicker" in HTMLInputElement.prototype)) return;
  for (const field of document.querySelectorAll("input[data-day]")) {
    if (field.closest(".day-field")) continue;
    const picker = document.createElement("input");
    picker.type = "date";
    picker.tabIndex = -1;
    picker.className = "day-picker";
    picker.setAttribute("aria-hidden", "true");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "day-button";
    const label = field.labels[0]?.textContent.trim().replace(/\s+/g, " ") ?? "";
    button.setAttribute("aria-label", label ? `${field.dataset.day}: ${label}` : field.dataset.day);
    button.title = field.dataset.day;
    button.addEventListener("click", () => {
      picker.value = read(field.value);
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      if (!picker.value) return;
      field.value = written(picker.value);
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
    const place = document.createElement("span");
    place.className = "day-field";
    field.replaceWith(place);
    place.append(field, button, picker);
  }
}
offerCalendars();
document.addEventListener("htmx:afterSwap", offerCalendars);

// ---- another language, other colours: what was typed, what stood open and the place on the page stay ----
const LEFT = "left";
const typedInto = () => [...document.querySelectorAll("main form[method='post'] :is(input, select, textarea)[name]")]
  .filter((field) => !["hidden", "password", "file", "submit"].includes(field.type));
const folds = () => [...document.querySelectorAll("main details")];

function leave(event) {
  // A script may have changed the address since the page came.
  event.target.elements.next.value = window.location.pathname + window.location.search;
  const typed = typedInto().map((field) => [field.name, field.type === "checkbox" || field.type === "radio" ? field.checked : field.value]);
  const open = folds().map((one) => one.open);
  const place = window.scrollY / document.documentElement.scrollHeight;
  window.sessionStorage.setItem(LEFT, JSON.stringify({ address: window.location.href, typed, open, place }));
}

function comeBack() {
  const left = JSON.parse(window.sessionStorage.getItem(LEFT) ?? "null");
  window.sessionStorage.removeItem(LEFT);
  if (left?.address !== window.location.href) return;
  const fields = typedInto();
  if (fields.map((field) => field.name).join() === left.typed.map(([name]) => name).join()) {
    fields.forEach((field, number) => {
      const value = left.typed[number][1];
      if (typeof value === "boolean") field.checked = value;
      else if (field.type !== "select-multiple") field.value = value;
    });
  }
  const parts = folds();
  if (parts.length === left.open.length) parts.forEach((one, number) => { one.open = left.open[number]; });
  window.scrollTo(0, left.place * document.documentElement.scrollHeight);
}

for (const form of document.querySelectorAll("form.lang, form.themes")) form.addEventListener("submit", leave);
comeBack();

// ---- where the menu is wider than the window, the section one is in is in sight ----
const here = document.querySelector(".nav [aria-current]");
if (here) {
  const list = here.closest("ul");
  const [inner, outer] = [here.getBoundingClientRect(), list.getBoundingClientRect()];
  list.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
}

(() => {
  const said = document.getElementById("page-waits");
  // What takes no longer than this is not worth a word; what takes this long is a file that was saved, or does not come.
  const patience = 400, most = 15000;
  let begins, ends;

  function rest() {
    clearTimeout(begins);
    clearTimeout(ends);
    said.textContent = "";
  }

  function wait() {
    rest();
    begins = setTimeout(() => (said.textContent = said.dataset.words), patience);
    ends = setTimeout(rest, most);
  }

  if (!said) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const stays = link.target || link.origin !== location.origin || (link.hash && link.pathname === location.pathname);
    if (!stays && !link.matches("[download], [href*='format='], [href*='/file']")) wait();
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && !event.target.target) wait();
  });
  // A page that is shown again as it was left waits for nothing.
  window.addEventListener("pageshow", rest);
})();
