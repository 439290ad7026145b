/* Where a matter is. A point on the map: click, or move the map with the arrow keys and press the button that puts the
   point in the middle. [data-place] names its two inputs with data-lat and data-lon (ids).

   Beside it [data-find] may have an address field: what is typed brings a list of places as buttons, and a place or a
   point fills in the area too, unless somebody chose another one by hand. Without a script the form has a button that
   looks the address up, and the area to choose. */

import { connect } from "./open-map.js";

const PIN = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 22.5c4.5-5 7-9.2 7-12.6a7 7 0 0 0-14 0c0 3.4 2.5 7.6 7 12.6Z"/><circle cx="12" cy="10" r="2.5"/></svg>';
const PAUSE = 300;
const SHORTEST = 2;

function start(tools) {
  const find = (name) => tools.querySelector(`[data-place-${name}]`);
  const lat = document.getElementById(tools.dataset.lat);
  const lon = document.getElementById(tools.dataset.lon);
  const finder = tools.closest("form")?.querySelector("[data-find]");
  const around = finder ? startFinder(finder, (place) => choose(place, true)) : null;
  let marker = null;
  let drawn = null;

  const say = (text) => { find("status").textContent = text; };
  const show = () => {
    const chosen = lat.value !== "" && lon.value !== "";
    say(chosen ? tools.dataset.textChosen : tools.dataset.textNone);
    find("clear").hidden = !chosen;
  };
  const draw = () => {
    marker?.remove();
    if (!drawn || lat.value === "" || lon.value === "") return;
    const { L, map } = drawn;
    const icon = L.divIcon({ className: "map-pin", html: PIN, iconSize: [40, 40], iconAnchor: [20, 38] });
    marker = L.marker([Number(lat.value), Number(lon.value)], { icon, keyboard: false, interactive: false }).addTo(map);
  };
  const put = (place) => {
    lat.value = place ? place.lat.toFixed(5) : "";
    lon.value = place ? place.lng.toFixed(5) : "";
    draw();
    show();
    lat.dispatchEvent(new Event("change", { bubbles: true }));
  };
  async function choose(place, isFound = false) {
    put(place);
    if (isFound && drawn) drawn.map.setView(place, 14);
    if (isFound || !around) return;
    const refusal = await around.look(place);
    if (!refusal) return;
    put(null);
    say(refusal);
  }
  const opened = ({ L, map }) => {
    drawn = { L, map };
    map.on("click", (event) => choose(event.latlng));
    find("middle").hidden = false;
    find("middle").addEventListener("click", () => choose(map.getCenter()));
    draw();
    if (marker) map.setView(marker.getLatLng(), 14);
  };

  tools.hidden = false;
  find("clear").addEventListener("click", () => put(null));
  connect(find("open"), document.getElementById(tools.dataset.place), opened);
  show();
}

async function ask(address, values) {
  const url = new URL(address, window.location.href);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

/* The address field; `chosen` is told of the point of a place. What comes too late is left out. */
function startFinder(box, chosen) {
  const texts = box.dataset;
  const field = box.querySelector("input[type=text]");
  const status = box.querySelector("[data-find-status]");
  const list = box.querySelector("[data-find-list]");
  const [select, sought, filled] = [texts.select, texts.sought, texts.filled].map((id) => document.getElementById(id));
  let timer = 0;
  let asked = 0;

  const fill = (value) => {
    if (select.value === filled.value) select.value = value;
    filled.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const close = () => {
    clearTimeout(timer);
    asked += 1;
    list.replaceChildren();
    list.hidden = true;
  };
  const take = (place) => {
    close();
    field.value = place.name;
    sought.value = place.name;
    fill(place.value);
    status.textContent = texts.textTaken.replace("{place}", `${place.name} (${place.text})`);
    chosen({ lat: place.lat, lng: place.lon });
    field.focus();
  };
  const itemOf = (place) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn quiet small";
    button.textContent = `${place.name} (${place.text})`;
    button.addEventListener("click", () => take(place));
    item.append(button);
    return item;
  };
  const suggest = async () => {
    const mine = asked;
    const answer = await ask(texts.places, { q: field.value }).catch(() => null);
    if (!answer || mine !== asked) return;
    list.replaceChildren(...answer.places.map(itemOf));
    list.hidden = answer.places.length === 0;
    status.textContent = list.hidden ? texts.textNone : texts.textSome.replace("{count}", answer.places.length);
  };

  field.addEventListener("input", () => {
    close();
    status.textContent = "";
    if (field.value.trim().length >= SHORTEST) timer = setTimeout(suggest, PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || list.hidden) return;
    close();
    status.textContent = "";
    field.focus();
  });

  return {
    /* Fills in the area of a point, which stands for any address; gives the reason if there is none. */
    async look(place) {
      close();
      sought.value = field.value;
      const mine = asked;
      const answer = await ask(texts.point, { lat: place.lat, lon: place.lng }).catch(() => null);
      if (!answer || mine !== asked) return "";
      if (answer.value) fill(answer.value);
      return answer.value ? "" : answer.text;
    },
  };
}

document.querySelectorAll("[data-place]").forEach(start);
