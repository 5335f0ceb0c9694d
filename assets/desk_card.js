/* The card of a contact: a drawer from any name, its tabs, fields edited in place, and the three linked lists of e-mails. */
(function () {
  "use strict";
  var words = window.vitrineWords, drawer = null, opened = null, came = null;

  function place() { return drawer && drawer.open ? drawer.querySelector(".cc-drawer-in") : document.getElementById("crm-card-part"); }
  function make() {
    drawer = document.createElement("dialog");
    drawer.className = "cc-drawer crm";
    drawer.setAttribute("aria-labelledby", "cc-name");
    drawer.innerHTML = '<div class="cc-drawer-bar"><a class="dk-text-link"></a><button type="button" class="dk-icon-button"></button></div><div class="cc-drawer-in"></div>';
    drawer.querySelector("a").textContent = words("Open as a page");
    var close = drawer.querySelector("button");
    close.textContent = "×";
    close.setAttribute("aria-label", words("Close"));
    close.addEventListener("click", function () { drawer.close(); });
    drawer.querySelector("a").addEventListener("click", function (event) { event.preventDefault(); drawer.close(); window.vitrineGo(event.target.getAttribute("href")); });
    drawer.addEventListener("click", function (event) { if (event.target === drawer) drawer.close(); });
    drawer.addEventListener("close", function () { opened = null; if (came && came.isConnected) came.focus(); });
    document.body.append(drawer);
  }
  function fetched(query) {
    return fetch("/w/" + window.vitrineCrm.slug() + "/part.html?of=contact&" + query, { credentials: "same-origin", headers: { Accept: "text/html" } }).then(function (response) {
      return response.ok ? response.text() : null;
    });
  }
  function open(query, from) {
    came = from;
    fetched(query).then(function (text) {
      if (text === null) { window.vitrineSay(words("There is no contact for this name yet.")); return; }
      if (!drawer) make();
      drawer.querySelector(".cc-drawer-in").innerHTML = text;
      var id = drawer.querySelector("[data-contact-id]").dataset.contactId;
      opened = "id=" + id;
      drawer.querySelector("a").href = "/w/" + window.vitrineCrm.slug() + "/contacts/" + id;
      if (!drawer.open) drawer.showModal();
      drawer.scrollTop = 0;
    });
  }
  /* Again from the server, with the tab one is in and the message one selected. */
  function reload() {
    var at = place(), card = at && at.querySelector("[data-contact-id]");
    if (!card) return Promise.resolve();
    var tabs = Array.from(card.querySelectorAll('[role=tab][aria-selected=true]'), function (one) { return one.id; }), focus = document.activeElement && document.activeElement.id;
    return fetched("id=" + card.dataset.contactId).then(function (text) {
      if (text === null) return;
      at.innerHTML = text;
      tabs.forEach(function (id) { var tab = at.querySelector("#" + id); if (tab) choose(tab); });
      var again = focus && at.querySelector("#" + CSS.escape(focus));
      if (again) again.focus();
    });
  }
  window.vitrineCard = { reload: reload, open: open, close: function () { if (drawer && drawer.open) drawer.close(); } };

  function choose(tab) {
    tab.closest("[role=tablist]").querySelectorAll("[role=tab]").forEach(function (one) {
      var on = one === tab;
      one.setAttribute("aria-selected", on ? "true" : "false");
      one.tabIndex = on ? 0 : -1;
      var pane = tab.closest(".cc").querySelector("#" + one.getAttribute("aria-controls"));
      if (pane) pane.hidden = !on;
    });
  }

  /* A message is selected, or with the second click no longer; both lists of messages and the links show it. */
  function select(card, id) {
    var was = card.dataset.message || "", now = was === id ? "" : id, any = 0;
    card.dataset.message = now;
    card.querySelectorAll("tr[data-message]").forEach(function (row) {
      var on = row.dataset.message === now && now !== "";
      row.classList.toggle("cc-selected", on);
      row.querySelector(".cc-select").setAttribute("aria-pressed", on ? "true" : "false");
    });
    card.querySelectorAll("tr[data-click-of]").forEach(function (row) {
      row.hidden = now !== "" && row.dataset.clickOf !== now;
      if (!row.hidden) any += 1;
    });
    var told = card.querySelector("[data-clicks-of]");
    told.textContent = now === "" ? told.dataset.all : any ? told.dataset.one : told.dataset.none;
    if (now !== "") {
      var links = card.querySelector("#tab-clicks");
      choose(links);
      links.focus();
    }
  }

  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    var plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    var name = target.closest("a[data-contact], a[data-lead]");
    if (name && plain && window.vitrineCrm.slug()) {
      event.preventDefault();
      open(name.dataset.contact ? "id=" + name.dataset.contact : "lead=" + encodeURIComponent(name.dataset.lead), name);
      return;
    }
    var tab = target.closest(".cc [role=tab]");
    if (tab) { choose(tab); return; }
    var row = target.closest(".cc tr[data-message]");
    if (row && !target.closest(".cc-info, .cc-pop, a")) select(row.closest(".cc"), row.dataset.message);
  });
  document.addEventListener("keydown", function (event) {
    var tab = event.target.closest && event.target.closest(".cc [role=tab]");
    if (!tab || ["ArrowLeft", "ArrowRight", "Home", "End"].indexOf(event.key) === -1) return;
    var all = Array.from(tab.closest("[role=tablist]").querySelectorAll("[role=tab]")), at = all.indexOf(tab);
    var next = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : (at + (event.key === "ArrowRight" ? 1 : -1) + all.length) % all.length;
    event.preventDefault();
    choose(all[next]);
    all[next].focus();
  });

  /* The next part of a long reply, put after what is there. */
  document.addEventListener("click", function (event) {
    var button = event.target instanceof Element && event.target.closest("[data-reply-more]"), text = button && button.parentElement.querySelector("[data-reply-text]");
    if (!text || button.disabled) return;
    button.disabled = true;
    fetch("/w/" + window.vitrineCrm.slug() + "/reply.json?" + new URLSearchParams({ event: button.dataset.replyMore, start: button.dataset.start }), { credentials: "same-origin", headers: { Accept: "application/json" } }).then(function (response) {
      return response.ok ? response.json() : null;
    }).then(function (answer) {
      button.disabled = false;
      if (!answer) { window.vitrineSay(words("This could not be shown. Reload the page.")); return; }
      text.append(answer.text);
      if (answer.next !== null) { button.dataset.start = answer.next; button.textContent = words("Show more"); return; }
      button.replaceWith(Object.assign(document.createElement("p"), { className: "dk-quiet", textContent: answer.end }));
    });
  });

  /* The preview is framed when it is looked at: no script, no origin, no network. */
  document.addEventListener("toggle", function (event) {
    var pop = event.target;
    if (!pop.matches || !pop.matches(".cc-pop[data-preview]") || event.newState !== "open") return;
    var room = pop.querySelector(".cc-preview");
    if (!room || room.firstChild) return;
    var frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "");
    frame.title = room.dataset.previewTitle;
    frame.srcdoc = pop.dataset.preview;
    room.append(frame);
  }, true);

  /* The day of a task, moved where it stands. */
  document.addEventListener("change", function (event) {
    var field = event.target;
    if (!field.matches || !field.matches("[data-task-move]") || !field.value) return;
    window.vitrineCrm.act({ op: "task_move", task: Number(field.dataset.taskMove), revision: Number(field.dataset.revision), due_on: field.value }).then(function (answer) {
      window.vitrineCrm.refresh().then(function () { window.vitrineCrm.done(answer); });
    });
  });

  /* Fields are edited where they stand. When somebody else changed one meanwhile, both values are shown. */
  document.addEventListener("change", function (event) {
    var field = event.target;
    if (!field.matches || !field.matches(".cc-edit")) return;
    save(field, Number(field.closest(".cc").dataset.version));
  });
  function save(field, version) {
    var card = field.closest(".cc"), value = field.value;
    if (field.hasAttribute("data-list")) value = value.split(",").map(function (one) { return one.trim(); }).filter(Boolean);
    window.vitrineCrm.act({ op: "edit", id: Number(card.dataset.contactId), field: field.dataset.field, value: value, version: version }).then(function (answer) {
      if (!answer) { field.setAttribute("aria-invalid", "true"); return; }
      if (answer.stale) { both(field, answer); return; }
      window.vitrineCrm.refresh().then(function () { window.vitrineCrm.done(answer); });
    });
  }
  function both(field, answer) {
    var old = field.parentElement.querySelector(".cc-both");
    if (old) old.remove();
    var box = document.createElement("div"), told = document.createElement("p");
    box.className = "cc-both";
    box.setAttribute("role", "alert");
    told.textContent = answer.detail + " " + words("Theirs: {theirs}. Yours: {yours}.", { theirs: String(answer.theirs || "–"), yours: field.value || "–" });
    var mine = Object.assign(document.createElement("button"), { type: "button", className: "dk-button", textContent: words("Keep mine") });
    var theirs = Object.assign(document.createElement("button"), { type: "button", className: "dk-button", textContent: words("Keep theirs") });
    mine.addEventListener("click", function () { save(field, answer.version); });
    theirs.addEventListener("click", function () { reload(); });
    box.append(told, mine, theirs);
    field.parentElement.append(box);
    mine.focus();
  }
})();
