// Renews the part of the page that shows how far something is, while it says that it waits.
"use strict";

(() => {
  const pause = 3000;

  async function renew() {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const here = document.querySelector("[data-progress]");
    const there = page.querySelector("[data-progress]");
    if (!here || !there) return;
    if (here.innerHTML !== there.innerHTML && !here.contains(document.activeElement)) here.innerHTML = there.innerHTML;
    here.dataset.progress = there.dataset.progress;
    watch();
  }

  function watch() {
    if (document.querySelector("[data-progress='waiting']")) window.setTimeout(() => renew().catch(() => watch()), pause);
  }

  watch();
})();
