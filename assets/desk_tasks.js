/* Tasks: a check mark asks for a note and a confirmation, and can be undone for ten seconds. And "?" opens a page's words. */
(function () {
  "use strict";
  var words = window.vitrineWords, undone = null, timer = null;
  function at(id) { return document.getElementById(id); }
  function problem(form, text) {
    var told = form.querySelector(".dk-problem");
    told.textContent = text || "";
    told.hidden = !text;
    form.querySelector("[type=submit]").disabled = false;
  }
  function act(what) { window.dash_clientside.set_props("task-act", { data: Object.assign({ at: Date.now() }, what) }); }

  function complete(button) {
    var dialog = at("task-complete"), form = at("task-complete-form");
    if (!dialog) return;
    form.reset();
    problem(form, "");
    form.dataset.id = button.dataset.task;
    form.dataset.channel = button.dataset.channel;
    at("task-complete-name").textContent = button.dataset.title;
    at("task-ended").hidden = button.dataset.channel !== "phone";
    dialog.showModal();
    (button.dataset.channel === "phone" ? form.querySelector("[name=disposition]") : at("task-note")).focus();
  }
  function edit(values) {
    var dialog = at("task-edit"), form = at("task-edit-form"), title = at("task-edit-title");
    form.reset();
    problem(form, "");
    form.dataset.id = values.id || "";
    form.dataset.revision = values.revision || "";
    title.textContent = values.id ? title.dataset.edit : title.dataset.new;
    form.querySelectorAll("[data-new-only]").forEach(function (one) { one.hidden = !!values.id; });
    form.elements.due_on.value = values.due_on || form.dataset.today;
    form.elements.title.value = values.title || "";
    form.elements.assignee.value = values.assignee;
    form.elements.repeat.value = values.repeat || "none";
    dialog.showModal();
    form.elements.title.focus();
  }
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    var check = target.closest("[data-task]"), change = target.closest("[data-task-edit]"), fresh = target.closest("[data-task-new]");
    if (check) complete(check);
    if (change) edit(JSON.parse(change.dataset.taskEdit));
    if (fresh) edit({ assignee: fresh.dataset.taskNew });
    if (target.closest("[data-task-cancel]")) target.closest("dialog").close();
    if (target.closest("[data-task-undo]") && undone) { act({ op: "undo", id: undone }); hide(); }
  });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.id === "task-complete-form") {
      event.preventDefault();
      var ended = form.querySelector("[name=disposition]:checked");
      if (form.dataset.channel === "phone" && !ended) { problem(form, words("Choose how the call ended.")); form.querySelector("[name=disposition]").focus(); return; }
      form.querySelector("[type=submit]").disabled = true;
      act({ op: "complete", id: Number(form.dataset.id), note: at("task-note").value, disposition: ended ? ended.value : null });
    }
    if (form.id === "task-edit-form") {
      event.preventDefault();
      form.querySelector("[type=submit]").disabled = true;
      var said = { title: form.elements.title.value, due_on: form.elements.due_on.value, assignee: form.elements.assignee.value, repeat: form.elements.repeat.value };
      if (form.dataset.id) act(Object.assign({ op: "change", id: Number(form.dataset.id), revision: Number(form.dataset.revision) }, said));
      else act(Object.assign({ op: "create", channel: form.elements.channel.value, lead: form.elements.lead.value }, said));
    }
  });
  document.addEventListener("vitrine:refused", function (event) {
    if (event.detail.output !== "task-acted.data") return;
    var dialog = document.querySelector("#task-complete[open],#task-edit[open]");
    if (dialog) problem(dialog.querySelector("form"), event.detail.sentence);
    else window.vitrineSay(event.detail.sentence);
  });

  function hide() {
    var bar = at("task-undo");
    window.clearTimeout(timer);
    undone = null;
    if (!bar || bar.hidden) return;
    var inside = bar.contains(document.activeElement);
    bar.hidden = true;
    if (inside && at("page")) at("page").focus({ preventScroll: true });
  }
  document.addEventListener("keydown", function (event) {
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
    var on = document.activeElement, help = document.querySelector(".dk-help-pop");
    if (!help || document.querySelector("dialog[open]") || (on && on.matches("input,textarea,select,[contenteditable]"))) return;
    event.preventDefault();
    help.open = !help.open;
    help.querySelector("summary").focus();
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tasks = {
    acted: function (answer) {
      var none = window.dash_clientside.no_update;
      if (!answer) return none;
      var dialog = document.querySelector("#task-complete[open],#task-edit[open]"), bar = at("task-undo");
      if (dialog) dialog.close();
      if (window.vitrineEager) window.vitrineEager();
      if (answer.op === "complete" && bar) {
        undone = answer.id;
        bar.firstElementChild.textContent = words("Completed: {title}", { title: answer.title });
        bar.hidden = false;
        bar.querySelector("button").focus({ preventScroll: true });
        window.clearTimeout(timer);
        timer = window.setTimeout(hide, Math.max(0, answer.undo_ms - (Date.now() - answer.at)));
      }
      if (answer.op === "undo") window.vitrineAnnounce(words("The task is open again"));
      if (answer.op === "create" || answer.op === "change") window.vitrineAnnounce(words("Task saved"));
      return none;
    },
  };
})();
