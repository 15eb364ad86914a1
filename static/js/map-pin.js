// A pin that belongs to two fields, latitude and longitude: it is dragged, clicked or moved by the arrow keys, and
// follows what is typed.
(() => {
  const { kinds, create } = window.cpmsMaps;
  const STEP_PX = { false: 2, true: 20 };
  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

  function pinIcon(data) {
    const icon = window.cpmsMaps.mark(data, { colour: "blue", icon: "map-pin" });
    icon.options.className += " map-pin";
    icon.options.iconAnchor = [15, 28];
    return icon;
  }

  kinds.pin = (element) => {
    const field = (name) => document.getElementById(element.dataset[name]);
    const [latitude, longitude] = [field("latitude"), field("longitude")];
    const readOnly = !latitude || latitude.disabled;
    const typed = () => [latitude?.value ?? element.dataset.lat, longitude?.value ?? element.dataset.lon];
    const map = create(element);
    let marker = null;

    function write({ lat, lng }) {
      latitude.value = lat.toFixed(6);
      longitude.value = (((lng + 180) % 360 + 360) % 360 - 180).toFixed(6);
      latitude.dispatchEvent(new Event("input", { bubbles: true }));
    }

    function nudge(event) {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      event.stopPropagation();
      const step = STEP_PX[event.shiftKey];
      const at = map.latLngToContainerPoint(marker.getLatLng()).add([arrow[0] * step, arrow[1] * step]);
      marker.setLatLng(map.containerPointToLatLng(at));
      write(marker.getLatLng());
    }

    function put(place) {
      if (marker) marker.setLatLng(place);
      else {
        marker = L.marker(place, { icon: pinIcon(element.dataset), draggable: !readOnly, autoPan: true, alt: element.dataset.text, title: element.dataset.text }).addTo(map);
        if (readOnly) return;
        marker.on("dragend", () => write(marker.getLatLng()));
        marker.getElement().addEventListener("keydown", nudge);
      }
    }

    function follow() {
      const [lat, lng] = typed().map((text) => (text === "" || text === undefined ? NaN : Number(String(text).replace(",", "."))));
      if (Number.isFinite(lat) && Number.isFinite(lng) && Math.abs(lat) <= 90 && Math.abs(lng) <= 180) {
        put([lat, lng]);
        return true;
      }
      return false;
    }

    map.setView([50, 10], 4);
    if (follow()) map.setView(marker.getLatLng(), element.dataset.tiles ? 16 : 8);
    if (readOnly) return;
    map.on("click", (event) => { put(event.latlng); write(event.latlng); });
    for (const input of [latitude, longitude]) {
      input.addEventListener("change", () => follow() && map.panTo(marker.getLatLng()));
    }
  };
})();
