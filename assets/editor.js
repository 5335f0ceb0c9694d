/* Editing a view: the state, undo, autosave, merging. Fetched only while a view is edited.

   The browser holds a whole view and proposes it; the server checks it, merges it tile by tile with what others saved
   meanwhile, and says what stands. Every call goes through a guarded callback: one store out, one store back. */
(function () {
  "use strict";
  var editor = (window.vitrineEditor = window.vitrineEditor || {}), words = window.vitrineWords;
  var SAVE_AFTER = 700, RETRY_AFTER = 5000, MOST_UNDO = 100;
  var counter = 0, channels = {};

  function copy(value) { return JSON.parse(JSON.stringify(value)); }
  /* A tile as a text that is equal for equal tiles, whatever the order of its options and what is left out. */
  function print(one) {
    var options = Object.keys(one.options || {}).sort().map(function (key) { return [key, one.options[key]]; });
    return JSON.stringify([one.id, one.type, one.x, one.y, one.w, one.h, one.title || null, Boolean(one.locked), options]);
  }
  function prints(view) {
    var found = {};
    view.tiles.forEach(function (one) { found[one.id] = print(one); });
    return found;
  }
  editor.copy = copy;

  /* One call at a time: Dash drops the answer of a callback that is called again before it came. */
  function channel(name) {
    var queue = [], busy = null;
    function next() {
      if (busy || !queue.length) return;
      busy = queue.shift();
      busy.n = counter += 1;
      window.dash_clientside.set_props(name, { data: Object.assign({ n: busy.n }, busy.op) });
    }
    function end(how, value) {
      var was = busy;
      busy = null;
      if (was) was[how](value);
      next();
    }
    return {
      /* `only`: a waiting call of the same name is pointless now and is given up (its promise stays open). */
      call: function (op, only) {
        return new Promise(function (resolve, reject) {
          if (only) queue = queue.filter(function (waiting) { return waiting.only !== only; });
          queue.push({ op: op, only: only, resolve: resolve, reject: reject });
          next();
        });
      },
      answered: function (data) { if (busy && data && data.n === busy.n) end("resolve", data); },
      refused: function (told) { if (busy) end("reject", told); },
      idle: function () { return !busy && !queue.length; },
    };
  }
  document.addEventListener("vitrine:refused", function (event) {
    Object.keys(channels).forEach(function (name) {
      if (event.detail.output === channels[name].answer) channels[name].refused(event.detail);
    });
  });
  editor.answered = function (answer, data) {
    Object.keys(channels).forEach(function (name) { if (channels[name].answer === answer) channels[name].answered(data); });
  };

  editor.start = function (model) {
    if (editor.stop) editor.stop();
    var host = document.getElementById("ed-grid");
    if (!host) return;
    channels = { ask: channel("editor-ask"), act: channel("editor-act") };
    channels.ask.answer = "editor-asked.data";
    channels.act.answer = "editor-acted.data";

    var state = {
      model: model, view: model.view, base: model.base, marks: model.marks || {}, hidden: model.hidden || [],
      htmls: {}, selected: null, undo: [], redo: [], dirty: false,
    };
    var timer = 0, saving = null;
    var status = document.getElementById("ed-status");

    function say(text) {
      var region = document.getElementById("dk-announce");
      if (region) { region.textContent = ""; window.setTimeout(function () { region.textContent = text; }, 30); }
    }
    function tell(text, kind) {
      status.textContent = text;
      status.className = "ed-status" + (kind ? " ed-status-" + kind : "");
    }
    function tile(id) { return state.view.tiles.find(function (one) { return one.id === id; }); }
    function label(one) { return one.title || (state.titles && state.titles[one.id]) || (model.kinds[one.type] || {}).label || one.type; }
    function shown(one) {
      var mark = state.marks[one.id] || {};
      return Object.assign({}, one, { label: label(one), least: (model.kinds[one.type] || {}).least || [2, 1], mark: mark.mark || (one.locked && !mark.fixed ? words("Locked") : ""), fixed: Boolean(mark.fixed), mine: mark.source });
    }
    /* Split a rendered grid into its tiles; the heading of each is how it is called. */
    function take(html) {
      var box = document.createElement("template");
      box.innerHTML = html;
      state.titles = state.titles || {};
      box.content.querySelectorAll("[data-tile]").forEach(function (el) {
        state.htmls[el.dataset.tile] = el.outerHTML;
        var h = el.querySelector("h2");
        if (h) state.titles[el.dataset.tile] = h.textContent;
      });
    }
    function snapshot() { return { view: copy(state.view), htmls: Object.assign({}, state.htmls), titles: Object.assign({}, state.titles) }; }
    function remember() {
      state.undo.push(snapshot());
      if (state.undo.length > MOST_UNDO) state.undo.shift();
      state.redo = [];
    }
    function buttons() {
      document.getElementById("ed-undo").disabled = !state.undo.length;
      document.getElementById("ed-redo").disabled = !state.redo.length;
      document.getElementById("ed-empty").hidden = state.view.tiles.length > 0;
      document.querySelector(".ed").classList.toggle("ed-is-empty", !state.view.tiles.length);
    }
    function changed() {
      state.dirty = true;
      tell(words("Unsaved changes"));
      buttons();
      window.clearTimeout(timer);
      timer = window.setTimeout(save, SAVE_AFTER);
    }
    /* Everything that changes the view comes through here: undo, autosave and buttons follow. */
    function change(make) {
      remember();
      make();
      changed();
    }
    function draw() {
      grid.load(state.view.tiles.map(shown), state.htmls);
      grid.select(state.selected);
      buttons();
    }
    function back(from, to) {
      if (!from.length) return;
      to.push(snapshot());
      var was = from.pop();
      state.view = was.view;
      Object.assign(state.htmls, was.htmls);
      state.titles = was.titles;
      if (state.selected && !tile(state.selected)) editor.panel.close();
      draw();
      changed();
      if (state.selected) editor.panel.open(state.selected, true);
    }

    function save() {
      window.clearTimeout(timer);
      if (saving) return saving.then(function () { return state.dirty ? save() : undefined; });
      if (!state.dirty) return Promise.resolve();
      state.dirty = false;
      tell(words("Saving…"));
      var sent = copy(state.view);
      saving = channels.act.call({ op: "save", view_id: model.view_id, base: state.base, view: sent }).then(
        function (answer) { saving = null; settle(answer, sent); },
        function (refused) {
          saving = null;
          state.dirty = true;
          tell(refused.sentence, "bad");
          say(refused.sentence);
          if (!refused.status || refused.status >= 500 || refused.status === 429) timer = window.setTimeout(save, RETRY_AFTER);
          throw refused;
        }
      );
      saving.catch(function () { /* told above */ });
      return saving;
    }
    /* What stands on the server after a save. Tiles I touched since sending stay mine until the next save. */
    function settle(answer, sent) {
      state.base = answer.base;
      state.marks = answer.marks || {};
      state.hidden = answer.hidden || [];
      var theirs = prints(answer.view), then = prints(sent || state.view), now = prints(state.view);
      var ids = Object.keys(Object.assign({}, theirs, then));
      state.view.locked = answer.view.locked;
      if (ids.some(function (id) { return theirs[id] !== then[id]; })) {
        var touched = function (id) { return now[id] !== then[id]; };
        var kept = answer.view.tiles.filter(function (one) { return !touched(one.id); });
        state.view.tiles = kept.concat(state.view.tiles.filter(function (one) { return touched(one.id); }));
        if (answer.html) take(answer.html);
        draw();
        if (state.selected && !tile(state.selected)) editor.panel.close();
      } else {
        state.view.tiles.forEach(function (one) { grid.refresh(shown(one), state.htmls[one.id] || ""); });
      }
      editor.drawHidden();
      editor.panel.marked();
      editor.news(answer);
      if (!state.dirty) tell(answer.told || words("Draft saved"));
      document.getElementById("ed-publish").disabled = false;
    }

    var grid = editor.grid(host, {
      say: say,
      changed: function (boxes) {
        if (!state.view.tiles.some(function (one) { var b = boxes[one.id]; return b && (b.x !== one.x || b.y !== one.y || b.w !== one.w || b.h !== one.h); })) return;
        change(function () { state.view.tiles.forEach(function (one) { Object.assign(one, boxes[one.id] || {}); }); });
        editor.panel.moved();
      },
      folded: function () { draw(); },
      act: function (id, act) { if (act === "remove") remove(id); else editor.panel.open(id); },
    });

    function remove(id) {
      var gone = tile(id);
      if (!gone || (state.marks[id] || {}).fixed) return;
      var name = label(gone);
      if (state.selected === id) editor.panel.close();
      change(function () {
        state.view.tiles = state.view.tiles.filter(function (one) { return one.id !== id; });
        grid.remove(id);
        var boxes = grid.folded() ? {} : grid.boxes();
        state.view.tiles.forEach(function (one) { Object.assign(one, boxes[one.id] || {}); });
      });
      editor.toast(words("{name} removed.", { name: name }), words("Undo"), function () { back(state.undo, state.redo); });
      var first = document.querySelector('#ed-grid [data-act="edit"]');
      (first || document.getElementById("ed-add")).focus({ preventScroll: true });
    }
    /* By chance, not by counting: two people who add a tile at once must not mean the same one. */
    function freeId(type) {
      var random = Array.from(window.crypto.getRandomValues(new Uint8Array(6)), function (n) { return (n % 36).toString(36); });
      return type.replace(/_/g, "-").slice(0, 30) + "-" + random.join("");
    }
    function bottom() { return state.view.tiles.reduce(function (y, one) { return Math.max(y, one.y + one.h); }, 0); }
    function room(w, h) {
      for (var y = 0; y <= bottom(); y += 1) {
        for (var x = 0; x + w <= 12; x += 1) {
          if (!state.view.tiles.some(function (o) { return o.x < x + w && x < o.x + o.w && o.y < y + h && y < o.y + o.h; })) return { x: x, y: y };
        }
      }
      return { x: 0, y: bottom() };
    }
    function add(made, html) {
      var one = Object.assign({ title: null, options: {}, locked: false }, made, { id: freeId(made.type) });
      Object.assign(one, room(one.w, one.h));
      take(html.replace('data-tile="' + (made.id || "new") + '"', 'data-tile="' + one.id + '"'));
      change(function () { state.view.tiles.push(one); grid.add(shown(one), state.htmls[one.id] || html); });
      editor.panel.open(one.id);
      grid.reveal(one.id);
      say(words("{name} added", { name: label(one) }));
      return one.id;
    }

    editor.state = state;
    editor.now = {
      ask: function (op, only) { return channels.ask.call(op, only); },
      act: function (op) { return channels.act.call(op); },
      tile: tile, label: label, shown: shown, take: take, change: change, draw: draw, save: save, say: say, tell: tell,
      remove: remove, add: add, grid: grid, buttons: buttons, settle: settle,
      undo: function () { back(state.undo, state.redo); },
      redo: function () { back(state.redo, state.undo); },
    };
    function keys(event) {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      if (event.target.closest && event.target.closest("input,textarea,select,dialog")) return;
      var key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) { event.preventDefault(); editor.now.undo(); }
      else if (key === "y" || (key === "z" && event.shiftKey)) { event.preventDefault(); editor.now.redo(); }
    }
    function flush() { save().catch(function () { /* told in the bar */ }); }
    function leaving(event) { if (state.dirty || saving) { save(); event.preventDefault(); } }
    document.addEventListener("keydown", keys);
    window.addEventListener("beforeunload", leaving);
    window.addEventListener("popstate", flush);
    editor.stop = function () {
      document.removeEventListener("keydown", keys);
      window.removeEventListener("beforeunload", leaving);
      window.removeEventListener("popstate", flush);
      window.clearTimeout(timer);
      grid.destroy();
      editor.stop = null;
    };
    take(document.getElementById("ed-first").innerHTML);
    document.getElementById("ed-first").remove();
    editor.wire();
    draw();
    editor.news(model);
    tell(model.told || "");
  };
})();
