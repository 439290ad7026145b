/* Counts characters as one types. The server has written the first number; without a script it stays.
   A control says with data-count which element shows its count: [data-count-now] inside that element. */

for (const control of document.querySelectorAll("[data-count]")) {
  const shown = document.getElementById(control.dataset.count)?.querySelector("[data-count-now]");
  if (!shown) continue;
  const show = () => { shown.textContent = String(control.value.length); };
  control.addEventListener("input", show);
  show();
}
