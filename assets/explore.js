/* Explore's plot in the theme's colours: Plotly paints its series itself, where no style sheet reaches. */
(function () {
  "use strict";
  var root = document.documentElement;
  function of(token) { return getComputedStyle(root).getPropertyValue("--" + token).trim(); }
  function painted(trace) {
    var colour = trace.meta && of(trace.meta);
    if (!colour) return trace;
    if (trace.type === "heatmap") {
      return Object.assign({}, trace, { colorscale: [1, 2, 3, 4, 5, 6, 7].map(function (step, i) { return [i / 6, of("q" + step)]; }) });
    }
    var found = Object.assign({}, trace, { marker: Object.assign({}, trace.marker, { color: colour }) });
    if (trace.type === "scatter") found.line = Object.assign({}, trace.line, { color: colour });
    return found;
  }
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.explore = {
    /* Each trace says in `meta` which token it has (pages/plots/plot.py). */
    themed: function (_theme, figure) {
      return figure ? Object.assign({}, figure, { data: figure.data.map(painted) }) : window.dash_clientside.no_update;
    },
  };
  new MutationObserver(function () {
    if (document.getElementById("explored")) window.dash_clientside.set_props("explored-theme", { data: root.getAttribute("data-bs-theme") });
  }).observe(root, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
