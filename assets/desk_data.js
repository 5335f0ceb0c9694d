/* The data team's page: buttons become deeds or looks, which go through guarded callbacks. */
(function () {
  "use strict";
  var words = window.vitrineWords;
  function set(id, data) {
    window.dash_clientside.set_props(id, { data: Object.assign({ at: Date.now() }, data) });
  }
  function value(id) {
    var field = document.getElementById(id);
    return field ? field.value : "";
  }
  /* The row whose record is open: its button, its place in the list, and how far down the window it stood. */
  var from = null;
  function rows() { return Array.from(document.querySelectorAll("#data-body [data-desk-act=inspect]")); }
  /* Back to the row; where the record has gone, to the one that took its place. */
  function back() {
    if (!from) return;
    var all = rows(), same = all.find(function (one) { return one.getAttribute("data-id") === from.id; });
    var home = same || all[Math.min(from.at, all.length - 1)];
    if (home) {
      window.scrollBy({ top: home.getBoundingClientRect().top - from.top, behavior: "instant" });
      home.focus({ preventScroll: true });
    }
    from = null;
  }
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    var button = target && target.closest("[data-desk-act]");
    document.querySelectorAll(".dd-sure").forEach(function (other) {
      if (other === button) return;
      other.classList.remove("dd-sure");
      other.textContent = other.getAttribute("data-was");
    });
    if (!button) return;
    var act = button.getAttribute("data-desk-act"), id = Number(button.getAttribute("data-id"));
    /* Rebuilding reads everything again: it asks a second time. */
    if (button.hasAttribute("data-sure") && !button.classList.contains("dd-sure")) {
      button.setAttribute("data-was", button.textContent);
      button.classList.add("dd-sure");
      button.textContent = words("Sure?");
      return;
    }
    if (button.classList.contains("dd-sure")) {
      button.classList.remove("dd-sure");
      button.textContent = button.getAttribute("data-was");
    }
    if (["retry", "replay", "replay_all", "mend", "run", "chosen"].indexOf(act) !== -1) window.vitrineBar("act").begin(words("Working"));
    if (act === "replay_all") set("data-act", { op: act, why: button.getAttribute("data-why") });
    if (act === "mend") set("data-act", { op: act, id: id, text: value("data-mend") });
    if (act === "inspect") {
      from = { id: button.getAttribute("data-id"), at: rows().indexOf(button), top: button.getBoundingClientRect().top };
      set("data-look", { id: id });
    }
    if (act === "close") set("data-look", { id: null });
    if (act === "hush") hush();
    if (act === "retry" || act === "replay") set("data-act", { op: act, id: id });
    if (act === "run") {
      set("data-act", { op: "run", job: button.getAttribute("data-job"), workspace: Number(button.getAttribute("data-workspace")) });
    }
    if (act === "chosen") {
      set("data-act", { op: "run", job: value("data-run-job"), workspace: Number(value("data-run-workspace")) });
    }
  });
  /* What was asked for on this page and refused is told where the answers are read. */
  document.addEventListener("vitrine:refused", function (event) {
    var output = String(event.detail.output);
    if (output.indexOf("data-body") !== -1) window.vitrineBar("act").end();
    if (output.indexOf("data-") !== -1 && event.detail.status < 500) window.vitrineSay(event.detail.sentence);
  });
  /* What went well has been read after a while, and lies over the tables; what did not stays until it is closed. */
  var said = 0;
  function hush() { window.dash_clientside.set_props("data-told", { children: [] }); }
  function goes() {
    var place = document.getElementById("data-told");
    if (!place || !place.querySelector(".dd-done")) return;
    if (place.matches(":hover, :focus-within")) said = window.setTimeout(goes, 2000);
    else hush();
  }
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.data = {
    told: function () {
      window.clearTimeout(said);
      said = window.setTimeout(goes, 8000);
      return "";
    },
    shown: function (record) {
      window.setTimeout(function () {
        var card = document.getElementById("data-record");
        if (card) { card.focus({ preventScroll: true }); card.scrollIntoView({ block: "start", behavior: "instant" }); }
        else back();
      }, 60);
      return "";
    },
    /* The next step of something that goes on, as long as the page is there. */
    going: function (going) {
      if (!going) return "";
      var bar = window.vitrineBar("act");
      if (!going.again) {
        bar.end();
        if (going.close && document.getElementById("data-record")) set("data-look", { id: null });
        return "";
      }
      bar.to(going.share, going.label);
      window.setTimeout(function () {
        if (document.getElementById("data-body")) set("data-act", going.again); else bar.end();
      }, going.wait);
      return "";
    },
  };
})();
