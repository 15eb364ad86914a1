// The public map: draws the GeoJSON feed of the present view, anew when it is moved and every minute.
(() => {
  const { kinds, create, mark, corners, boxOf } = window.cpmsMaps;
  const LOOKS = {
    Available: ["green", "plug"], Preparing: ["blue", "plug-connected"], Charging: ["blue", "bolt"], Finishing: ["blue", "circle-check"],
    SuspendedEV: ["purple", "player-pause"], SuspendedEVSE: ["purple", "player-pause"], Reserved: ["purple", "calendar-event"],
    Unavailable: ["grey", "ban"], Faulted: ["red", "alert-triangle"],
  };
  const EVERY_MS = 60000;

  function popup({ properties }) {
    const box = document.createElement("div");
    const line = (text, tag = "div") => box.append(Object.assign(document.createElement(tag), { textContent: text }));
    const { street, postal_code: code, city } = properties.address;
    line(properties.name, "strong");
    line([street, [code, city].filter(Boolean).join(" ")].filter(Boolean).join(", "));
    for (const point of properties.charge_points || []) {
      line([point.evse_id || point.number, point.status, point.max_power_kw && `${point.max_power_kw} kW`].filter(Boolean).join(" · "));
    }
    return box;
  }

  kinds.feed = (element) => {
    const data = element.dataset;
    const message = document.getElementById(data.message);
    const map = create(element);
    const layer = L.layerGroup().addTo(map);
    let asked = 0;

    function put(feature) {
      const [lon, lat] = feature.geometry.coordinates;
      const [colour, icon] = LOOKS[feature.properties.status] || ["grey", "circle-dashed"];
      const title = `${feature.properties.name} · ${feature.properties.status}`;
      L.marker([lat, lon], { icon: mark(data, { colour, icon }), title, alt: title }).addTo(layer).bindPopup(popup(feature));
    }

    async function ask() {
      const number = ++asked;
      const answer = await fetch(`${data.feed}?bbox=${boxOf(map.getBounds())}`).catch(() => null);
      if (number !== asked || element.querySelector(".leaflet-popup")) return;
      const { features, next } = answer?.ok ? await answer.json() : {};
      if (number !== asked) return;
      message.textContent = features ? (next ? data.textMore : "") : data.textFailed;
      if (!features) return;
      layer.clearLayers();
      features.forEach(put);
    }

    if (data.box) map.fitBounds(corners(data.box), { maxZoom: 14, padding: [30, 30] });
    else map.setView([50, 10], 4);
    map.on("moveend", ask);
    setInterval(ask, EVERY_MS);
    ask();
  };
})();
