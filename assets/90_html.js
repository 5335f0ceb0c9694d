/* The no-build Dash component `Html` (dashapp/ui/html_component.py). React is the global Dash ships. */
(function () {
  "use strict";
  function Html(props) {
    return window.React.createElement(props.tag === "span" ? "span" : "div", {
      id: props.id && typeof props.id === "object" ? JSON.stringify(props.id) : props.id,
      className: props.className,
      "aria-hidden": props.decorative ? "true" : undefined,
      dangerouslySetInnerHTML: { __html: props.html || "" },
    });
  }
  window.vitrine_ui = window.vitrine_ui || {};
  window.vitrine_ui.Html = Html;
})();
