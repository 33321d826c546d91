// The page of an agreement: a slider over the days of its history, the part that is being read, why a step is greyed.
"use strict";

(() => {
  // ---- a slider over the days of the history; without it there is a list to choose from, and a button ----
  for (const form of document.querySelectorAll("form[data-slider]")) {
    const list = form.querySelector("select");
    const days = [...list.options].reverse();
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = "0";
    slider.max = String(days.length - 1);
    slider.value = String(days.findIndex((day) => day.selected));
    slider.setAttribute("aria-label", form.querySelector("label").textContent);
    const tell = () => {
      const day = days[Number(slider.value)];
      list.value = day.value;
      slider.setAttribute("aria-valuetext", day.textContent);
    };
    slider.addEventListener("input", tell);
    // A key moves it by one day and asks to be confirmed; letting go of it with the pointer, or Enter, leads there.
    let byKey = false;
    slider.addEventListener("keydown", (event) => {
      byKey = event.key !== "Enter";
      if (event.key === "Enter") form.requestSubmit();
    });
    slider.addEventListener("pointerdown", () => { byKey = false; });
    slider.addEventListener("change", () => { if (!byKey) form.requestSubmit(); });
    list.addEventListener("change", () => { slider.value = String(days.findIndex((day) => day.value === list.value)); tell(); });
    form.append(slider);
    tell();
  }

  // ---- a greyed step opens its reasons ----
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[aria-disabled='true'][aria-describedby]");
    if (!button) return;
    const why = document.getElementById(button.getAttribute("aria-describedby"));
    const folded = why?.closest("details");
    if (folded) folded.open = true;
    why?.scrollIntoView({ block: "nearest" });
  });

  // ---- the part that is being read ----
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const heads = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  const mark = () => {
    const passed = heads.filter((head) => head.getBoundingClientRect().top < 140);
    const main = passed.filter((head) => !head.closest(".side"));
    const here = (main.length ? main : passed).at(-1);
    for (const [id, link] of links) {
      if (here && here.id === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  let waiting = false;
  window.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    window.requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  mark();
})();
