/* The upload page: a file can be dropped, and one sees how much was sent. Without this script the form works as any other. */
"use strict";
{
  // The form again after a refusal, which takes the place of the page: its elements are others.
  const prepare = () => {
    const form = document.getElementById("upload");
    if (!form) return;
    const input = form.querySelector("input[type=file]");
    const drop = document.getElementById("drop");
    const progress = document.getElementById("progress");
    const bar = document.getElementById("progress-bar");
    const words = document.getElementById("progress-words");
    const status = document.getElementById("progress-status");
    const button = form.querySelector("button[type=submit]");

    document.getElementById("drop-hint").hidden = false;
    drop.classList.add("drop--ready");
    for (const name of ["dragenter", "dragover"]) {
      drop.addEventListener(name, () => drop.classList.add("drop--over"));
    }
    for (const name of ["dragleave", "drop"]) {
      drop.addEventListener(name, () => drop.classList.remove("drop--over"));
    }
    drop.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer.files;
      if (!file) return;
      const one = new DataTransfer();
      one.items.add(file);
      input.files = one.files;
    });

    const tell = (text) => {
      words.textContent = text;
      status.textContent = text;
    };

    const fail = () => {
      tell(words.dataset.failed);
      button.disabled = false;
    };

    form.addEventListener("submit", (event) => {
      if (!input.files.length) return;
      event.preventDefault();
      button.disabled = true;
      progress.hidden = false;
      tell(words.dataset.sending);
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (sent) => {
        if (!sent.lengthComputable) return;
        bar.value = Math.round((100 * sent.loaded) / sent.total);
        words.textContent = `${words.dataset.sending}: ${bar.value} %`;
      });
      request.upload.addEventListener("load", () => tell(words.dataset.keeping));
      request.addEventListener("load", () => {
        if (request.status === 200 && request.getResponseHeader("Content-Type").startsWith("application/json")) {
          window.location.assign(JSON.parse(request.responseText).address);
          return;
        }
        const answer = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
        if (!answer) {
          fail();
          return;
        }
        // The page of the refusal takes the place of this one: its errors, and what was typed.
        document.querySelector("main").replaceWith(document.adoptNode(answer));
        prepare();
        const errors = document.querySelector("main .errors");
        if (errors) errors.focus();
        window.scrollTo(0, 0);
      });
      for (const name of ["error", "abort", "timeout"]) request.addEventListener(name, fail);
      request.send(new FormData(form));
    });
  };

  // A file that misses its place would be opened in place of the page, and what was typed be lost.
  for (const name of ["dragenter", "dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      if (!event.target.closest("#drop")) event.dataTransfer.dropEffect = "none";
    });
  }
  prepare();
}
