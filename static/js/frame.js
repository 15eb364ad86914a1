// What the frame does beyond plain links and forms: menus, dialog, search keys, copy buttons, times, errors of HTMX.
(() => {
  const find = (id) => document.getElementById(id);
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

  // ---- Menu at the left, on narrow screens
  function openNavigation(open) {
    find("nav").classList.toggle("is-open", open);
    const first = open ? find("nav").querySelector("a") : document.querySelector("[data-open-nav]");
    if (first) first.focus();
  }

  // ---- Menus made of <details>: one open at a time, closed by Escape and by a click elsewhere
  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(except)) menu.open = false;
    }
  }

  // ---- Dialog
  const dialog = () => find("dialog");

  // What has the focus gets it back when the dialog closes; a menu that closes now gives it to its own button.
  function showDialog() {
    const menu = document.activeElement?.closest("details.menu[open]");
    closeMenus();
    if (menu) menu.querySelector("summary").focus();
    if (dialog().open) return;
    find("dialog-messages").replaceChildren();
    dialog().showModal();
    const field = dialog().querySelector("#dialog-body :is(input:not([type=hidden]), select, textarea)");
    if (field) field.focus();
  }

  // A link with `data-dialog` leads to a page of its own where this script does not run, or where a key asks for a new tab.
  function openInDialog(event, link) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    htmx.ajax("GET", link.getAttribute("href"), { target: "#dialog-body", swap: "innerHTML" });
  }

  // ---- Messages of our own
  function say(text, level) {
    const box = document.createElement("div");
    box.className = `alert alert-${level}`;
    box.setAttribute("role", level === "danger" ? "alert" : "status");
    box.textContent = text;
    const place = dialog()?.open ? find("dialog-messages") : find("messages");
    place.replaceChildren(box);
    place.scrollIntoView({ block: "nearest" });
  }

  // ---- Copy buttons
  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.querySelector(".visually-hidden");
    const before = label.textContent;
    label.textContent = document.body.dataset.textCopied;
    label.classList.remove("visually-hidden");
    setTimeout(() => {
      label.textContent = before;
      label.classList.add("visually-hidden");
    }, 1500);
  }

  // ---- "4 minutes ago" grows old
  const language = document.documentElement.lang || "en";
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const UNITS = [["hour", 3600], ["minute", 60]];

  function renewTimes() {
    for (const element of document.querySelectorAll("time[data-relative]")) {
      const seconds = (new Date(element.dateTime) - Date.now()) / 1000;
      const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
      if (unit) element.textContent = relative.format(Math.trunc(seconds / unit[1]), unit[0]);
    }
  }

  // ---- Quick search
  const hits = () => [...document.querySelectorAll("#search-results .search-hit")];

  function moveInHits(step) {
    const all = hits();
    if (!all.length) return;
    const next = (all.findIndex((hit) => hit.classList.contains("is-active")) + step + all.length) % all.length;
    all.forEach((hit, index) => {
      hit.classList.toggle("is-active", index === next);
      hit.setAttribute("aria-selected", String(index === next));
    });
    all[next].id = all[next].id || `search-hit-${next}`;
    find("quick-search").setAttribute("aria-activedescendant", all[next].id);
  }

  function closeSearch() {
    const results = find("search-results");
    if (!results) return;
    results.replaceChildren();
    find("quick-search").setAttribute("aria-expanded", "false");
    find("quick-search").removeAttribute("aria-activedescendant");
  }

  function searchKey(event) {
    if (event.key === "ArrowDown") moveInHits(1);
    else if (event.key === "ArrowUp") moveInHits(hits().some((hit) => hit.classList.contains("is-active")) ? -1 : 0);
    else if (event.key === "Enter" && document.querySelector(".search-hit.is-active")) {
      document.querySelector(".search-hit.is-active").click();
    } else if (event.key === "Enter") {
      // The hits on the page may be those of an earlier text: the server knows the best one of this text.
      find("quick-search").form.elements.best.disabled = false;
      return;
    } else return;
    event.preventDefault();
  }

  // ---- Keys without a modifier, which whoever dictates to the computer can turn off
  const singleKeys = () => localStorage.getItem("single-keys") !== "off";

  function showShortcuts() {
    find("shortcuts").querySelector("[data-single-keys]").checked = singleKeys();
    find("shortcuts").showModal();
  }

  // ---- Events
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    closeMenus(event.target);
    if (!on(".search")) closeSearch();
    if (on("[data-open-nav]")) { event.preventDefault(); openNavigation(true); }
    else if (on("[data-close-nav]")) { event.preventDefault(); openNavigation(false); }
    else if (find("nav")?.classList.contains("is-open") && !on("#nav")) openNavigation(false);
    if (on("[data-dialog]")) openInDialog(event, on("[data-dialog]"));
    if (on("[data-close-dialog]")) dialog().close();
    if (on("[data-shortcuts]")) { closeMenus(); showShortcuts(); }
    if (on("[data-copy]")) copy(on("[data-copy]"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "quick-search") searchKey(event);
    if (event.key === "Escape") {
      const menu = event.target.closest("details.menu[open]");
      closeMenus();
      if (menu) menu.querySelector("summary").focus();
      closeSearch();
      if (find("nav")?.classList.contains("is-open")) openNavigation(false);
    }
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!singleKeys()) return;
    if (event.key === "/" && find("quick-search")) { event.preventDefault(); find("quick-search").focus(); }
    if (event.key === "?" && find("shortcuts")) showShortcuts();
    const keyed = document.querySelector("dialog[open]") ? null : document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (keyed) { event.preventDefault(); keyed.focus(); keyed.click(); }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-single-keys]")) localStorage.setItem("single-keys", event.target.checked ? "on" : "off");
    if (!event.target.matches("[data-select-page]")) return;
    const table = event.target.closest("table");
    for (const box of table.querySelectorAll("input[name=selected]")) box.checked = event.target.checked;
  });

  // ---- Forms
  // A form is sent once, however often its button is pressed. Who asked for a file stays on the page and may ask again.
  const sent = new WeakSet();
  const isPost = (form) => form.getAttribute("method") === "post";

  document.addEventListener("submit", (event) => {
    if (!sent.has(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !isPost(form)) return;
    sent.add(form);
    setTimeout(() => sent.delete(form), 5000);
  });
  window.addEventListener("pageshow", () => { for (const form of document.forms) sent.delete(form); });

  // Signing in anew changes the token, also that of forms which were open before; a form that came over the live
  // connection has none yet.
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1]
    || JSON.parse(document.body.getAttribute("hx-headers"))["x-csrftoken"];

  window.addEventListener("focus", () => {
    document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": token() }));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!isPost(form)) return;
    let field = form.elements.csrfmiddlewaretoken;
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = "csrfmiddlewaretoken";
      form.append(field);
    }
    field.value = token();
  }, true);

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") return;
    const empty = [...event.detail.formData.entries()].filter(([, value]) => value === "");
    for (const [name] of empty) {
      if (!event.detail.formData.getAll(name).some((value) => value !== "")) event.detail.formData.delete(name);
    }
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    document.body.classList.add("is-loading");
    if (event.detail.requestConfig.verb === "post") sent.add(event.detail.elt);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    document.body.classList.remove("is-loading");
    // On the way to another page the form has been dealt with.
    if (!event.detail.xhr.getResponseHeader("HX-Redirect")) sent.delete(event.detail.elt);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "dialog-body") showDialog();
    if (event.detail.target.id === "search-results") {
      find("quick-search").setAttribute("aria-expanded", String(hits().length > 0));
    }
  });
  document.addEventListener("htmx:load", () => {
    for (const button of document.querySelectorAll(".copy[hidden]")) button.hidden = !navigator.clipboard;
    renewTimes();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const texts = document.body.dataset;
    const known = { 401: texts.textSignedOut, 403: texts.textRefused, 404: texts.textRefused };
    say(known[event.detail.xhr.status] || texts.textFailed, "danger");
  });
  document.addEventListener("htmx:sendError", () => say(document.body.dataset.textUnreachable, "danger"));
  setInterval(renewTimes, 30000);
})();
