/* A map that opens only when asked. It contacts nobody but this site: the outlines of the areas are its ground,
   there are no tiles.

   The box [data-map] names data-outlines (GeoJSON polygons with "name" in their properties; a member "attribution" of the
   collection is shown in the corner) and, where there is something to show, data-geojson (points with "title", "url"
   and, if wanted, "state" in words). Points that would cover each other stand together as one number. */

const CELL = 48;
const CLOSEST = 16;
const VENDOR = new URL("../vendor/leaflet/", import.meta.url);

let leaflet;

/* Leaflet, fetched once and only now. */
function loadLeaflet() {
  leaflet ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL("leaflet.css", VENDOR).href;
    const script = document.createElement("script");
    script.src = new URL("leaflet.js", VENDOR).href;
    script.onload = () => resolve(window.L);
    script.onerror = reject;
    document.head.append(style, script);
  });
  return leaflet;
}

async function fetchJson(url) {
  const answer = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

/* Hides names that would lie over another one at this zoom; they come back as the map is zoomed in. */
function thinNames(map, names) {
  const taken = [];
  for (const name of names) {
    const { x, y } = map.latLngToLayerPoint(name.getLatLng());
    const element = name.getElement();
    const [halfWidth, halfHeight] = [element.offsetWidth / 2, element.offsetHeight / 2];
    const free = taken.every((other) => Math.abs(other.x - x) > other.halfWidth + halfWidth || Math.abs(other.y - y) > other.halfHeight + halfHeight);
    element.style.visibility = free ? "visible" : "hidden";
    if (free) taken.push({ x, y, halfWidth, halfHeight });
  }
}

function addGround(L, map, outlines) {
  const ground = L.geoJSON(outlines, { interactive: false, style: { className: "map-outline", fillOpacity: 1 } }).addTo(map);
  const names = [];
  ground.eachLayer((layer) => {
    const name = document.createTextNode(layer.feature.properties.name);
    layer.bindTooltip(name, { permanent: true, direction: "center", className: "map-name", pane: "shadowPane" });
    names.push(layer.getTooltip());
  });
  map.on("zoomend", () => thinNames(map, names));
  thinNames(map, names);
}

/* Leaflet takes an attribution as markup. */
function escaped(text) {
  const holder = document.createElement("span");
  holder.textContent = text;
  return holder.innerHTML;
}

function linkTo(feature) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = feature.properties.url;
  link.textContent = feature.properties.title;
  item.append(link);
  if (feature.properties.state) {
    const state = document.createElement("p");
    state.className = "small muted";
    state.textContent = feature.properties.state;
    item.append(state);
  }
  return item;
}

function listOf(features) {
  const list = document.createElement("ul");
  list.append(...features.map(linkTo));
  return list;
}

/* The cluster that stands within CELL pixels of a point, looked for in the point's own cell of the grid and the eight around. */
function clusterNear(grid, pixel) {
  const [column, row] = [Math.floor(pixel.x / CELL), Math.floor(pixel.y / CELL)];
  for (let x = column - 1; x <= column + 1; x += 1) {
    for (let y = row - 1; y <= row + 1; y += 1) {
      const near = (grid.get(`${x}/${y}`) ?? []).find((cluster) => cluster.pixel.distanceTo(pixel) < CELL);
      if (near) return near;
    }
  }
  return null;
}

/* Points that would cover each other at this zoom, together. A cluster stands where its first point is. */
function clusters(L, map, features) {
  const grid = new Map();
  const seen = map.getBounds().pad(1);
  for (const feature of features) {
    const [lon, lat] = feature.geometry.coordinates;
    const place = L.latLng(lat, lon);
    if (!seen.contains(place)) continue;
    const pixel = map.project(place, map.getZoom());
    const near = clusterNear(grid, pixel);
    if (near) {
      near.places.push(place);
      near.features.push(feature);
    } else {
      const key = `${Math.floor(pixel.x / CELL)}/${Math.floor(pixel.y / CELL)}`;
      grid.set(key, [...(grid.get(key) ?? []), { pixel, places: [place], features: [feature] }]);
    }
  }
  return [...grid.values()].flat();
}

function onePoint(L, place, feature) {
  const icon = L.divIcon({ className: "map-point", iconSize: [24, 24] });
  return L.marker(place, { icon, title: feature.properties.title, alt: feature.properties.title }).bindPopup(() => listOf([feature]), { closeButton: false });
}

function manyPoints(L, map, cluster, words) {
  const count = cluster.features.length;
  const bounds = L.latLngBounds(cluster.places);
  const text = words.replace("{count}", String(count));
  const icon = L.divIcon({ className: "map-group", iconSize: [40, 40], html: String(count) });
  const marker = L.marker(cluster.places[0], { icon, title: text, alt: text });
  const same = bounds.getNorthEast().equals(bounds.getSouthWest());
  if (same || map.getZoom() >= CLOSEST) return marker.bindPopup(() => listOf(cluster.features), { closeButton: false });
  return marker.on("click keypress", (event) => {
    if (event.type === "click" || event.originalEvent.key === "Enter") map.fitBounds(bounds.pad(0.2), { maxZoom: CLOSEST });
  });
}

function addPoints(L, map, features, words) {
  const layer = L.layerGroup().addTo(map);
  const draw = () => {
    layer.clearLayers();
    for (const cluster of clusters(L, map, features)) {
      const alone = cluster.features.length === 1;
      layer.addLayer(alone ? onePoint(L, cluster.places[0], cluster.features[0]) : manyPoints(L, map, cluster, words));
    }
  };
  map.on("zoomend", draw);
  // drawing again would close the popup that made the map move
  map.on("moveend", () => { if (!layer.getLayers().some((marker) => marker.isPopupOpen())) draw(); });
  draw();
}

/* Draws the map in an open box and gives { L, map }. Throws when a file does not come. */
async function drawMap(box) {
  const [L, outlines, points] = await Promise.all([
    loadLeaflet(),
    fetchJson(box.dataset.outlines),
    box.dataset.geojson ? fetchJson(box.dataset.geojson) : null,
  ]);
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  box.append(canvas);
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(canvas, { zoomControl: false, zoomSnap: 0.5, maxZoom: CLOSEST + 1, zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: box.dataset.textZoomIn, zoomOutTitle: box.dataset.textZoomOut }).addTo(map);
  const bounds = L.geoJSON(outlines).getBounds();
  map.fitBounds(bounds);
  map.setMaxBounds(bounds.pad(0.3));
  map.setMinZoom(map.getZoom() - 0.5);
  addGround(L, map, outlines);
  if (outlines.attribution) map.attributionControl.addAttribution(escaped(outlines.attribution));
  if (points) addPoints(L, map, points.features, box.dataset.textCluster);
  return { L, map };
}

function tellFailure(box) {
  const text = document.createElement("p");
  text.textContent = box.dataset.textFailed;
  box.replaceChildren(text);
}

/* Makes a button open and close its box; `opened` is told of the map the first time. */
export function connect(button, box, opened = () => {}) {
  let asked = false;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const open = box.hidden;
    box.hidden = !open;
    button.querySelector("[data-when-closed]").hidden = open;
    button.querySelector("[data-when-open]").hidden = !open;
    if (!open) return;
    if (!asked) {
      asked = true;
      try {
        opened(await drawMap(box));
      } catch {
        tellFailure(box);
      }
    }
    box.focus();
  });
}
