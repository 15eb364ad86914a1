// Fields for many files (templates/forms/files.html): drop files on them, see what is chosen. When a form marked
// data-upload is sent, each file travels in a request of its own with a bar of its own; without a script it is an
// ordinary form.
(() => {
  const inputOf = (place) => place.querySelector("input[type=file]");
  const isUploading = (place) => place.closest(".is-uploading") !== null;

  function row(list, file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = file.name;
    item.append(name);
    list.append(item);
    return item;
  }

  function showChosen(drop) {
    const list = drop.querySelector("[data-drop-list]");
    list.replaceChildren();
    for (const file of inputOf(drop).files) row(list, file);
  }

  // What is dropped joins what was chosen before.
  function take(drop, files) {
    const input = inputOf(drop);
    const all = new DataTransfer();
    for (const file of [...(input.multiple ? input.files : []), ...files]) all.items.add(file);
    input.files = all.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // ---- One request per file
  function send(form, input, file, item) {
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    item.append(bar);
    const data = new FormData(form);
    data.delete(input.name);
    data.append(input.name, file);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("X-CSRFToken", JSON.parse(document.body.getAttribute("hx-headers"))["x-csrftoken"]);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
      });
      request.addEventListener("load", () => resolve(finish(item, bar, request)));
      request.addEventListener("error", () => resolve(fail(item, bar, document.body.dataset.textUnreachable)));
      request.send(data);
    });
  }

  function finish(item, bar, request) {
    if (request.status < 300) {
      bar.value = 100;
      item.classList.add("is-done");
      return true;
    }
    const texts = document.body.dataset;
    let text = request.status === 401 ? texts.textSignedOut : texts.textFailed;
    try {
      text = JSON.parse(request.responseText).errors.join(" ");
    } catch {
      // What is no answer of ours has no words for people.
    }
    return fail(item, bar, text);
  }

  function fail(item, bar, text) {
    const error = document.createElement("span");
    error.className = "text-danger";
    error.setAttribute("role", "alert");
    error.textContent = text;
    bar.replaceWith(error);
    return false;
  }

  async function upload(form) {
    const drop = form.querySelector("[data-drop]");
    const input = inputOf(drop);
    const files = [...input.files];
    const list = drop.querySelector("[data-drop-list]");
    list.replaceChildren();
    form.classList.add("is-uploading");
    input.disabled = true;
    let failed = 0;
    for (const file of files) {
      if (!(await send(form, input, file, row(list, file)))) failed += 1;
    }
    form.classList.remove("is-uploading");
    input.disabled = false;
    input.value = "";
    form.dispatchEvent(new CustomEvent("cpms:uploaded", { bubbles: true }));
    if (!failed) list.replaceChildren();
  }

  // ---- Events
  document.addEventListener("change", (event) => {
    const drop = event.target.closest?.("[data-drop]");
    if (drop) showChosen(drop);
  });

  // Before other listeners count the form as sent. A form without files tells what it lacks.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-upload]")) return;
    if (isUploading(form)) event.preventDefault();
    else if (inputOf(form).files.length) { event.preventDefault(); upload(form); }
  }, true);

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector(".is-uploading")) event.preventDefault();
  });

  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const drop = event.target.closest?.("[data-drop]");
      if (!drop || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    document.addEventListener(name, (event) => event.target.closest?.("[data-drop]")?.classList.remove("is-over"));
  }
  document.addEventListener("drop", (event) => {
    const drop = event.target.closest?.("[data-drop]");
    if (!drop || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    if (!isUploading(drop)) take(drop, event.dataTransfer.files);
  });

  // ---- The hint stands only where dropping works
  function showHints() {
    for (const hint of document.querySelectorAll(".drop-hint[hidden]")) hint.hidden = false;
  }
  document.addEventListener("htmx:load", showHints);
  showHints();
})();
