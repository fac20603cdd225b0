"use strict";
// Takes each part of the page anew every second and swaps in those that changed,
// so that an open mail stays open while the rest moves.
const parts = ["switches", "rules", "alerts", "slack", "mail"];
const last = new Map(parts.map((id) => [id, document.getElementById(id)?.innerHTML]));

// A part that is replaced between press and release would swallow the click.
let pressed = false;
addEventListener("pointerdown", () => { pressed = true; });
for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, () => { pressed = false; });

async function refresh() {
  const answer = await fetch("/parts", { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (pressed) return;
  for (const id of parts) {
    const now = fresh.getElementById(id);
    const old = document.getElementById(id);
    if (!now || !old || last.get(id) === now.innerHTML) continue;
    last.set(id, now.innerHTML);
    const open = new Set([...old.querySelectorAll("details[open] summary")].map((s) => s.textContent));
    for (const d of now.querySelectorAll("details")) {
      if (open.has(d.querySelector("summary").textContent)) d.open = true;
    }
    old.replaceWith(now);
  }
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target; // it may have a field called action, which hides its own
  await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)) });
  refresh();
});

(async function loop() {
  try { await refresh(); } catch { /* the demo is stopped or starting: try again */ }
  setTimeout(loop, 1000);
})();
