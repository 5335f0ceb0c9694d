/* Search everywhere: Ctrl-K or /, arrows, Enter. */
(function () {
  "use strict";
  var words = window.vitrineWords, dialog = null, input, list, timer = 0, asked = 0, at = -1;
  var kinds = {
    contact: words("Contact"), company: words("Company"), campaign: words("Campaign"), deal: words("Deal"), task: words("Task"), action: words("Action"), view: words("View"), page: words("Page"), workspace: words("Workspace"),
  };

  function make() {
    dialog = document.createElement("dialog");
    dialog.className = "find";
    dialog.setAttribute("aria-label", words("Search everywhere"));
    input = document.createElement("input");
    input.type = "search";
    input.className = "find-input";
    input.maxLength = 200;
    input.placeholder = words("Contacts, companies, campaigns, deals, tasks, pages, actions");
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", "find-list");
    input.setAttribute("aria-label", words("Search everywhere"));
    list = document.createElement("ul");
    list.id = "find-list";
    list.className = "find-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words("Results"));
    dialog.append(input, list);
    document.body.append(dialog);
    input.addEventListener("input", function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(ask, 120);
    });
    input.addEventListener("keydown", keys);
    dialog.addEventListener("click", function (event) {
      if (event.target === dialog) { dialog.close(); return; }
      var item = event.target.closest("[role=option]");
      if (item) go(item);
    });
  }
  function open() {
    if (!document.getElementById("page")) return;
    if (!dialog) make();
    if (dialog.open) return;
    input.value = "";
    dialog.showModal();
    input.focus();
    ask();
  }
  function ask() {
    var mine = ++asked;
    var query = new URLSearchParams({ q: input.value, at: window.vitrineCrm.slug() });
    fetch("/search.json?" + query, { credentials: "same-origin", headers: { Accept: "application/json" } }).then(function (response) {
      return response.ok ? response.json() : { hits: [] };
    }).then(function (answer) { if (mine === asked) show(answer.hits); }, function () {});
  }
  function show(hits) {
    list.replaceChildren();
    hits.forEach(function (hit, n) {
      var item = document.createElement("li"), name = document.createElement("span"), detail = document.createElement("span"), kind = document.createElement("span");
      item.setAttribute("role", "option");
      item.id = "find-" + n;
      item.dataset.href = hit.href;
      if (hit.contact) item.dataset.contactId = hit.contact;
      name.className = "find-name";
      name.textContent = hit.title;
      detail.className = "dk-quiet find-detail";
      detail.textContent = hit.detail;
      kind.className = "ls-chip";
      kind.textContent = kinds[hit.kind] || hit.kind;
      item.append(name, detail, kind);
      list.append(item);
    });
    if (!hits.length) {
      var none = document.createElement("li");
      none.className = "dk-menu-none";
      none.textContent = words("Nothing was found.");
      list.append(none);
    }
    mark(hits.length ? 0 : -1);
  }
  function mark(n) {
    at = n;
    list.querySelectorAll("[role=option]").forEach(function (item, i) {
      item.setAttribute("aria-selected", i === n ? "true" : "false");
      if (i === n) item.scrollIntoView({ block: "nearest" });
    });
    if (n >= 0) input.setAttribute("aria-activedescendant", "find-" + n); else input.removeAttribute("aria-activedescendant");
  }
  function keys(event) {
    var count = list.querySelectorAll("[role=option]").length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (count) mark((at + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      var item = list.querySelector("[aria-selected=true]");
      if (item) go(item);
    }
  }
  function go(item) {
    dialog.close();
    if (item.dataset.contactId) window.vitrineCard.open("id=" + item.dataset.contactId, document.querySelector("[data-search-open]"));
    else window.vitrineGo(item.dataset.href);
  }
  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable=true]");
    if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !document.querySelector("dialog[open]"))) {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", function (event) { if (event.target.closest && event.target.closest("[data-search-open]")) open(); });

  /* The switcher: the workspaces whose name holds the words; those it does not list are the home's to search. */
  function bare(text) { return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").trim(); }
  function narrow(field) {
    var menu = field.closest(".dk-menu"), wanted = bare(field.value), rest = menu.querySelector("[data-switch-rest]"), fits = 0;
    menu.querySelectorAll(".dk-choices").forEach(function (places) {
      var some = 0, head = places.previousElementSibling;
      places.querySelectorAll("li").forEach(function (place) {
        place.hidden = bare(place.querySelector(".dk-place-name").textContent).indexOf(wanted) === -1;
        some += !place.hidden;
      });
      if (head && head.matches(".dk-menu-head")) head.hidden = !some;
      fits += some;
    });
    menu.querySelector("[role=status]").hidden = fits > 0 || rest !== null;
    if (rest) rest.href = wanted ? "/?q=" + encodeURIComponent(field.value.trim()) : "/";
  }
  document.addEventListener("input", function (event) { if (event.target.matches("[data-switch-find]")) narrow(event.target); });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !event.target.matches || !event.target.matches("[data-switch-find]")) return;
    var menu = event.target.closest(".dk-menu"), first = menu.querySelector(".dk-choices li:not([hidden]) a") || menu.querySelector("[data-switch-rest]");
    if (first) first.click();
  });
  /* Not on a touch screen, where the keyboard would hide the list. */
  document.addEventListener("toggle", function (event) {
    var field = event.target.open && event.target.querySelector && event.target.querySelector("[data-switch-find]");
    if (!field || !window.matchMedia("(pointer: fine)").matches) return;
    field.focus();
  }, true);
})();
