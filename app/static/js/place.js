/* Chooses a point on the map for a form: click, or move the map with the arrow keys and press the button that puts the
   point in the middle. [data-place] names its two inputs with data-lat and data-lon (ids); without a script the form
   asks for the area and the address only. */

import { connect } from "./open-map.js";

const PIN = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 22.5c4.5-5 7-9.2 7-12.6a7 7 0 0 0-14 0c0 3.4 2.5 7.6 7 12.6Z"/><circle cx="12" cy="10" r="2.5"/></svg>';

function start(tools) {
  const find = (name) => tools.querySelector(`[data-place-${name}]`);
  const lat = document.getElementById(tools.dataset.lat);
  const lon = document.getElementById(tools.dataset.lon);
  let marker = null;

  const show = () => {
    const chosen = lat.value !== "" && lon.value !== "";
    find("status").textContent = chosen ? tools.dataset.textChosen : tools.dataset.textNone;
    find("clear").hidden = !chosen;
  };
  const clear = () => {
    lat.value = "";
    lon.value = "";
    marker?.remove();
    show();
  };
  const opened = ({ L, map }) => {
    const icon = L.divIcon({ className: "map-pin", html: PIN, iconSize: [40, 40], iconAnchor: [20, 38] });
    const draw = (place) => {
      marker?.remove();
      marker = L.marker(place, { icon, keyboard: false, interactive: false }).addTo(map);
    };
    const choose = (place) => {
      lat.value = place.lat.toFixed(5);
      lon.value = place.lng.toFixed(5);
      draw(place);
      show();
    };
    map.on("click", (event) => choose(event.latlng));
    find("middle").hidden = false;
    find("middle").addEventListener("click", () => choose(map.getCenter()));
    if (lat.value && lon.value) {
      const place = L.latLng(Number(lat.value), Number(lon.value));
      draw(place);
      map.setView(place, 14);
    }
  };

  tools.hidden = false;
  find("clear").addEventListener("click", clear);
  connect(find("open"), document.getElementById(tools.dataset.place), opened);
  show();
}

document.querySelectorAll("[data-place]").forEach(start);
