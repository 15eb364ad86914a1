// The map of the fleet: clusters and stations of the present view, asked from the server whenever the view, the filter
// or a station's state changes. The same list stands beside it in words.
(() => {
  const { kinds, create, mark, corners, boxOf } = window.cpmsMaps;

  kinds.fleet = (element) => {
    const data = element.dataset;
    const form = document.getElementById(data.filters);
    const list = document.getElementById(data.list);
    const message = document.getElementById(data.message);
    const map = create(element);
    const layer = L.layerGroup().addTo(map);
    let asked = 0;
    let etag = "";
    let shownFor = "";

    const sheet = (id) => data.station.replace("IDENTITY", encodeURIComponent(id));

    function query() {
      const values = [...new FormData(form).entries()].filter(([, value]) => value !== "");
      return new URLSearchParams(values);
    }

    function open(one) {
      if (one.id) location.assign(sheet(one.id));
      else map.setView([one.lat, one.lon], Math.min(map.getZoom() + 2, 19));
    }

    function entry(one) {
      const item = document.createElement("li");
      const link = document.createElement(one.id ? "a" : "button");
      if (one.id) link.href = sheet(one.id);
      else { link.type = "button"; link.className = "btn btn-sm"; }
      link.textContent = one.id ? [one.id, one.name].filter(Boolean).join(" · ") : one.word;
      if (!one.id) link.addEventListener("click", () => { open(one); element.focus(); });
      item.append(link);
      if (one.id) item.append(` – ${[one.word, one.address].filter(Boolean).join(", ")}`);
      return item;
    }

    function draw({ clusters, points }) {
      const all = [...clusters, ...points];
      const focused = document.activeElement?.closest?.(".map-place")?.title;
      layer.clearLayers();
      for (const one of all) {
        const title = one.id ? [one.id, one.name, one.word].filter(Boolean).join(" · ") : one.word;
        const marker = L.marker([one.lat, one.lon], { icon: mark(data, one), title, alt: title }).addTo(layer);
        marker.on("click", () => open(one));
        if (title === focused) marker.getElement().focus();
      }
      list.replaceChildren(...all.map(entry));
      message.textContent = all.length ? "" : data.textEmpty;
    }

    async function ask() {
      const number = ++asked;
      const wanted = query();
      wanted.set("bbox", boxOf(map.getBounds()));
      wanted.set("zoom", map.getZoom());
      const address = `${data.points}?${wanted}`;
      const headers = address === shownFor && etag ? { "If-None-Match": etag } : {};
      try {
        const answer = await fetch(address, { headers, cache: "no-store" });
        if (number !== asked || answer.status === 304) return;
        if (!answer.ok) throw new Error(String(answer.status));
        draw(await answer.json());
        [shownFor, etag] = [address, answer.headers.get("ETag")];
      } catch {
        if (number === asked) message.textContent = data.textFailed;
      }
    }

    function remember() {
      const wanted = query();
      wanted.set("view", [map.getCenter().lat.toFixed(4), map.getCenter().lng.toFixed(4), map.getZoom()].join());
      history.replaceState(history.state, "", `?${wanted}`);
    }

    const [lat, lon, zoom] = (new URLSearchParams(location.search).get("view") || "").split(",").map(Number);
    if (Number.isFinite(lat) && Number.isFinite(lon) && Number.isFinite(zoom)) map.setView([lat, lon], zoom);
    else if (data.box) map.fitBounds(corners(data.box), { maxZoom: 14, padding: [30, 30] });
    else map.setView([50, 10], 4);
    map.on("moveend", () => { remember(); ask(); });
    form.addEventListener("submit", (event) => { event.preventDefault(); remember(); ask(); });
    form.addEventListener("change", () => { remember(); ask(); });
    document.addEventListener("cpms:live", ask);
    ask();
  };
})();
