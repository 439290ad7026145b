/* A button [data-map-open="id"] opens and closes the map box of that id. Without a script the list stays. */

import { connect } from "./open-map.js";

for (const button of document.querySelectorAll("[data-map-open]")) {
  connect(button, document.getElementById(button.dataset.mapOpen));
}
