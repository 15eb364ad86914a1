// The board of tickets: a card that is dropped on another column is moved by the form it carries.
(() => {
  let dragged = null;
  const columnOf = (event) => event.target.closest("[data-board-state]");
  const mark = (column) => {
    for (const each of document.querySelectorAll("[data-board-state]")) each.classList.toggle("is-target", each === column);
  };

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".board-card");
    if (dragged) event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", (event) => {
    if (!dragged) return;
    mark(columnOf(event));
    if (columnOf(event)) event.preventDefault();
  });
  document.addEventListener("dragend", () => { dragged = null; mark(null); });
  document.addEventListener("drop", (event) => {
    const column = columnOf(event);
    if (!dragged || !column) return;
    event.preventDefault();
    const form = dragged.querySelector("form");
    const isElsewhere = form.elements.state.value !== column.dataset.boardState;
    form.elements.state.value = column.dataset.boardState;
    if (isElsewhere) form.requestSubmit();
  });
})();
