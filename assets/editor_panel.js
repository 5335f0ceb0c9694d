/* The editor's side panel: a tile's title, options, size and place; the tile follows each choice. */
(function () {
  "use strict";
  var editor = (window.vitrineEditor = window.vitrineEditor || {}), words = window.vitrineWords;
  var TYPING = 150;

  /* A form's values as the server reads them: a text, or a list where a name stands several times. */
  function values(form) {
    var found = {};
    new FormData(form).forEach(function (value, name) {
      if (name.indexOf("place-") === 0 || name === "copy-to") return;
      found[name] = name in found ? [].concat(found[name], value) : form.querySelector('[name="' + name + '"][data-many]') ? [value] : value;
    });
    return found;
  }

  function panel() {
    var aside = document.getElementById("ed-panel"), body = document.getElementById("ed-panel-body");
    var timer = 0, opened = null, pending = Promise.resolve();
    var places = ["x", "y", "w", "h"];

    /* What was typed a moment ago is not lost by closing the panel, opening another tile or publishing. */
    function settled() {
      if (timer) preview();
      return pending;
    }

    function open(id, quiet) {
      settled();
      var now = editor.now, one = now.tile(id);
      if (!one) return;
      editor.state.selected = opened = id;
      now.grid.select(id);
      aside.hidden = false;
      body.inert = body.dataset.tile !== id; /* the old tile's form must not be filled in for this one */
      document.querySelector(".ed").classList.add("ed-with-panel");
      now.ask({ op: "panel", view_id: editor.state.model.view_id, tile: editor.copy(one) }, "panel").then(function (answer) {
        if (opened !== id) return;
        body.innerHTML = answer.html;
        body.dataset.tile = id;
        body.inert = false;
        fields();
        marked();
        moved();
        var head = document.getElementById("ed-panel-title");
        if (!quiet && head) head.focus({ preventScroll: true });
      }, refused);
      window.setTimeout(function () { if (opened === id) now.grid.reveal(id); }, 200);
    }
    function close() {
      settled();
      var was = opened;
      opened = editor.state.selected = null;
      aside.hidden = true;
      body.replaceChildren();
      delete body.dataset.tile;
      document.querySelector(".ed").classList.remove("ed-with-panel");
      editor.now.grid.select(null);
      if (was) editor.now.grid.focus(was);
    }
    function refused(told) {
      var at = document.getElementById("ed-panel-problem");
      if (at) { at.textContent = told.sentence; at.hidden = !told.sentence; }
      if (told.sentence) editor.now.say(told.sentence);
    }
    /* The tile as it would look with what the form says. Only an accepted choice becomes part of the view. */
    function preview() {
      var id = opened, form = document.getElementById("ed-form");
      window.clearTimeout(timer);
      timer = 0;
      if (!id || !form) return;
      var asked = editor.copy(editor.now.tile(id)), began = performance.now();
      pending = editor.now.ask({ op: "preview", view_id: editor.state.model.view_id, tile: asked, form: values(form) }, "preview" + id).then(function (answer) {
        var found = answer.problems || {}, one = editor.now.tile(id);
        editor.took = performance.now() - began;
        if (opened === id) problems(found);
        if (!one || Object.keys(found).length) return;
        editor.now.change(function () {
          one.title = answer.tile.title === undefined ? null : answer.tile.title;
          one.options = answer.tile.options;
          editor.now.take(answer.html);
          editor.now.grid.refresh(editor.now.shown(one), editor.state.htmls[id]);
        });
        if (opened === id) called(one.title || answer.own_title, answer.own_title);
      }, refused);
    }
    /* The panel is headed as the tile is, whatever was chosen meanwhile. */
    function called(title, own) {
      document.getElementById("ed-panel-title").textContent = title;
      document.getElementById("ed-f-title").placeholder = own;
    }
    /* A browser cuts what is too long without a word: how much of the room is taken stands below. */
    function counted(control) {
      var at = control.name && body.querySelector('[data-count="' + control.name + '"]');
      if (!at) return;
      at.textContent = words("{n} of {most} characters", { n: control.value.length, most: control.maxLength });
      at.classList.toggle("ed-full", control.value.length >= control.maxLength);
    }
    function problems(found) {
      var form = document.getElementById("ed-form");
      refused({ sentence: found[""] || "" });
      form.querySelectorAll("[data-problem]").forEach(function (at) {
        var text = found[at.dataset.problem] || "", control = form.elements[at.dataset.problem];
        at.textContent = text;
        at.hidden = !text;
        if (control && control.setAttribute) {
          if (text) control.setAttribute("aria-invalid", "true"); else control.removeAttribute("aria-invalid");
        }
      });
    }
    /* Fields that only matter under some choice of another one. */
    function fields() {
      var form = document.getElementById("ed-form");
      form.querySelectorAll("[data-only-if]").forEach(function (at) {
        var other = form.elements[at.dataset.onlyIf];
        at.hidden = Boolean(other) && other.value !== at.dataset.onlyValue;
      });
      form.querySelectorAll("[data-unless]").forEach(function (at) {
        var other = form.elements[at.dataset.unless];
        at.hidden = Boolean(other) && other.value === at.dataset.unlessValue;
      });
    }
    function moved() {
      var one = opened && editor.now.tile(opened);
      if (!one) return;
      places.forEach(function (name) {
        var input = body.querySelector('[name="place-' + name + '"]');
        if (input && input !== document.activeElement) input.value = one[name] + (name === "x" || name === "y" ? 1 : 0);
      });
    }
    function place() {
      var box = {};
      var fine = places.every(function (name) {
        var input = body.querySelector('[name="place-' + name + '"]');
        box[name] = Math.round(Number(input.value)) - (name === "x" || name === "y" ? 1 : 0);
        return input.value !== "" && input.checkValidity();
      });
      if (!fine) { refused({ sentence: words("Columns go from 1 to 12, widths from 2 to 12, heights from 1 to 12.") }); return; }
      refused({ sentence: "" });
      editor.now.grid.place(opened, box);
      moved();
    }
    /* What the agency's template has to say about this tile. */
    function marked() {
      var one = opened && editor.now.tile(opened), at = document.getElementById("ed-panel-mark");
      if (!one || !at) return;
      var mark = editor.state.marks[opened] || {};
      at.hidden = !mark.differs;
      /* A tile the template never had has nothing to go back to: that would remove it. */
      at.querySelector("[data-panel=reset]").hidden = mark.source === "added";
      document.getElementById("ed-differs").textContent = mark.differs || "";
      document.getElementById("ed-fixed").hidden = !mark.fixed;
      body.querySelectorAll("[data-when-free]").forEach(function (el) { el.hidden = Boolean(mark.fixed); });
      document.querySelectorAll("#ed-form fieldset").forEach(function (set) { set.disabled = Boolean(mark.fixed); });
      var word = body.querySelector('[data-panel="remove"] span:last-child');
      if (word) word.textContent = mark.source && mark.source !== "added" ? words("Hide here") : words("Remove");
      var lock = body.querySelector('[data-panel="lock"]');
      if (lock) {
        lock.setAttribute("aria-pressed", String(Boolean(one.locked)));
        lock.querySelector("span:last-child").textContent = one.locked ? words("Unlock for workspaces") : words("Lock for workspaces");
      }
    }

    body.addEventListener("input", function (event) {
      if (!event.target.name || event.target.name.indexOf("place-") === 0 || event.target.name === "copy-to") return;
      window.clearTimeout(timer);
      fields();
      counted(event.target);
      var typed = event.target.matches("input[type=text],input[type=search],input[type=number],input[type=date],textarea,input:not([type])");
      timer = window.setTimeout(preview, typed ? TYPING : 0);
    });
    body.addEventListener("change", function (event) {
      if (event.target.name && event.target.name.indexOf("place-") === 0) place();
    });
    body.addEventListener("submit", function (event) { event.preventDefault(); });
    body.addEventListener("click", function (event) {
      var button = event.target.closest("[data-panel]"), now = editor.now, one = opened && now.tile(opened);
      if (!button || !one) return;
      var what = button.dataset.panel;
      if (what === "remove") now.remove(opened);
      else if (what === "duplicate") now.add(editor.copy(one), editor.state.htmls[one.id]);
      else if (what === "lock") { now.change(function () { one.locked = !one.locked; now.grid.refresh(now.shown(one), editor.state.htmls[one.id]); }); marked(); }
      else if (what === "reset") editor.reset(one.id);
      else if (what === "copy") {
        var to = document.getElementById("ed-copy-to");
        now.save().then(function () {
          return now.act({ op: "copy", view_id: editor.state.model.view_id, tile_id: one.id, to: Number(to.value) });
        }).then(function (answer) { editor.toast(answer.told); }, refused);
      }
    });
    aside.addEventListener("keydown", function (event) { if (event.key === "Escape") { event.stopPropagation(); close(); } });
    document.getElementById("ed-panel-close").addEventListener("click", close);
    return { open: open, close: close, moved: moved, marked: marked, settled: settled };
  }

  /* This tile as the template has it: a hidden one comes back, an added one goes. */
  editor.reset = function (id) {
    var now = editor.now, state = editor.state;
    return now.ask({ op: "reset", view_id: state.model.view_id, tile_id: id, view: editor.copy(state.view) }).then(function (answer) {
      now.change(function () {
        state.view = answer.view;
        now.take(answer.html);
      });
      delete state.marks[id];
      state.hidden = state.hidden.filter(function (one) { return one.id !== id; });
      now.draw();
      editor.drawHidden();
      if (state.selected) { if (now.tile(state.selected)) editor.panel.open(state.selected, true); else editor.panel.close(); }
      now.say(words("As in the template"));
    }, function (told) { editor.toast(told.sentence); });
  };
  editor.makePanel = panel;
})();
