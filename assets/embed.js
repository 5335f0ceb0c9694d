/* Loaded by a page that shows a report in a frame: the frame is as high as the report in it. */
(function () {
  "use strict";
  var origin = new URL(document.currentScript.src).origin;
  window.addEventListener("message", function (event) {
    if (event.origin !== origin || !event.data || event.data.vitrine !== "height") return;
    var height = Math.min(Math.max(Number(event.data.height) || 0, 200), 20000);
    document.querySelectorAll("iframe").forEach(function (frame) {
      if (frame.contentWindow === event.source) frame.style.height = height + "px";
    });
  });
})();
