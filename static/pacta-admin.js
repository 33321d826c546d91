/* Names what Django's administration leaves without a name: the fields with completion, the corner of a table. */
"use strict";
{
  const labelOf = (select) =>
    select.labels.length ? select.labels[0].textContent.replace(/:\s*$/, "").trim() : select.getAttribute("aria-label");

  const nameSearch = (field) => {
    const list = /^select2-(.+)-results$/.exec(field.getAttribute("aria-controls") || "");
    const container = field.closest(".select2-container");
    const select = list ? document.getElementById(list[1]) : container && container.previousElementSibling;
    const label = select && select.tagName === "SELECT" && labelOf(select);
    if (label) field.setAttribute("aria-label", label);
  };

  const nameChoice = (box) => {
    const select = box.closest(".select2-container").previousElementSibling;
    const label = select && select.tagName === "SELECT" && labelOf(select);
    if (!label) return;
    const name = [label, box.querySelector("[title]")?.title].filter(Boolean).join(": ");
    box.removeAttribute("aria-labelledby");
    box.setAttribute("aria-label", name);
    box.querySelector(".select2-selection__rendered").setAttribute("aria-label", name);
  };

  const nameAll = () => {
    document.querySelectorAll(".select2-search__field").forEach(nameSearch);
    document.querySelectorAll(".select2-selection--single").forEach(nameChoice);
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const corner of document.querySelectorAll(".tabular thead th:empty")) {
      const cell = document.createElement("td");
      cell.className = corner.className;
      corner.replaceWith(cell);
    }
    nameAll();
    new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  });
}
