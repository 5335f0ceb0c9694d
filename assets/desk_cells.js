/* Every figure opens: a click, Enter or Space on a cell, a bar or a point shows what it counts in a side panel. */
(function () {
  "use strict";
  var words = window.vitrineWords;
  var FIGURE = "#figure=";
  var open = null; /* {tile, cell, part, at}: what the panel shows; answers to anything older are dropped */
  function count(n) { return n.toLocaleString(document.documentElement.lang); }
  function at(id) { return document.getElementById(id); }
  function say(text) { var region = at("dk-announce"); if (region) { region.textContent = ""; window.setTimeout(function () { region.textContent = text; }, 30); } }

  function show(tile, cell, part) {
    var dialog = at("cell-dialog");
    if (!dialog || !cell) return;
    open = { tile: tile, cell: cell, part: part || "n", at: Date.now() };
    if (!dialog.open) {
      at("cell-title").textContent = title(tile);
      at("cell-body").innerHTML = '<div class="dk-cell-wait" aria-hidden="true"><i></i><i></i><i></i><i></i></div>';
      dialog.showModal();
      at("cell-title").focus();
    }
    dialog.setAttribute("aria-busy", "true");
    /* An open figure has an address of its own: the page's, and behind it which figure. */
    history.replaceState(history.state, "", location.pathname + location.search + FIGURE + encodeURIComponent(JSON.stringify([tile, cell, open.part])));
    if (at("cell-link")) at("cell-link").setAttribute("data-copy", location.href);
    window.dash_clientside.set_props("cell-asked", { data: Object.assign({ op: "show" }, open) });
  }
  function title(tile) {
    var heading = document.querySelector('[data-tile="' + CSS.escape(tile) + '"] h2');
    return heading ? heading.textContent : words("Figure");
  }
  function tileOf(element) { var tile = element.closest("[data-tile]"); return tile ? tile.getAttribute("data-tile") : ""; }

  /* New tiles may have come while the panel was open: focus goes to the same figure, wherever it stands now. */
  function back() {
    if (!open) return;
    if (location.hash.indexOf(FIGURE) === 0) history.replaceState(history.state, "", location.pathname + location.search);
    var tile = document.querySelector('#tiles [data-tile="' + CSS.escape(open.tile) + '"]'), home = open.from || open.cell;
    open = null;
    if (!tile) return;
    var again = Array.from(tile.querySelectorAll("[data-cell]")).find(function (one) { return one.getAttribute("data-cell") === home; });
    (again || tile.querySelector(".plot[data-cells]") || tile.querySelector("[tabindex],button,summary")).focus({ preventScroll: true });
  }
  document.addEventListener("close", function (event) { if (event.target.id === "cell-dialog") back(); }, true);

  /* Whoever comes with the address of a figure finds it open, as soon as its tile is there. */
  function arrive() {
    var asked;
    try { asked = JSON.parse(decodeURIComponent(location.hash.slice(FIGURE.length))); } catch (e) { return; }
    if (!Array.isArray(asked) || asked.some(function (one) { return typeof one !== "string"; })) return;
    var tries = 0, timer = window.setInterval(function () {
      tries += 1;
      var there = at("cell-dialog") && document.querySelector('#tiles [data-tile="' + CSS.escape(asked[0]) + '"]');
      if (there || tries > 100 || location.hash.indexOf(FIGURE) !== 0) window.clearInterval(timer);
      if (there) show(asked[0], asked[1], ["n", "base", "held"].indexOf(asked[2]) === -1 ? "n" : asked[2]);
    }, 150);
  }
  if (location.hash.indexOf(FIGURE) === 0) arrive();

  /* Which point of a plot: the one portal.js marks. */
  function point(plot) {
    var cells = JSON.parse(plot.getAttribute("data-cells"));
    return plot.dataset.at === undefined ? "" : cells[Number(plot.dataset.at)];
  }
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    var cell = target.closest("#tiles [data-cell]"), plot = target.closest("#tiles .plot[data-cells]");
    if (cell) show(tileOf(cell), cell.getAttribute("data-cell"), cell.getAttribute("data-part"));
    else if (plot) show(tileOf(plot), point(plot));
    var dialog = target.closest("#cell-dialog");
    if (!dialog || !open) return;
    if (target === dialog || target.closest("[data-cell-close]")) { dialog.close(); return; }
    var part = target.closest("[data-cell-part]"), go = target.closest("[data-cell-go]"), more = target.closest("[data-cell-more]");
    if (part) turn({ part: part.getAttribute("data-cell-part") });
    if (go) turn({ cell: go.getAttribute("data-cell-go") });
    if (more) {
      more.disabled = true;
      window.dash_clientside.set_props("cell-asked", { data: { op: "more", tile: open.tile, cell: open.cell, part: open.part, at: open.at, after: more.getAttribute("data-cell-more") } });
    }
    var file = target.closest("[data-cell-file]");
    if (file) {
      file.disabled = true;
      window.dash_clientside.set_props("cell-file", { data: { tile: open.tile, cell: open.cell, part: open.part, at: Date.now() } });
    }
  });
  /* Rows that hold all words asked for; those not fetched yet are found once they are. */
  function find() {
    var field = document.querySelector("[data-cell-find]"), rows = at("cell-rows"), shown = at("cell-shown");
    if (!field || !rows) return;
    var asked = field.value.toLowerCase().split(/\s+/).filter(Boolean), there = 0;
    Array.from(rows.rows).forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !asked.every(function (word) { return text.indexOf(word) !== -1; });
      if (!row.hidden) there += 1;
    });
    shown.textContent = words("{n} of {total} shown", { n: count(there), total: count(Number(shown.getAttribute("data-total"))) });
  }
  document.addEventListener("input", function (event) { if (event.target.matches && event.target.matches("[data-cell-find]")) find(); });
  function turn(change) {
    var from = open.from || open.cell;
    show(open.tile, change.cell || open.cell, change.part || open.part);
    open.from = from;
    open.turned = change.part ? "[data-cell-part=" + change.part + "]" : "[data-cell-go][aria-pressed=true]";
  }

  /* In a table one stop for Tab, arrows from figure to figure; on a plot Enter and Space open the point. */
  document.addEventListener("keydown", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target || !target.closest("#tiles")) return;
    if (target.matches(".plot[data-cells]") && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      show(tileOf(target), point(target) || JSON.parse(target.getAttribute("data-cells")).filter(Boolean).pop());
      return;
    }
    var box = target.closest(".scroll"), step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!box || !step || !(target === box || target.matches("[data-cell]"))) return;
    var next = target === box ? box.querySelector("[data-cell]") : beside(target, step);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  function beside(button, step) {
    var cell = button.closest("td,th"), row = cell.parentElement, rows = Array.from(row.parentElement.rows);
    var r = rows.indexOf(row), c = Array.from(row.cells).indexOf(cell);
    for (;;) {
      r += step[0]; c += step[1];
      if (!rows[r] || !rows[r].cells[c]) return null;
      var found = rows[r].cells[c].querySelector("[data-cell]");
      if (found) return found;
    }
  }

  document.addEventListener("vitrine:refused", function (event) {
    var output = event.detail.output;
    if (output === "cell-filed.data") { var file = document.querySelector("[data-cell-file]"); if (file) file.disabled = false; window.vitrineSay(event.detail.sentence); }
    if (output !== "cell-answered.data" || !open) return;
    at("cell-dialog").removeAttribute("aria-busy");
    var told = document.createElement("p");
    told.className = "dk-cell-told"; told.setAttribute("role", "alert"); told.textContent = event.detail.sentence;
    at("cell-body").replaceChildren(told);
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.cells = {
    answered: function (answer) {
      var none = window.dash_clientside.no_update;
      if (!answer || !open || answer.at !== open.at) return none;
      at("cell-dialog").removeAttribute("aria-busy");
      if (answer.op === "show") {
        at("cell-title").textContent = answer.title;
        at("cell-body").innerHTML = answer.html;
        if (open.turned) { var again = at("cell-body").querySelector(open.turned); if (again) again.focus(); }
        return none;
      }
      var rows = at("cell-rows"), button = document.querySelector("[data-cell-more]"), before = rows.rows.length;
      rows.insertAdjacentHTML("beforeend", answer.rows);
      at("cell-shown").textContent = words("{n} of {total} shown", { n: count(rows.rows.length), total: count(answer.total) });
      if (document.querySelector("[data-cell-find]").value) find();
      say(at("cell-shown").textContent);
      if (answer.after) { button.setAttribute("data-cell-more", answer.after); button.disabled = false; button.focus(); }
      else { button.remove(); var first = rows.rows[before]; if (first) { first.cells[0].tabIndex = -1; first.cells[0].focus(); } }
      return none;
    },
    /* A point of Explore's plot: what it opens stands in its data, "base " before it where it counts the base. */
    plotted: function (clicked) {
      var none = window.dash_clientside.no_update, point = clicked && clicked.points && clicked.points[0];
      var graph = document.querySelector("#explored .js-plotly-plot"), tile = document.querySelector("#tiles [data-tile]");
      if (!point || !graph || !tile) return none;
      var trace = graph.data[point.curveNumber] || {}, cells = trace.customdata || [];
      /* Of a cell of a heat map Dash tells the names alone. */
      var cell = trace.type === "heatmap" ? (cells[trace.y.indexOf(point.y)] || [])[trace.x.indexOf(point.x)] : cells[point.pointNumber];
      if (cell) show(tileOf(tile), cell.replace(/^base /, ""), cell.indexOf("base ") === 0 ? "base" : "n");
      return none;
    },
    filed: function (answer) {
      if (!answer) return window.dash_clientside.no_update;
      var link = document.createElement("a"), address = URL.createObjectURL(new Blob(["\ufeff", answer.text], { type: "text/csv;charset=utf-8" }));
      link.href = address; link.download = answer.name;
      document.body.append(link); link.click(); link.remove();
      window.setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
      var file = document.querySelector("[data-cell-file]");
      if (file) { file.disabled = false; file.focus(); }
      say(words("File saved"));
      return window.dash_clientside.no_update;
    },
  };
})();
