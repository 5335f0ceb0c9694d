/* dash-bootstrap-components, fetched when one of them is drawn (dashapp/ui/desk/lean_scripts.py): most pages show none.
   What Dash finds under each name is a stand-in that draws the real component once its script is there. */
(function () {
  "use strict";
  var SPACE = "dash_bootstrap_components";
  var real = null, asked = null, waiting = [];

  function fetchIt() {
    if (!asked) asked = window.vitrineLoad(document.querySelector('meta[name="vitrine-components"]').content).catch(function () {
      asked = null;
      window.vitrineSay("A part of this page did not load. Reload the page.");
    });
  }
  /* A closed dialog needs nothing. A field holds its place, so that nothing jumps when the real one comes;
     it has no label yet, so it is nothing to whoever does not see it. */
  function place(name, props) {
    var React = window.React, more = props.class_name || props.className || "";
    if (name === "Select") return React.createElement("select", { className: "form-select " + more, disabled: true, "aria-hidden": true });
    if (name === "Input") return React.createElement("input", { className: "form-control " + more, disabled: true, "aria-hidden": true });
    return null;
  }
  function standIn(name) {
    function Late(props) {
      var React = window.React, state = React.useState(0), wanted = name !== "Modal" || Boolean(props.is_open);
      React.useEffect(function () {
        if (real || !wanted) return undefined;
        function again() { state[1](1); }
        waiting.push(again);
        fetchIt();
        return function () { waiting = waiting.filter(function (one) { return one !== again; }); };
      }, [wanted]);
      return real ? React.createElement(real[name], props) : place(name, props);
    }
    return Late;
  }
  var stand = {};
  ["Modal", "Select", "Checklist", "Input"].forEach(function (name) { stand[name] = standIn(name); });
  Object.defineProperty(window, SPACE, {
    get: function () { return stand; },
    set: function (components) {
      real = components;
      waiting.splice(0).forEach(function (again) { again(); });
    },
  });
  /* Whoever is about to open the dialog need not wait for it. */
  ["pointerover", "focusin"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      if (event.target instanceof Element && event.target.closest("#share-open")) fetchIt();
    });
  });
})();
