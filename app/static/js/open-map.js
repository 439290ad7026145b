/* A map that opens only when asked. It contacts nobody but this site: the outlines of the areas are its ground,
   there are no tiles.

   The box [data-map] names data-outlines (GeoJSON polygons with "name" by language in their properties; a member
   "attribution" of the collection is shown in the corner) and, where there is something to show, data-geojson (points
   with "title", "url" and, if wanted, "state" in words). Points that would cover each other stand together as one number.

   A collection marked "clustered" has too many points to send: its features only say their "count". Each time the map has
   moved, the part that is seen is then asked for with the parameter "box". */

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
    const texts = layer.feature.properties.name;
    const name = document.createTextNode(texts[document.documentElement.lang] ?? Object.values(texts)[0]);
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

/* How many matters some features stand for. */
function countOf(features) {
  return features.reduce((sum, feature) => sum + (feature.properties.count ?? 1), 0);
}

function onePoint(L, place, feature) {
  const icon = L.divIcon({ className: "map-point", iconSize: [24, 24] });
  return L.marker(place, { icon, title: feature.properties.title, alt: feature.properties.title }).bindPopup(() => listOf([feature]), { closeButton: false });
}

function manyPoints(L, map, cluster, words) {
  const count = countOf(cluster.features);
  const bounds = L.latLngBounds(cluster.places);
  const text = words.replace("{count}", String(count));
  const icon = L.divIcon({ className: "map-group", iconSize: [40, 40], html: String(count) });
  const marker = L.marker(cluster.places[0], { icon, title: text, alt: text });
  const same = bounds.getNorthEast().equals(bounds.getSouthWest());
  const known = cluster.features.every((feature) => feature.properties.url);
  if (known && (same || map.getZoom() >= CLOSEST)) return marker.bindPopup(() => listOf(cluster.features), { closeButton: false });
  return marker.on("click keypress", (event) => {
    if (event.type !== "click" && event.originalEvent.key !== "Enter") return;
    if (same) map.setView(cluster.places[0], Math.min(map.getZoom() + 2, CLOSEST));
    else map.fitBounds(bounds.pad(0.2), { maxZoom: CLOSEST });
  });
}

function boxOf(map) {
  const seen = map.getBounds().pad(0.2);
  return [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()].map((side) => side.toFixed(3)).join(",");
}

function addPoints(L, map, points, url, words) {
  const layer = L.layerGroup().addTo(map);
  let features = points.features;
  const draw = () => {
    layer.clearLayers();
    for (const cluster of clusters(L, map, features)) {
      const alone = countOf(cluster.features) === 1 && cluster.features[0].properties.url;
      layer.addLayer(alone ? onePoint(L, cluster.places[0], cluster.features[0]) : manyPoints(L, map, cluster, words));
    }
  };
  map.on("zoomend", draw);
  // drawing again would close the popup that made the map move
  const redraw = () => { if (!layer.getLayers().some((marker) => marker.isPopupOpen())) draw(); };
  map.on("moveend", redraw);
  if (points.clustered) {
    const full = new URL(url, window.location.href);
    map.on("moveend", async () => {
      full.searchParams.set("box", boxOf(map));
      const asked = full.href;
      try {
        const answer = await fetchJson(asked);
        if (asked !== full.href) return;
        features = answer.features;
        redraw();
      } catch {
        return; // the coarser points stay
      }
    });
  }
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
  if (points) addPoints(L, map, points, box.dataset.geojson, box.dataset.textCluster);
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
