/* The timeline: times in the reader's own zone; lines that open; older lines; new ones each minute, never under the pointer. */
(function () {
  "use strict";
  var words = window.vitrineWords, lang = document.documentElement.lang.replace(/^en$/, "en-GB"), EVERY = 60000;
  var twelve = document.documentElement.dataset.clock === "12";
  var short = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", hour: twelve ? "numeric" : "2-digit", minute: "2-digit", hour12: twelve });
  var long = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "long", hour12: twelve });
  var news = {}, eager = 0;

  function local() {
    document.querySelectorAll("time[data-local]:not([data-was])").forEach(function (one) {
      var at = new Date(one.dateTime);
      if (isNaN(at)) return;
      one.dataset.was = one.textContent;
      one.textContent = short.format(at);
      one.title = long.format(at);
    });
  }
  new MutationObserver(local).observe(document.body, { childList: true, subtree: true });
  local();

  function tileOf(element) { return element.closest(".tile.timeline"); }
  function shown(id) { return document.querySelector('#tiles .tile.timeline[data-tile="' + CSS.escape(id) + '"]'); }
  function busy(tile) { return tile.matches(":hover") || tile.contains(document.activeElement); }
  function fresh(tile, on) {
    var button = tile.querySelector("[data-line-fresh]");
    if (button) button.hidden = !on;
  }

  /* A new timeline waits here until its minute has come; after one's own deed it is shown at once. */
  window.vitrineHold = function (tile, next) {
    if (!tile.matches(".timeline") || !tile.querySelector(".tl") || !next.querySelector(".tl")) return false;
    news[tile.dataset.tile] = next;
    if (Date.now() < eager) renew(tile.dataset.tile);
    else if (busy(tile)) fresh(tile, true);
    return true;
  };
  window.vitrineEager = function () { eager = Date.now() + 8000; };
  window.setInterval(function () {
    Object.keys(news).forEach(function (id) {
      var tile = shown(id);
      if (!tile) delete news[id];
      else if (busy(tile)) fresh(tile, true);
      else renew(id);
    });
  }, EVERY);

  function sign(row) { var n = row.querySelector(".tl-n"); return row.querySelector("time").dateTime + "/" + (n ? n.textContent : ""); }
  /* What is open stays open and what was loaded stays loaded, where the new lines join the old ones. */
  function renew(id) {
    var tile = shown(id), next = news[id];
    delete news[id];
    if (!tile || !next) return;
    var list = tile.querySelector(".tl"), then = Array.from(next.querySelectorAll(".tl-row")), last = then[then.length - 1];
    var have = {};
    list.querySelectorAll(".tl-row").forEach(function (row) { have[row.dataset.line] = row; });
    var joins = then.some(function (row) { return have[row.dataset.line]; }), focused = document.activeElement;
    if (!joins) { tile.replaceWith(next); local(); return; }
    var until = last.querySelector("time").dateTime, keys = {};
    then.forEach(function (row) { keys[row.dataset.line] = true; });
    Object.keys(have).forEach(function (key) {
      if (!keys[key] && have[key].querySelector("time").dateTime >= until) have[key].remove();
    });
    then.slice().reverse().forEach(function (row) {
      var old = have[row.dataset.line];
      var put = old && sign(old) === sign(row) ? old : row;
      if (old && put !== old) old.remove();
      if (list.firstChild !== put) list.prepend(put);
    });
    fresh(tile, false);
    if (focused && document.contains(focused) && focused !== document.activeElement) focused.focus({ preventScroll: true });
    local();
  }

  /* One question at a time: Dash drops the answer to an older one. Nobody waits for an answer that does not come. */
  var queue = [], asking = 0;
  function ask(what) { queue.push(what); next(); }
  function next() {
    if (!queue.length || Date.now() - asking < 30000) return;
    asking = Date.now();
    window.dash_clientside.set_props("line-asked", { data: Object.assign({ at: asking }, queue.shift()) });
  }
  function answered() { asking = 0; next(); }
  function older(button) {
    if (button.disabled) return;
    button.disabled = true;
    ask({ op: "older", tile: tileOf(button).dataset.tile, after: button.dataset.lineOlder });
  }
  function open(button, op) {
    var row = button.closest(".tl-row"), place = row.querySelector(".tl-more"), was = button.getAttribute("aria-expanded") === "true";
    row.querySelectorAll("[aria-expanded]").forEach(function (one) { one.setAttribute("aria-expanded", "false"); });
    place.hidden = true;
    if (was) return;
    button.setAttribute("aria-expanded", "true");
    place.hidden = false;
    place.textContent = words("Loading…");
    ask({ op: op, tile: tileOf(button).dataset.tile, line: row.dataset.line });
  }
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target.closest("[data-line-fresh],[data-line-older],[data-line-list],[data-line-more],[data-line-full]") : null;
    if (!target || !tileOf(target)) return;
    if (target.matches("[data-line-fresh]")) {
      var id = tileOf(target).dataset.tile;
      renew(id);
      var scroll = shown(id).querySelector(".tl-scroll");
      scroll.scrollTop = 0;
      scroll.focus({ preventScroll: true });
      window.vitrineAnnounce(words("Timeline refreshed"));
    } else if (target.matches("[data-line-older]")) older(target);
    else if (target.matches("[data-line-list]")) open(target, "list");
    else if (target.matches("[data-line-more]")) open(target, "more");
    else {
      var full = target.previousElementSibling.classList.toggle("tl-whole");
      target.setAttribute("aria-expanded", String(full));
      target.textContent = full ? words("Less") : words("Full reply");
    }
  });
  /* The list has no end: at its foot the next lines come by themselves. */
  document.addEventListener("scroll", function (event) {
    var box = event.target;
    if (!(box instanceof Element) || !box.matches(".tl-scroll")) return;
    var button = box.querySelector("[data-line-older]");
    if (button && box.scrollTop > 0 && box.scrollTop + box.clientHeight > box.scrollHeight - 120) older(button);
  }, true);
  /* A reply gets another category; with none, the one it came with. */
  function categorise(control, id, category) {
    control.disabled = true;
    window.dash_clientside.set_props("line-category", { data: {
      tile: tileOf(control).dataset.tile, line: control.closest(".tl-row").dataset.line, event_id: id, category: category, at: Date.now(),
    } });
  }
  document.addEventListener("click", function (event) {
    var undo = event.target instanceof Element && event.target.closest("[data-line-uncategorise]");
    if (undo && !undo.disabled) categorise(undo, undo.dataset.lineUncategorise, "");
  });
  document.addEventListener("change", function (event) {
    var reply = event.target.closest && event.target.closest("[data-line-category]");
    if (reply && reply.value) categorise(reply, reply.dataset.lineCategory, reply.value);
    if (!event.target.matches || !event.target.matches("[data-tile-sort]")) return;
    var next = new URLSearchParams(location.search);
    next.set(event.target.dataset.tileSort, event.target.value);
    window.vitrineGo(location.pathname + "?" + next.toString());
  });
  document.addEventListener("vitrine:refused", function (event) {
    if (event.detail.output === "line-categorised.data") {
      document.querySelectorAll("[data-line-category]:disabled, [data-line-uncategorise]:disabled").forEach(function (one) { one.disabled = false; });
      window.vitrineSay(event.detail.sentence);
    }
    if (event.detail.output !== "line-answered.data") return;
    answered();
    document.querySelectorAll("[data-line-older]:disabled").forEach(function (one) { one.disabled = false; });
    document.querySelectorAll(".tl-row [aria-expanded=true]").forEach(function (one) {
      one.setAttribute("aria-expanded", "false");
      one.closest(".tl-row").querySelector(".tl-more").hidden = true;
    });
    window.vitrineSay(event.detail.sentence);
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.timeline = {
    categorised: function (answer) {
      if (!answer) return window.dash_clientside.no_update;
      window.vitrineEager();
      window.vitrineAnnounce(words("Category changed"));
      ask({ op: "list", tile: answer.tile, line: answer.line });
      return window.dash_clientside.no_update;
    },
    answered: function (answer) {
      var none = window.dash_clientside.no_update, tile = answer && shown(answer.tile);
      if (answer) answered();
      if (!tile) return none;
      if (answer.op !== "older") {
        var row = Array.from(tile.querySelectorAll(".tl-row")).find(function (one) { return one.dataset.line === answer.line; });
        if (row && row.querySelector("[aria-expanded=true]")) { row.querySelector(".tl-more").innerHTML = answer.html; local(); }
        return none;
      }
      var list = tile.querySelector(".tl"), button = tile.querySelector("[data-line-older]"), have = {}, added = 0;
      list.querySelectorAll(".tl-row").forEach(function (one) { have[one.dataset.line] = true; });
      new DOMParser().parseFromString("<ol>" + answer.html + "</ol>", "text/html").querySelectorAll(".tl-row").forEach(function (one) {
        if (have[one.dataset.line]) return;
        list.append(one);
        added += 1;
      });
      local();
      if (!button) return none;
      if (!answer.after) { button.remove(); window.vitrineAnnounce(words("That is all there is")); return none; }
      button.dataset.lineOlder = answer.after;
      button.disabled = false;
      if (!added) older(button);
      else window.vitrineAnnounce(words("{n} older lines", { n: added }));
      return none;
    },
  };
})();
