// Lists whose order people choose ([data-reorder]): entries are dragged by their grip, and the form around the list is
// sent when one lies at another place. Without a script, and from the keyboard, the buttons of the entries do the same.
(() => {
  let dragged = null;
  let before = "";

  const list = () => dragged.closest("[data-reorder]");
  const order = () => [...list().querySelectorAll("input[name=field]")].map((input) => input.value).join();

  function showGrips() {
    for (const grip of document.querySelectorAll("[data-reorder-grip]")) grip.hidden = false;
  }

  // Pointer events serve mouse, pen and finger alike.
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-reorder-grip]");
    if (!grip || event.button) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    dragged = grip.closest("[data-reorder-item]");
    before = order();
    dragged.classList.add("is-dragged");
  });

  document.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-reorder-item]");
    if (!under || under === dragged || under.parentElement !== list()) return;
    const box = under.getBoundingClientRect();
    under[event.clientY > box.top + box.height / 2 ? "after" : "before"](dragged);
  });

  function drop(keep) {
    if (!dragged) return;
    const form = dragged.closest("form");
    const changed = order() !== before;
    dragged.classList.remove("is-dragged");
    dragged = null;
    if (changed && keep) form.requestSubmit();
    else if (changed) location.reload();
  }

  document.addEventListener("pointerup", () => drop(true));
  document.addEventListener("pointercancel", () => drop(false));
  document.addEventListener("DOMContentLoaded", showGrips);
  document.addEventListener("htmx:afterSwap", showGrips);
})();
