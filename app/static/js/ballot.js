/* The running total of a ballot: what is chosen, used and left, and which projects no longer fit.

   <form data-ballot data-budget="15000000" data-ballot-key="..."> holds checkboxes with data-cost (whole cents).
   The bar [data-ballot-bar="form id"] shows the total. Choices wait in this tab's memory under the form's key, so
   that going back and forth loses nothing; a page with [data-ballot-cast] wipes them. Without a script the server
   does the same when "Update the total" is pressed. */

const PREFIX = "kuuluu-ballot:";

/* "38 000 €" and "109,43 €", written as the server writes money in every language. */
function money(cents) {
  const decimals = cents % 100 === 0 ? 0 : 2;
  const form = { style: "currency", currency: "EUR", minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return new Intl.NumberFormat("fi-FI", form).format(cents / 100);
}

/* Memory may be refused (private windows); the ballot then works without it. */
function remembered(key) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + key));
  } catch {
    return null;
  }
}

function remember(key, values) {
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(values));
  } catch {
    return;
  }
}

function forgetAll() {
  try {
    Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => sessionStorage.removeItem(key));
  } catch {
    return;
  }
}

/* Puts remembered choices back, as far as the money goes. */
function restore(boxes, values, budget) {
  let used = 0;
  for (const box of boxes) {
    const cost = Number(box.dataset.cost);
    box.checked = values.includes(box.value) && used + cost <= budget;
    if (box.checked) used += cost;
  }
}

/* Shows on one project whether it is chosen, can be chosen, or how much is missing. */
function showProject(box, left) {
  const cost = Number(box.dataset.cost);
  const card = box.closest(".project");
  const lacks = !box.checked && cost > left;
  box.disabled = lacks;
  card.classList.toggle("full", lacks);
  box.closest("label").hidden = lacks;
  card.querySelector("[data-ballot-chosen]").hidden = !box.checked;
  card.querySelector("[data-ballot-choose]").hidden = box.checked;
  card.querySelector("[data-ballot-missing]").hidden = !lacks;
  if (lacks) card.querySelector("[data-ballot-lacks]").textContent = money(cost - left);
}

function showTotal(bar, count, used, budget) {
  const words = count === 1 ? bar.dataset.textOne : bar.dataset.textMany;
  bar.querySelector("[data-ballot-count]").textContent = words.replace("{count}", String(count));
  bar.querySelector("[data-ballot-used]").textContent = money(used);
  bar.querySelector("[data-ballot-left]").textContent = money(budget - used);
  bar.querySelector("progress").value = used;
}

function start(form) {
  const bar = document.querySelector(`[data-ballot-bar="${form.id}"]`);
  const boxes = [...form.querySelectorAll("input[type=checkbox][data-cost]")];
  const budget = Number(form.dataset.budget);
  const key = form.dataset.ballotKey;
  const update = () => {
    const chosen = boxes.filter((box) => box.checked);
    const used = chosen.reduce((sum, box) => sum + Number(box.dataset.cost), 0);
    boxes.forEach((box) => showProject(box, budget - used));
    showTotal(bar, chosen.length, used, budget);
    remember(key, chosen.map((box) => box.value));
  };
  const values = remembered(key);
  if (Array.isArray(values)) restore(boxes, values, budget);
  form.addEventListener("change", update);
  bar.querySelector("[data-ballot-sum]").hidden = true;
  update();
}

if (document.querySelector("[data-ballot-cast]")) forgetAll();
document.querySelectorAll("form[data-ballot]").forEach(start);
