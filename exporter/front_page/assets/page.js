// Keeps the page up to date: asks for the same page again and takes over the parts that changed.
"use strict";

const EVERY_MS = 5000;
const updated = document.getElementById("updated");

function say(text) {
  if (updated.textContent !== text) updated.textContent = text;
}

// What somebody has the focus in stays, so that a keyboard or a screen reader never loses its place.
function takeOver(fresh) {
  for (const now of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(now.id);
    if (next && !now.contains(document.activeElement) && now.innerHTML !== next.innerHTML) {
      now.replaceWith(document.adoptNode(next));
    }
  }
}

async function update() {
  let answer;
  try {
    answer = await fetch(location.href, { signal: AbortSignal.timeout(EVERY_MS) });
  } catch {
    say("Not updated: no answer");
    return;
  }
  if (answer.status === 401) location.reload();
  if (!answer.ok) {
    say("Not updated: no answer");
    return;
  }
  takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
  say("Live");
}

function begin() {
  const pause = document.createElement("button");
  pause.type = "button";
  pause.textContent = "Pause updates";
  pause.setAttribute("aria-pressed", "false");
  let paused = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    say(paused ? "Paused" : "Live");
  });
  updated.before(pause, " ");
  say("Live");
  const again = async () => {
    if (!paused && !document.hidden) await update();
    setTimeout(again, EVERY_MS);
  };
  setTimeout(again, EVERY_MS);
}

if (updated) begin();
