/* Says at once when a ballot has more choices than it may have; the server says the same when the ballot is sent.

   [data-choices-most="5"] is shown while more boxes than that are ticked in the form that data-choices-form names. */

for (const note of document.querySelectorAll("[data-choices-most]")) {
  const form = document.getElementById(note.dataset.choicesForm);
  const show = () => {
    const chosen = form.querySelectorAll("input[type=checkbox]:checked").length;
    note.hidden = chosen <= Number(note.dataset.choicesMost);
  };
  form.addEventListener("change", show);
  show();
}
