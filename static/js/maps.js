// Maps: Leaflet, fetched when the first map stands on the page; tiles where a server is set, else outlines of countries.
// What a map is for says `data-map`; each kind has a file of its own that puts a function into `cpmsMaps.kinds`.
(() => {
  const kinds = {};
  let leaflet = null;

  const load = (tag, attributes) => new Promise((done, failed) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.addEventListener("load", done);
    element.addEventListener("error", failed);
    document.head.append(element);
  });

  function leafletFor(data) {
    leaflet ||= Promise.all([
      load("link", { rel: "stylesheet", href: data.leafletCss }),
      load("script", { src: data.leaflet }),
    ]);
    return leaflet;
  }

  // ---- The base map
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // TopoJSON: lines are numbers of arcs, an arc is a start and the steps from it; ~n is the arc n backwards.
  function outlines({ arcs, objects, transform }) {
    const decoded = arcs.map((arc) => {
      let [x, y] = [0, 0];
      return arc.map(([dx, dy]) => {
        [x, y] = [x + dx, y + dy];
        return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
      });
    });
    const arc = (index) => (index < 0 ? [...decoded[~index]].reverse() : decoded[index]);
    const ring = (indexes) => indexes.flatMap((index, place) => arc(index).slice(place ? 1 : 0));
    const shape = ({ type, arcs: parts }) => ({
      type, coordinates: type === "Polygon" ? parts.map(ring) : parts.map((part) => part.map(ring)),
    });
    return objects.countries.geometries.filter(({ type }) => type.endsWith("Polygon")).map(shape);
  }

  async function countries(map, data) {
    const answer = await fetch(data.outlines);
    const style = { color: colour("--map-border"), fillColor: colour("--map-land"), fillOpacity: 1, weight: 1, interactive: false };
    L.geoJSON(outlines(await answer.json()), { style, renderer: L.canvas({ padding: 1 }) }).addTo(map);
  }

  function create(element) {
    const map = L.map(element, { worldCopyJump: true, maxZoom: 19, minZoom: 2, zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches });
    map.attributionControl.setPrefix(false);
    if (element.dataset.tiles) {
      L.tileLayer(element.dataset.tiles, { maxZoom: 19, attribution: element.dataset.attribution }).addTo(map);
    } else countries(map, element.dataset);
    L.control.scale({ imperial: false }).addTo(map);
    return map;
  }

  // ---- What stands on it: colour, icon and number, never colour alone
  function mark(data, { colour: look, icon, count }) {
    const inside = document.createElement("span");
    inside.className = `map-mark look-${look}${count > 1 ? " map-cluster" : ""}`;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `${data.icons}#icon-${icon}`);
    svg.append(use);
    inside.append(svg);
    if (count > 1) inside.append(count.toLocaleString(document.documentElement.lang));
    const size = count > 1 ? [64, 30] : [30, 30];
    return L.divIcon({ html: inside, className: "map-place", iconSize: size, iconAnchor: [size[0] / 2, size[1] / 2] });
  }

  // "west,south,east,north" as Leaflet's corners.
  const corners = (text) => {
    const [west, south, east, north] = text.split(",").map(Number);
    return [[south, west], [north, east]];
  };
  const boxOf = (bounds) => [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((side) => side.toFixed(5)).join();

  async function begin() {
    for (const element of document.querySelectorAll("[data-map]:not([data-drawn])")) {
      element.dataset.drawn = "";
      await leafletFor(element.dataset);
      kinds[element.dataset.map](element);
    }
  }

  window.cpmsMaps = { kinds, create, mark, corners, boxOf };
  document.addEventListener("DOMContentLoaded", begin);
  document.addEventListener("htmx:load", () => document.readyState !== "loading" && begin());
})();
