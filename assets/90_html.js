/* The no-build Dash component `Html` (dashapp/ui/desk/html_component.py). React is the global Dash ships. */
(function () {
  "use strict";
  function drawn(props, html, ref) {
    return window.React.createElement(props.tag === "span" ? "span" : "div", {
      ref: ref,
      id: props.id && typeof props.id === "object" ? JSON.stringify(props.id) : props.id,
      className: props.className,
      "aria-hidden": props.decorative ? "true" : undefined,
      dangerouslySetInnerHTML: { __html: html },
    });
  }
  function Html(props) {
    return props.id === "tiles" ? window.React.createElement(Tiles, props) : drawn(props, props.html || "");
  }
  /* A page's tiles: React sets those that come first. Of later ones only what changed is put in, so that whoever reads a
     tile stays where they are: open, scrolled, in focus (assets/portal.js). */
  function Tiles(props) {
    var React = window.React, place = React.useRef(null), html = props.html || "", first = React.useRef(html), shown = React.useRef(html);
    React.useLayoutEffect(function () {
      if (shown.current === html) return;
      shown.current = html;
      var next = new DOMParser().parseFromString(html, "text/html").body;
      if (!same(place.current, next) || !window.vitrineTiles(place.current, next)) place.current.innerHTML = html;
    }, [html]);
    return drawn(props, first.current, place);
  }
  /* The same tiles in the same order. */
  function same(now, next) {
    function names(of) { return Array.from(of.querySelectorAll(".tile"), function (one) { return one.dataset.tile; }).join(); }
    return names(now) === names(next);
  }
  window.vitrine_ui = window.vitrine_ui || {};
  window.vitrine_ui.Html = Html;
})();
