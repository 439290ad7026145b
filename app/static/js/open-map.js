/* A map that opens only when asked. It contacts nobody but this site: the outlines of the areas are its ground,
   there are no tiles.

   The box [data-map] names data-outlines (GeoJSON polygons with "name" by language in their properties; a member
   "attribution" of the collection is shown in the corner) and, where there is something to show, data-geojson (points
   with "title", "url" and, if wanted, "lang" and "state" in words). Points that would cover each other stand together as
   one number. What has no place of its own stands in the middle of what its "around" names.

   A collection marked "clustered" has too many points to send: its features only say their "count". Each time the map has
   moved, the part that is seen is then asked for with the parameter "box". "total" and "unplaced" of the collection say
   how many matters are on the map and how many are not; data-list names the address of the same matters as a list.

   Markers are buttons: Enter zooms in or opens a box with titles as links, Escape closes it and goes back to the marker.
   Under the map stand the same matters as text. */

const CELL = 48;
const CLOSEST = 16;
const LISTED = 20;
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
  if (feature.properties.lang) link.lang = feature.properties.lang;
  item.append(link);
  const notes = [feature.properties.state, feature.properties.around].filter(Boolean);
  if (notes.length) item.append(paragraph(notes.join(" · "), "small muted"));
  return item;
}

function paragraph(text, className = "") {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text;
  return element;
}

function linkWith(text, href) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  return link;
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

function put(text, values) {
  return Object.entries(values).reduce((found, [name, value]) => found.replace(`{${name}}`, String(value)), text);
}

/* A marker that is a button with a name. */
function button(L, place, icon, name) {
  const marker = L.marker(place, { icon, title: name, alt: name, keyboard: true });
  return marker.on("add", () => marker.getElement().setAttribute("aria-label", name));
}

function onePoint(L, place, feature) {
  const icon = L.divIcon({ className: "map-point", iconSize: [24, 24] });
  return button(L, place, icon, feature.properties.title).bindPopup(() => listOf([feature]), { closeButton: false });
}

/* What cannot be told apart on the map is said in words, with the way to the list. */
function inWords(features, count, texts) {
  const box = document.createElement("div");
  const around = features.length === 1 ? features[0].properties : {};
  box.append(paragraph(around.around ? put(texts.textAround, { count, place: around.around }) : put(texts.textHere, { count })));
  if (!texts.list) return box;
  const url = new URL(texts.list, window.location.href);
  if (around.area) url.searchParams.set("area", around.area);
  box.append(linkWith(texts.textList, url.href));
  return box;
}

function manyPoints(L, map, cluster, texts) {
  const { features, places } = cluster;
  const count = countOf(features);
  const bounds = L.latLngBounds(places);
  const isClosest = map.getZoom() >= CLOSEST;
  const same = bounds.getNorthEast().equals(bounds.getSouthWest());
  const known = features.every((feature) => feature.properties.url);
  const isAround = features.length === 1 && Boolean(features[0].properties.around);
  const opens = isClosest || isAround || (known && same);
  const name = isAround ? put(texts.textAround, { count, place: features[0].properties.around }) : put(opens ? texts.textHere : texts.textCluster, { count });
  const icon = L.divIcon({ className: "map-group", iconSize: [40, 40], html: String(count) });
  const marker = button(L, places[0], icon, name);
  if (opens) return marker.bindPopup(() => (known ? listOf(features) : inWords(features, count, texts)), { closeButton: false });
  return marker.on("click keypress", (event) => {
    if (event.type !== "click" && event.originalEvent.key !== "Enter") return;
    if (same) map.setView(places[0], Math.min(map.getZoom() + 2, CLOSEST));
    else map.fitBounds(bounds.pad(0.2), { maxZoom: CLOSEST });
  });
}

function boxOf(map) {
  const seen = map.getBounds().pad(0.2);
  return [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()].map((side) => side.toFixed(3)).join(",");
}

/* Escape closes an open box; the keyboard comes back to its marker. */
function keepKeyboard(map, canvas) {
  map.on("popupopen", (event) => event.popup.getElement().querySelector("a")?.focus());
  canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const marker = map.getPane("popupPane").contains(document.activeElement) ? map._popup?._source?.getElement() : null;
    map.closePopup();
    marker?.focus();
  });
}

/* The same matters as text: how many there are, and the titles of those in view. */
function addList(box, map, points) {
  const texts = box.dataset;
  const holder = document.createElement("div");
  holder.className = "map-list";
  const total = paragraph(put(texts.textTotal, { count: points.total }));
  if (points.unplaced) total.append(" ", put(texts.textUnplaced, { count: points.unplaced }), " ", linkWith(texts.textList, texts.list));
  const view = paragraph("", "small");
  view.setAttribute("role", "status");
  const titles = document.createElement("div");
  holder.append(total, view, titles);
  box.append(holder);
  return (features) => {
    const seen = features.filter((feature) => map.getBounds().contains([...feature.geometry.coordinates].reverse()));
    const count = countOf(seen);
    const named = seen.filter((feature) => feature.properties.url).slice(0, LISTED);
    const rest = count > named.length ? ` ${texts.textMore}` : "";
    const words = put(texts.textView, { count }) + rest;
    if (view.textContent !== words) view.textContent = words;
    titles.replaceChildren(...(named.length ? [listOf(named)] : []));
  };
}

/* Which marker has the keyboard, and the one nearest to where that was after drawing again. */
function focusedPlace(layer) {
  return layer.getLayers().find((marker) => marker.getElement() === document.activeElement)?.getLatLng();
}

function focusNear(map, layer, place) {
  const markers = layer.getLayers().filter((marker) => map.getBounds().contains(marker.getLatLng()));
  markers.sort((one, other) => map.distance(one.getLatLng(), place) - map.distance(other.getLatLng(), place));
  (markers[0]?.getElement() ?? map.getContainer()).focus();
}

function addPoints(L, map, box, points) {
  const texts = box.dataset;
  const layer = L.layerGroup().addTo(map);
  const tell = addList(box, map, points);
  let features = points.features;
  const draw = () => {
    const place = focusedPlace(layer);
    layer.clearLayers();
    for (const cluster of clusters(L, map, features)) {
      const alone = countOf(cluster.features) === 1 && cluster.features[0].properties.url;
      layer.addLayer(alone ? onePoint(L, cluster.places[0], cluster.features[0]) : manyPoints(L, map, cluster, texts));
    }
    if (place) focusNear(map, layer, place);
    tell(features);
  };
  map.on("zoomend", draw);
  // drawing again would close the popup that made the map move
  const redraw = () => { if (!layer.getLayers().some((marker) => marker.isPopupOpen())) draw(); };
  map.on("moveend", redraw);
  if (points.clustered) {
    const full = new URL(texts.geojson, window.location.href);
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
  if (points) {
    addPoints(L, map, box, points);
    keepKeyboard(map, canvas);
  }
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
