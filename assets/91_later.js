/* Most of the scripts of lists, cards, tasks and forms, fetched as one (desk.later.bundle.js, dashapp/ui/desk/bundle.py):
   the analytics page opens without them and fetches them when one of their parts is shown or the search is opened. */
(function () {
  "use strict";
  var PARTS = "[data-crm], .cc, a[data-contact], a[data-lead], time[data-local], .tile.timeline, [data-task], .dk-help-pop, " +
    "[data-viewers], [data-opens], [data-store], [data-fills], [data-sends], [data-twin], [data-desk-act], [data-source-act], [data-upload], [data-take]";
  var fetched = null, here = false;

  function fetchThem() {
    if (!fetched) fetched = window.vitrineLoad(document.querySelector('meta[name="vitrine-later"]').content).then(function () {
      here = true;
      watch.disconnect();
    }).catch(function () {
      fetched = null;
      window.vitrineSay(window.vitrineWords("A part of this page did not load. Reload the page."));
    });
    return fetched;
  }
  function look() {
    if (!fetched && (!/^\/w\/[^/]+\/analytics\/?$/.test(location.pathname) || document.querySelector(PARTS))) fetchThem();
  }
  var watch = new MutationObserver(look);
  watch.observe(document.body, { childList: true, subtree: true });
  look();

  /* Callbacks that run in the browser wait for their functions; each script puts the real ones in their place. */
  window.dash_clientside = window.dash_clientside || {};
  ["tasks", "timeline", "tables", "forms", "data"].forEach(function (space) {
    window.dash_clientside[space] = new Proxy({}, {
      get: function (none, name) {
        return function () {
          var given = arguments;
          return fetchThem().then(function () { return window.dash_clientside[space][name].apply(null, given); });
        };
      },
    });
  });

  /* The search: the first press fetches it and is pressed again. Whoever is about to press need not wait. */
  function opener(event) { return event.target instanceof Element && event.target.closest("[data-search-open]"); }
  function search() { fetchThem().then(function () { if (here) document.querySelector("[data-search-open]").click(); }); }
  document.addEventListener("click", function (event) { if (!here && opener(event)) search(); });
  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable=true]");
    var asked = event.key === "k" ? event.ctrlKey || event.metaKey : event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !document.querySelector("dialog[open]");
    if (here || !asked || !document.querySelector("[data-search-open]")) return;
    event.preventDefault();
    search();
  });
  ["pointerover", "focusin"].forEach(function (kind) {
    document.addEventListener(kind, function (event) { if (opener(event)) fetchThem(); });
  });
})();
