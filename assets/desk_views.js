/* Page controls and the view menu: a choice becomes an address, a deed goes through a guarded callback. */
(function () {
  "use strict";
  var words = window.vitrineWords;
  var ASKS = {
    new: [words("New view"), words("Create"), "", ""],
    duplicate: [words("Duplicate this view"), words("Duplicate"), "", " " + words("(copy)")],
    rename: [words("Rename this view"), words("Rename"), "", ""],
    delete: [words("Delete this view?"), words("Delete"), words("Its versions go with it. This cannot be undone."), null],
  };
  function at(id) { return document.getElementById(id); }
  function keep(address) {
    if (!document.getElementById("controls") || document.getElementById("controls").dataset.usual) return;
    window.dash_clientside.set_props("controls-chosen", { data: { search: address.split("?")[1] || "", at: Date.now() } });
  }

  /* The address of what the form says: the view and the place stay, what is as usual is left out. */
  function address(form, custom) {
    var now = new URLSearchParams(location.search), next = new URLSearchParams();
    ["agency", "workspace", "view", "flows"].forEach(function (name) { if (now.has(name)) next.set(name, now.get(name)); });
    var ranged = custom || (now.has("from") && now.has("to"));
    if (ranged) { next.set("from", form.elements.from.value); next.set("to", form.elements.to.value); }
    else next.set("period", now.get("period") || form.dataset.usual || "28");
    ["compare", "campaign", "sender", "recipient", "user"].forEach(function (name) {
      var field = form.elements[name];
      if (field && field.value && field.value !== "any" && field.value !== "previous") next.set(name, field.value);
    });
    return form.dataset.path + "?" + next.toString();
  }
  /* A picture is made outside of the page, where its style sheets do not reach: the theme's colours go with it. */
  function inTheme(graph, title) {
    var style = getComputedStyle(document.documentElement);
    function of(name) { return style.getPropertyValue(name).trim(); }
    function axis(drawn) {
      return Object.assign({}, drawn, { gridcolor: of("--line"), zerolinecolor: of("--line-2"), linecolor: of("--line-2") });
    }
    var layout = graph.layout;
    return {
      data: graph.data,
      layout: Object.assign({}, layout, {
        title: { text: title, x: 0.02, xanchor: "left", font: { size: 15, color: of("--ink") } },
        margin: Object.assign({}, layout.margin, { t: 72 }),
        paper_bgcolor: of("--surface"), plot_bgcolor: of("--surface"),
        font: Object.assign({}, layout.font, { color: of("--ink-2"), family: of("--font") }),
        xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis),
      }),
    };
  }
  document.addEventListener("change", function (event) {
    var form = event.target.closest && event.target.closest("#controls");
    if (form && event.target.tagName === "SELECT") {
      var to = address(form, false);
      keep(to);
      window.vitrineGo(to);
      return;
    }
    /* Neither day can be chosen beyond the other. */
    if (form && event.target.name === "from") form.elements.to.min = event.target.value || form.elements.from.min;
    if (form && event.target.name === "to") form.elements.from.max = event.target.value || form.elements.to.max;
    var preview = event.target.closest && event.target.closest("[data-go-select]");
    if (preview) window.vitrineGo(preview.value);
  });
  document.addEventListener("submit", function (event) {
    if (event.target.id === "controls") {
      event.preventDefault();
      var to = address(event.target, true);
      keep(to);
      window.vitrineGo(to);
    }
    if (event.target.id === "view-form") {
      event.preventDefault();
      send(event.target);
    }
  });
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    var chosen = target.closest("a[data-chosen]");
    if (chosen) keep(chosen.getAttribute("href"));
    var picture = target.closest("[data-picture]"), graph = document.querySelector("#explored .js-plotly-plot");
    if (picture && graph && window.Plotly) {
      window.Plotly.downloadImage(inTheme(graph, picture.dataset.title), { format: picture.dataset.picture, filename: picture.dataset.name, width: 1200, height: 630 });
    }
    var asked = target.closest("[data-view-ask]");
    if (asked) open(asked.getAttribute("data-view-ask"));
    var act = target.closest("[data-view-act]");
    if (act) {
      var id = act.getAttribute("data-view-id"), what = { op: act.getAttribute("data-view-act") };
      if (id) what.view_id = Number(id);
      deed(what);
    }
    var roll = target.closest("[data-rollout]");
    if (roll) {
      var form = roll.closest("form"), boxes = Array.from(form.querySelectorAll('[name="stage"]:checked'));
      deed({ op: roll.getAttribute("data-rollout"), view_id: Number(form.dataset.id), workspaces: boxes.map(function (box) { return Number(box.value); }) });
    }
    if (target.closest("[data-view-cancel]")) at("view-dialog").close();
  });

  function open(what) {
    var said = ASKS[what], form = at("view-form"), name = at("view-name");
    form.dataset.op = what;
    at("view-dialog-title").textContent = said[0];
    at("view-go").textContent = said[1];
    at("view-go").disabled = false;
    at("view-dialog-told").textContent = said[2];
    at("view-dialog-told").hidden = !said[2];
    at("view-problem").hidden = true;
    at("view-name-field").hidden = said[3] === null;
    at("view-links-field").hidden = what !== "delete";
    name.required = said[3] !== null;
    name.value = said[3] === null || what === "new" ? "" : form.dataset.name + said[3];
    document.querySelectorAll("details.dk-views[open]").forEach(function (menu) { menu.removeAttribute("open"); });
    at("view-dialog").showModal();
    (said[3] === null ? at("view-go") : name).focus();
    if (said[3] !== null) name.select();
  }
  function send(form) {
    var op = form.dataset.op, id = Number(form.dataset.id), act = { op: op };
    if (op !== "new") act.view_id = id;
    if (op === "delete") act.and_links = at("view-links").checked;
    else act.name = at("view-name").value;
    at("view-go").disabled = true;
    deed(act);
  }
  function deed(act) {
    window.dash_clientside.set_props("view-act", { data: Object.assign({ at: Date.now() }, act) });
  }
  document.addEventListener("vitrine:refused", function (event) {
    if (event.detail.output !== "view-acted.data") return;
    var dialog = at("view-dialog"), problem = at("view-problem");
    if (dialog && dialog.open) {
      problem.textContent = event.detail.sentence;
      problem.hidden = false;
      at("view-go").disabled = false;
    } else window.vitrineSay(event.detail.sentence);
  });
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.views = {
    acted: function (answer) {
      if (!answer) return window.dash_clientside.no_update;
      var dialog = at("view-dialog");
      if (dialog && dialog.open) dialog.close();
      window.vitrineGo(answer.go);
      return window.dash_clientside.no_update;
    },
  };
})();
