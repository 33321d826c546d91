/* Names the search fields of Django's fields with completion: select2 takes no label over to them. */
"use strict";
{
  const name = (container) => {
    const select = container.previousElementSibling;
    if (!select || select.tagName !== "SELECT") return;
    const label = select.labels.length ? select.labels[0].textContent.replace(/:\s*$/, "").trim() : select.getAttribute("aria-label");
    if (!label) return;
    for (const field of container.querySelectorAll(".select2-search__field")) field.setAttribute("aria-label", label);
    const box = container.querySelector(".select2-selection--single");
    const shown = box && box.querySelector(".select2-selection__rendered");
    if (!shown) return;
    box.removeAttribute("aria-labelledby");
    box.setAttribute("aria-label", [label, shown.title].filter(Boolean).join(": "));
  };
  const every = () => document.querySelectorAll(".select2-container").forEach(name);
  new MutationObserver(every).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", every);
}
