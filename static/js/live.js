// The live connection: says which fragments stand on the page, puts in what comes, comes back after an interruption.
(() => {
  const PAUSES_MS = [500, 1000, 2000, 5000, 10000, 30000];
  const ENDED = 4401;
  let socket = null;
  let attempt = 0;
  let told = "";

  const shown = () => [...new Set([...document.querySelectorAll("[data-live]")].map((part) => part.dataset.live))];

  function showState(state) {
    const dot = document.querySelector("[data-live-state]");
    if (!dot) return;
    dot.hidden = state === "off";
    dot.dataset.state = state;
    dot.querySelector("[data-live-text]").textContent = dot.dataset[state === "connected" ? "textConnected" : "textReconnecting"];
  }

  function tell() {
    const names = shown();
    if (names.length && !socket) connect();
    if (socket?.readyState !== WebSocket.OPEN || JSON.stringify(names) === told) return;
    told = JSON.stringify(names);
    socket.send(JSON.stringify({ watch: names }));
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/ws/live/?language=${document.documentElement.lang}`);
    socket.addEventListener("open", () => {
      attempt = 0;
      told = "";
      showState("connected");
      tell();
    });
    socket.addEventListener("message", (event) => take(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      socket = null;
      if (event.code === ENDED) {
        location.reload();
        return;
      }
      showState("reconnecting");
      const pause = PAUSES_MS[Math.min(attempt++, PAUSES_MS.length - 1)];
      setTimeout(() => socket || tell(), pause * (0.5 + Math.random()));
    });
  }

  function take({ html = [], gone = [] }) {
    for (const text of html) {
      const template = document.createElement("template");
      template.innerHTML = text;
      const fresh = template.content.firstElementChild;
      for (const part of document.querySelectorAll(`[data-live="${CSS.escape(fresh.dataset.live)}"]`)) put(part, fresh);
    }
    for (const name of gone) {
      for (const part of document.querySelectorAll(`[data-live="${CSS.escape(name)}"]`)) {
        part.removeAttribute("data-live");
        part.classList.add("is-gone");
      }
    }
  }

  // What a person has open or is typing in stays as it is; a link or button with the focus is drawn anew like the rest.
  function put(part, fresh) {
    Idiomorph.morph(part, fresh.cloneNode(true), {
      ignoreActiveValue: Boolean(document.activeElement?.matches("input, select, textarea")),
      callbacks: {
        beforeAttributeUpdated: (name, node) => !(name === "open" && node.nodeName === "DETAILS"),
      },
    });
    const now = document.getElementById(fresh.id);
    htmx.process(now);
    now.dispatchEvent(new CustomEvent("cpms:live", { bubbles: true }));
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: now } }));
  }

  document.addEventListener("htmx:afterSettle", tell);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !socket && tell());
  tell();
})();
