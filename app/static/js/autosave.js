/* Saves a form [data-autosave="address"] by itself while one writes; it never sends it for good. One save runs at a time.
   Without a connection it says so and tries again. When the server refuses (somebody else saved meanwhile, the matter is
   published), it stops and says why: the buttons of the form then show both texts. */

const PAUSE = 2000;
const RETRY = 10000;
const PATIENCE = 5000;

/* Hidden fields have no value but their default, so that they never differ. */
const differs = (field) => "defaultValue" in field && field.value !== field.defaultValue;

function start(form) {
  const status = form.querySelector("[data-autosave-status]");
  const say = (text) => { if (status.textContent !== text) status.textContent = text; };
  let timer = 0;
  let running = null;
  let changed = false;
  let stopped = false;
  let sending = false;

  const later = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(() => save(), pause);
  };

  /* The first save of a new text gives it an address of its own: from then on the form belongs to that. */
  const settle = (answer) => {
    form.dataset.autosave = answer.url;
    form.setAttribute("action", answer.page);
    if (window.location.pathname !== answer.page) window.history.replaceState(null, "", answer.page);
  };

  async function send(keepalive) {
    let answer;
    try {
      answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, keepalive });
    } catch {
      changed = true;
      say(form.dataset.textOffline);
      later(RETRY);
      return;
    }
    if (answer.status === 429 || answer.status >= 500) {
      changed = true;
      say(form.dataset.textOffline);
      later(RETRY * 3);
      return;
    }
    const told = answer.redirected ? {} : await answer.json().catch(() => ({}));
    if (told.url) {
      say(told.text);
      settle(told);
      return;
    }
    stopped = answer.status !== 422;
    say(told.text ?? told.detail ?? form.dataset.textStopped);
  }

  async function save(keepalive = false) {
    clearTimeout(timer);
    if (stopped || sending || !changed) return;
    if (running) {
      later(PAUSE);
      return;
    }
    changed = false;
    say(form.dataset.textSaving);
    running = send(keepalive);
    await running;
    running = null;
  }

  const touched = () => {
    changed = true;
    if (!stopped) later(PAUSE);
  };
  form.addEventListener("input", touched);
  form.addEventListener("change", touched);
  window.addEventListener("online", () => save());
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(true); });
  window.addEventListener("pageshow", () => { sending = false; });

  /* A save on its way must not arrive after what is sent for good. */
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    sending = true;
    if (!running) return;
    event.preventDefault();
    const { submitter } = event;
    await Promise.race([running, new Promise((resolve) => { setTimeout(resolve, PATIENCE); })]);
    running = null;
    form.requestSubmit(submitter);
  });

  /* On a slow line one writes before this script is here. */
  if ([...form.elements].some(differs)) touched();
}

document.querySelectorAll("form[data-autosave]").forEach(start);
