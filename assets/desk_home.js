/* The home's list of workspaces: filtered here where all its rows are, else searched by the server through the address. */
(function () {
  "use strict";
  var words = window.vitrineWords, announce = window.vitrineAnnounce, PAUSE = 250;
  /* What is typed into a search of the server, from the first letter until somebody goes elsewhere; and where the caret is. */
  var typed = null, caret = 0, timer = 0;
  /* What of the list was told last, and whether a link of its pager was followed. */
  var told = null, turned = false;

  function at(id) { return document.getElementById(id); }
  function filter(wanted) {
    var shown = 0;
    document.querySelectorAll("[data-name]").forEach(function (row) {
      var fits = row.getAttribute("data-name").indexOf(wanted) !== -1;
      row.classList.toggle("dk-gone", !fits);
      if (fits) shown += 1;
    });
    document.querySelectorAll(".dk-group").forEach(function (group) {
      group.classList.toggle("dk-gone", !group.querySelector("[data-name]:not(.dk-gone)"));
    });
    var none = at("workspace-none");
    if (none) none.classList.toggle("dk-gone", shown > 0);
    announce(shown === 1 ? words("1 workspace") : words("{n} workspaces", { n: shown }));
  }
  /* Back leads to where the search began, not through every word of it. */
  function ask() {
    var wanted = typed.trim(), now = new URLSearchParams(location.search).get("q") || "";
    if (location.pathname !== "/" || wanted === now) return;
    var asked = new URLSearchParams(location.search);
    asked.delete("page");
    if (wanted) asked.set("q", wanted); else asked.delete("q");
    var query = asked.toString().replace(/\+/g, "%20");
    window.vitrineGo(query ? "/?" + query : "/", now !== "");
  }
  function forget() { window.clearTimeout(timer); typed = null; }

  function heard(event) {
    var field = event.target;
    if (field.id !== "workspace-search") return;
    if (!field.closest("[data-far]")) return filter(field.value.trim().toLowerCase());
    typed = field.value;
    caret = field.selectionStart;
    turned = false;
    window.clearTimeout(timer);
    /* A letter that is still being composed is not taken out of somebody's hands. */
    if (!event.isComposing) timer = window.setTimeout(ask, PAUSE);
  }
  document.addEventListener("input", heard);
  document.addEventListener("compositionend", heard);
  document.addEventListener("selectionchange", function () {
    var field = document.activeElement;
    if (typed !== null && field && field.id === "workspace-search" && field.value === typed) caret = field.selectionStart;
  });
  document.addEventListener("focusin", function (event) {
    if (event.target.id !== "workspace-search") forget();
  });
  window.addEventListener("popstate", forget);
  document.addEventListener("click", function (event) {
    var elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    turned = !elsewhere && event.target instanceof Element && event.target.closest(".dk-pager a") !== null;
  }, true);

  /* A new list has come. The words typed since are still in the field, and the caret where it was; who turned the
     page is at the top of the new one. */
  function came() {
    var field = at("workspace-search"), list = at("workspace-list");
    if (!field || !list) { typed = told = null; return; }
    if (typed !== null) {
      if (field.value !== typed) Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, typed);
      if (document.activeElement !== field) {
        field.focus({ preventScroll: true });
        field.setSelectionRange(caret, caret);
      }
    }
    var now = list.getAttribute("data-told") || "";
    if (now === told) return;
    var first = told === null;
    told = now;
    if (first) return;
    if (turned) {
      list.focus({ preventScroll: true });
      list.scrollIntoView({ block: "start", behavior: "instant" });
    } else if (typed !== null) announce(now ? list.getAttribute("aria-label") : words("{n} workspaces", { n: 0 }));
    turned = false;
  }
  new MutationObserver(came).observe(document.getElementById("react-entry-point"), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-told"] });
})();
