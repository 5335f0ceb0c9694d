/* Tables and SQL: grids drawn when they are needed, a bar over whatever takes long, CSV with its progress. */
(function () {
  "use strict";
  var words = window.vitrineWords;
  var NUMBERS = /^(TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|HUGEINT|UHUGEINT|FLOAT|DOUBLE|DECIMAL.*|NUMBER)$/;

  /* A bar appears only over what takes longer than this: a flash of it would be noise. */
  var PATIENCE = 400;
  var bars = {};
  function bar(name) {
    var kept = bars[name] || (bars[name] = { shown: false });
    function place() { return document.querySelector('[data-bar="' + name + '"]'); }
    function draw() {
      var el = place();
      if (!el) return;
      if (!el.firstChild) {
        el.innerHTML = '<div class="dd-progress" role="progressbar" aria-valuemin="0" aria-valuemax="100"><i></i></div><span class="dk-quiet"></span>';
      }
      var track = el.firstChild, share = kept.share, seconds = (Date.now() - kept.began) / 1000;
      if (kept.limit) share = Math.min(1, seconds / kept.limit);
      track.setAttribute("aria-label", kept.label);
      track.classList.toggle("dd-unknown", share === null);
      if (share === null) track.removeAttribute("aria-valuenow");
      else track.setAttribute("aria-valuenow", String(Math.round(share * 100)));
      track.firstChild.style.width = share === null ? "" : Math.max(2, share * 100) + "%";
      el.lastChild.textContent = kept.label + (kept.limit ? ", " + seconds.toFixed(0) + " of at most " + kept.limit + " s" : "");
    }
    return {
      begin: function (label, limit) {
        this.end();
        kept.began = Date.now(); kept.label = label; kept.share = null; kept.limit = limit || 0;
        kept.wait = window.setTimeout(function () {
          kept.shown = true;
          draw();
          kept.tick = window.setInterval(draw, 250);
        }, PATIENCE);
      },
      to: function (share, label) {
        kept.share = share; kept.label = label || kept.label;
        if (kept.shown) draw();
      },
      end: function () {
        window.clearTimeout(kept.wait); window.clearInterval(kept.tick);
        kept.shown = false;
        var el = place();
        if (el) el.textContent = "";
      },
    };
  }
  window.vitrineBar = bar;

  function component(type, props) { return { type: type, namespace: "dash_html_components", props: props }; }
  function grid(model) {
    var columns = model.columns.map(function (column, n) {
      /* What no number of a browser can hold came as a text. */
      var number = NUMBERS.test(column.type) && model.rows.every(function (row) { return typeof row[n] !== "string"; });
      return {
        field: "c" + n, headerName: column.name, headerTooltip: column.type.toLowerCase(),
        filter: number ? "agNumberColumnFilter" : "agTextColumnFilter", type: number ? "rightAligned" : undefined,
      };
    });
    var rows = model.rows.map(function (row) {
      var shown = {};
      row.forEach(function (value, n) { shown["c" + n] = value; });
      return shown;
    });
    return window.vitrineLoad(model.script).then(function () {
      return {
        type: "AgGrid", namespace: "dash_ag_grid",
        props: {
          columnDefs: columns, rowData: rows, columnSize: "autoSize",
          defaultColDef: { sortable: true, resizable: true, filter: true, minWidth: 96, maxWidth: 420 },
          dashGridOptions: {
            animateRows: false, enableCellTextSelection: true, ensureDomOrder: true, tooltipShowDelay: 300,
            domLayout: rows.length <= 12 ? "autoHeight" : "normal",
          },
          style: { height: rows.length <= 12 ? null : "480px", width: "100%" },
        },
      };
    });
  }
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tables = {
    grid: function (model) { return model ? grid(model) : window.dash_clientside.no_update; },
    answer: function (answer) {
      if (!answer) return [window.dash_clientside.no_update, window.dash_clientside.no_update];
      busy(false);
      answered = answer;
      if (answer.problem) return [[], component("Pre", { children: answer.problem, className: "dk-problem dd-problem" })];
      var told = component("P", { children: answer.told, className: "dd-lead" });
      if (!answer.rows.length) return [[], told];
      told = component("Div", { className: "dd-sql-told", children: [told, component("Button", { children: words("CSV, these rows"), type: "button", className: "dk-button dd-small", "data-sql-csv": "1" })] });
      return grid(answer).then(function (drawn) {
        return [component("Div", { children: drawn, className: "dk-card dk-flush dd-grid" }), told];
      });
    },
  };

  /* What is shown while a statement runs is another one's answer: it is dimmed, and Run waits. */
  var answered = null;
  function busy(running) {
    var button = document.querySelector('[data-desk-act="sql"]');
    if (!running) bar("sql").end();
    if (button) button.disabled = running;
    ["sql-told", "sql-grid"].forEach(function (id) {
      var place = document.getElementById(id);
      if (place) { place.classList.toggle("dd-old", running); place.setAttribute("aria-busy", String(running)); }
    });
  }
  function run() {
    var text = document.getElementById("sql-text"), place = document.querySelector('[data-bar="sql"]');
    if (!text || document.querySelector('[data-desk-act="sql"]').disabled) return;
    if (!text.value.trim()) {
      window.dash_clientside.set_props("sql-told", { children: component("P", { children: words("Write a statement first."), className: "dk-problem dd-problem" }) });
      window.dash_clientside.set_props("sql-grid", { children: [] });
      text.focus();
      return;
    }
    busy(true);
    bar("sql").begin(words("Running"), Number(place.getAttribute("data-limit")));
    window.dash_clientside.set_props("sql-ask", { data: { sql: text.value, at: Date.now() } });
  }
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.id !== "sql-text") return;
    event.preventDefault();
    run();
  });
  document.addEventListener("vitrine:refused", function (event) {
    if (String(event.detail.output).indexOf("sql-") === -1) return;
    busy(false);
    window.vitrineSay(event.detail.sentence);
  });

  /* What is looked at is in the address. */
  document.addEventListener("change", function (event) {
    var form = event.target.closest && event.target.closest("[data-look]");
    if (!form) return;
    var address = form.getAttribute("data-look") + "&table=" + encodeURIComponent(document.getElementById("rows-table").value);
    var room = document.getElementById("rows-workspace").value;
    window.vitrineGo(address + "&workspace=" + encodeURIComponent(room));
  });

  function save(parts, name) {
    var saved = document.createElement("a");
    saved.href = URL.createObjectURL(new Blob(parts, { type: "text/csv;charset=utf-8" }));
    saved.download = name;
    document.body.append(saved);
    saved.click();
    saved.remove();
    window.setTimeout(function () { URL.revokeObjectURL(saved.href); }, 60000);
  }
  /* The answer that is shown. A text that a spreadsheet would take for a formula stays a text (as in every CSV of ours). */
  function csv(answer) {
    function cell(value) {
      if (value === null || value === undefined) return "";
      var text = typeof value === "object" ? JSON.stringify(value) : String(value);
      if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
      return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
    }
    var heads = answer.columns.map(function (column) { return column.name; });
    return [heads].concat(answer.rows).map(function (row) { return row.map(cell).join(","); }).join("\r\n") + "\r\n";
  }

  /* A CSV says how far it is. Without this script the link is a plain download. */
  function take(link) {
    var rows = Number(link.getAttribute("data-take")), seen = 0, parts = [], name = "rows.csv";
    bar("take").begin(words("Preparing the CSV"));
    return fetch(link.href, { credentials: "same-origin", headers: { Accept: "text/csv, application/problem+json" } }).then(function (response) {
      if (!response.ok) return response.json().then(function (problem) { throw new Error(problem.detail); });
      var said = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") || "");
      if (said) name = said[1];
      var reader = response.body.getReader();
      function next(part) {
        if (part.done) return;
        parts.push(part.value);
        for (var n = 0; n < part.value.length; n++) if (part.value[n] === 10) seen++;
        bar("take").to(Math.min(0.99, seen / Math.max(1, rows)), words("Downloading"));
        return reader.read().then(next);
      }
      return reader.read().then(next);
    }).then(function () { save(parts, name); }).catch(function (error) { window.vitrineSay(error.message || words("The CSV did not come; try again.")); })
      .then(function () { bar("take").end(); });
  }
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    var link = target && target.closest("a[data-take]");
    if (link && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      take(link);
    }
    if (target && target.closest('[data-desk-act="sql"]')) run();
    if (target && target.closest("[data-sql-csv]") && answered) save(["\ufeff", csv(answered)], "answer.csv");
  });
})();
