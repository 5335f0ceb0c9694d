/* The sources page: one store carries what is to be done with a source to the server; deleting asks a second time. */
(function () {
  "use strict";
  var words = window.vitrineWords, announce = window.vitrineAnnounce;
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    var button = target && target.closest("[data-source-act]");
    document.querySelectorAll("[data-source-act].dk-sure").forEach(function (other) {
      if (other !== button) other.classList.remove("dk-sure");
    });
    if (!button) return;
    var act = button.getAttribute("data-source-act");
    if (act === "close" && !button.classList.contains("dk-sure")) {
      button.classList.add("dk-sure");
      announce(words("Press again to delete this source"));
      return;
    }
    button.disabled = true;
    var field = act === "rotate" && button.closest(".dk-source-secret").querySelector("input");
    var change = { act: act, id: Number(button.getAttribute("data-source-id")), at: Date.now() };
    if (field && field.value) change.secret = field.value;
    window.dash_clientside.set_props("source-act", { data: change });
  });
  document.addEventListener("vitrine:refused", function (event) {
    if (event.detail.output.indexOf("source-told.children") === -1) return;
    document.querySelectorAll("[data-source-act]").forEach(function (button) { button.disabled = false; });
    announce(event.detail.sentence);
  });
})();
