/* The board: a card is dragged, or sent with the arrow keys, to the column of another stage. Where the step is possible its
   form opens; where it is not, the reasons are shown in place. Without this script the links of each card lead to the forms. */
"use strict";
{
  const boards = document.querySelector("[data-board]");
  const dialog = document.getElementById("refusal");
  const part = document.getElementById("refusal-part");
  const status = document.getElementById("board-says");
  const keys = document.getElementById("board-keys");

  const say = (text) => {
    status.textContent = text;
  };
  const filled = (text, words) => text.replace(/\{(\w+)\}/g, (_all, name) => words[name] || "");
  const titleOf = (card) => card.querySelector("h3").textContent.trim();
  const columnsOf = (card) => [...card.closest(".board").querySelectorAll("[data-stage]")];
  const wayTo = (card, stage) => card.querySelector(`[data-to="${stage}"]`);

  // ---- which columns a card can go to ----
  let moving = null;

  const begin = (card) => {
    end();
    moving = { card, picked: null };
    card.classList.add("moving");
    boards.classList.add("choosing");
    const here = card.closest("[data-stage]");
    for (const column of boards.querySelectorAll("[data-stage]")) {
      if (!column.dataset.stage) continue;
      if (column.dataset.stage === here.dataset.stage) {
        column.classList.add("here");
        continue;
      }
      const way = wayTo(card, column.dataset.stage);
      column.classList.add(way ? "allowed" : "refused");
      if (way && column.closest(".board") === card.closest(".board")) {
        const told = document.createElement("p");
        told.className = "tell";
        told.setAttribute("aria-hidden", "true");
        told.textContent = way.firstChild.textContent.trim();
        const head = column.querySelector("header");
        if (head) head.after(told);
        else column.append(told);
      }
    }
  };

  const pick = (column) => {
    if (moving.picked) moving.picked.classList.remove("picked");
    moving.picked = column;
    if (column) column.classList.add("picked");
  };

  /* Scroll the columns, not the page: the card that moves stays in sight. */
  const bring = (column) => {
    const frame = boards.getBoundingClientRect();
    const place = column.getBoundingClientRect();
    if (place.right > frame.right) boards.scrollLeft += place.right - frame.right;
    if (place.left < frame.left) boards.scrollLeft -= frame.left - place.left;
  };

  const end = () => {
    if (!moving) return;
    moving.card.classList.remove("moving");
    boards.classList.remove("choosing");
    for (const told of boards.querySelectorAll(".tell")) told.remove();
    for (const column of boards.querySelectorAll("[data-stage]")) {
      column.classList.remove("allowed", "refused", "here", "picked");
    }
    moving = null;
  };

  // ---- the move: the server says whether it is possible, and what stands against it ----
  const move = async (card, stage) => {
    const way = wayTo(card, stage);
    const address = `${card.dataset.moves}?to=${encodeURIComponent(stage)}`;
    say(boards.dataset.asking);
    let answer;
    try {
      answer = await fetch(address, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
    } catch {
      answer = null;
    }
    if (!answer || !answer.ok || answer.redirected) {
      window.location.assign(way ? way.href : address);
      return;
    }
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".moves");
    const possible = told && told.querySelector("[data-possible]");
    if (possible) {
      window.location.assign(possible.href);
      return;
    }
    say("");
    part.replaceChildren(document.adoptNode(told));
    dialog.returnFocus = card.querySelector("summary");
    dialog.showModal();
    const title = document.getElementById("moves-title");
    if (title) title.focus();
  };

  const prepare = () => {
    keys.hidden = false;
    for (const card of boards.querySelectorAll("[data-card]")) {
      card.draggable = true;
      card.querySelector("summary").setAttribute("aria-describedby", "board-keys");
    }
    dialog.addEventListener("close", () => {
      if (dialog.returnFocus) dialog.returnFocus.focus();
    });

    // ---- by mouse ----
    boards.addEventListener("dragstart", (event) => {
      const card = event.target.closest && event.target.closest("[data-card]");
      if (!card) return;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", card.dataset.card);
      // The card is marked once its picture was taken for the pointer.
      window.setTimeout(() => begin(card), 0);
    });
    boards.addEventListener("dragover", (event) => {
      if (!moving) return;
      const column = event.target.closest("[data-stage]");
      if (!column || !column.dataset.stage || column.classList.contains("here")) {
        pick(null);
        return;
      }
      // Every column takes the card: one to which nothing leads says why.
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      if (column !== moving.picked) pick(column);
    });
    boards.addEventListener("drop", (event) => {
      const column = moving && event.target.closest("[data-stage]");
      if (!column) return;
      event.preventDefault();
      const { card } = moving;
      const within = column.classList.contains("here");
      end();
      if (!within) move(card, column.dataset.stage);
    });
    boards.addEventListener("dragend", end);

    // ---- by keyboard, and by the links of a card ----
    boards.addEventListener("keydown", (event) => {
      const summary = event.target.closest("[data-card] summary");
      if (!summary) return;
      const card = summary.closest("[data-card]");
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        event.preventDefault();
        if (!moving || moving.card !== card) begin(card);
        const columns = columnsOf(card).filter((column) => column.dataset.stage);
        const from = columns.indexOf(moving.picked || card.closest("[data-stage]"));
        const to = Math.min(columns.length - 1, Math.max(0, from + (event.key === "ArrowRight" ? 1 : -1)));
        pick(columns[to]);
        bring(columns[to]);
        tell(card, columns[to]);
      } else if (event.key === "Enter" && moving && moving.picked) {
        event.preventDefault();
        const column = moving.picked;
        const within = column.classList.contains("here");
        end();
        if (!within) move(card, column.dataset.stage);
        else say(filled(boards.dataset.stays, { title: titleOf(card) }));
      } else if (event.key === "Escape" && moving) {
        event.preventDefault();
        end();
        say(filled(boards.dataset.stays, { title: titleOf(card) }));
      }
    });
    boards.addEventListener("focusout", (event) => {
      if (moving && moving.picked && event.target.closest("[data-card] summary")) end();
    });
    boards.addEventListener("click", (event) => {
      const way = event.target.closest("[data-to]");
      if (!way || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      move(way.closest("[data-card]"), way.dataset.to);
    });
  };

  const tell = (card, column) => {
    const words = boards.dataset;
    if (column.classList.contains("here")) {
      say(filled(words.stays, { title: titleOf(card) }));
      return;
    }
    const way = wayTo(card, column.dataset.stage);
    const step = way ? way.firstChild.textContent.trim() : "";
    const asked = filled(words.picked, { title: titleOf(card), stage: column.dataset.label });
    say(`${asked} ${filled(way ? words.allowed : words.refused, { step })}`);
  };

  if (boards) prepare();
}
