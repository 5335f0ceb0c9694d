/* The editor's toolbar, gallery, history and publishing: native dialogs, which keep the focus inside by themselves. */
(function () {
  "use strict";
  var editor = (window.vitrineEditor = window.vitrineEditor || {}), words = window.vitrineWords;
  function at(id) { return document.getElementById(id); }

  /* One sentence at the bottom, with at most one thing to do; it stays while it has the focus or the pointer. */
  var gone = 0;
  editor.toast = function (text, label, act) {
    var bar = at("ed-toast"), button = at("ed-toast-act");
    if (!bar) return;
    window.clearTimeout(gone);
    at("ed-toast-text").textContent = text;
    button.hidden = !label;
    button.textContent = label || "";
    button.onclick = function () { bar.hidden = true; act(); };
    bar.hidden = false;
    editor.now.say(text);
    function later() {
      gone = window.setTimeout(function () {
        if (bar.matches(":hover") || bar.contains(document.activeElement)) later(); else bar.hidden = true;
      }, 8000);
    }
    later();
  };

  /* What others changed meanwhile, and where the two of you changed the same thing. */
  editor.news = function (answer) {
    var box = at("ed-news");
    if (!box || (!answer.merged && !(answer.conflicts || []).length && !answer.note)) return;
    var list = document.createElement("ul");
    (answer.others || []).forEach(function (sentence) { list.append(Object.assign(document.createElement("li"), { textContent: sentence })); });
    (answer.conflicts || []).forEach(function (conflict) {
      var row = document.createElement("li");
      row.append(Object.assign(document.createElement("span"), { textContent: conflict.sentence + " " }));
      var mine = Object.assign(document.createElement("button"), { type: "button", className: "dk-button ed-small", textContent: words("Use mine") });
      mine.addEventListener("click", function () {
        mine.disabled = true;
        editor.now.save().then(function () {
          return editor.now.act({ op: "mine", view_id: editor.state.model.view_id, base: editor.state.base, view: editor.copy(editor.state.view), conflict: conflict.conflict });
        }).then(function (done) { done.merged = true; editor.now.settle(done); row.remove(); editor.now.say(words("Yours is in the draft")); },
          function (told) { editor.toast(told.sentence); });
      });
      row.append(mine);
      list.append(row);
    });
    at("ed-news-text").textContent = answer.note || words("{who} changed this view meanwhile. Both are in the draft now.", { who: answer.who || words("Somebody else") });
    at("ed-news-list").replaceChildren(list);
    box.hidden = false;
    editor.now.say(at("ed-news-text").textContent);
  };

  function opens(dialog, body, op) {
    var now = editor.now;
    return now.ask(Object.assign({ view_id: editor.state.model.view_id }, op)).then(function (answer) {
      body.innerHTML = answer.html;
      if (!dialog.open) dialog.showModal();
      var first = body.querySelector("[autofocus]") || dialog.querySelector("h2");
      if (first) first.focus();
      return answer;
    }, function (told) { editor.toast(told.sentence); });
  }

  /* Every preview whole in its card, as large as it fits. */
  function whole(body) {
    body.querySelectorAll(".ed-card-fit").forEach(function (fit) {
      var look = fit.parentElement, scale = Math.min(look.clientWidth / fit.offsetWidth, look.clientHeight / fit.offsetHeight);
      fit.style.transform = "translateX(" + Math.round((look.clientWidth - scale * fit.offsetWidth) / 2) + "px) scale(" + scale + ")";
    });
  }
  function gallery() {
    var dialog = at("ed-gallery"), body = at("ed-gallery-body"), search = at("ed-gallery-search");
    function filter() {
      var wanted = search.value.trim().toLowerCase(), count = 0;
      body.querySelectorAll("[data-words]").forEach(function (card) {
        var fits = wanted.split(/\s+/).every(function (word) { return card.dataset.words.indexOf(word) !== -1; });
        card.hidden = !fits;
        if (fits) count += 1;
      });
      at("ed-gallery-none").hidden = count > 0;
      at("ed-gallery-count").textContent = count === 1 ? words("1 tile") : words("{n} tiles", { n: count });
    }
    search.addEventListener("input", filter);
    search.addEventListener("keydown", function (event) {
      if (event.key !== "Enter") return;
      event.preventDefault();
      var first = body.querySelector("[data-words]:not([hidden]) [data-add]");
      if (first) first.click();
    });
    body.addEventListener("click", function (event) {
      var button = event.target.closest("[data-add]");
      if (!button) return;
      var card = button.closest("[data-words]"), look = card.querySelector("[data-tile]");
      dialog.close();
      editor.now.add(JSON.parse(button.dataset.add), look.outerHTML);
    });
    at("ed-add").addEventListener("click", function () {
      search.value = "";
      body.innerHTML = '<div class="ed-gallery-wait" aria-hidden="true">' + "<i></i>".repeat(9) + "</div>";
      at("ed-gallery-count").textContent = words("Loading the tiles");
      dialog.showModal();
      search.focus();
      opens(dialog, body, { op: "gallery" }).then(function (answer) {
        if (!answer) { dialog.close(); return; }
        filter();
        whole(body);
        search.focus();
      });
    });
    at("ed-starters").addEventListener("click", function (event) {
      var button = event.target.closest("[data-starter]");
      if (!button) return;
      editor.now.ask({ op: "starter", view_id: editor.state.model.view_id, key: button.dataset.starter }).then(function (answer) {
        editor.now.change(function () { editor.state.view = Object.assign({}, editor.state.view, { tiles: answer.view.tiles }); editor.now.take(answer.html); });
        editor.now.draw();
        editor.now.grid.focus(editor.state.view.tiles[0].id);
      }, function (told) { editor.toast(told.sentence); });
    });
  }

  function history() {
    var dialog = at("ed-history-dialog"), body = at("ed-history-body");
    at("ed-history").addEventListener("click", function () {
      editor.now.save().then(function () { return opens(dialog, body, { op: "history" }); });
    });
    body.addEventListener("click", function (event) {
      var button = event.target.closest("[data-restore],[data-undo-all]");
      if (!button) return;
      if (!button.classList.contains("dk-sure")) {
        button.classList.add("dk-sure");
        button.textContent = button.dataset.restore ? words("Press again to restore") : words("Press again to undo for all");
        return;
      }
      var op = button.dataset.restore ? { op: "restore", version: Number(button.dataset.restore) } : { op: "undo" };
      editor.now.act(Object.assign({ view_id: editor.state.model.view_id }, op)).then(done, function (told) {
        dialog.close();
        editor.toast(told.sentence);
      });
    });
  }
  /* The published view is another one now: leave the editor for it. */
  function done(answer) {
    editor.state.dirty = false;
    document.querySelectorAll("dialog[open]").forEach(function (dialog) { dialog.close(); });
    window.vitrineGo(answer.go);
  }

  function publishing() {
    var dialog = at("ed-publish-dialog"), body = at("ed-publish-body");
    at("ed-publish").addEventListener("click", function () {
      editor.now.save().then(function () { return opens(dialog, body, { op: "review" }); }, function () { /* told in the bar */ });
    });
    body.addEventListener("submit", function (event) {
      event.preventDefault();
      var form = event.target, staged = form.elements.how && form.elements.how.value === "some";
      var stage = staged ? Array.from(form.querySelectorAll('[name="stage"]:checked')).map(function (box) { return Number(box.value); }) : null;
      if (staged && !stage.length) { at("ed-publish-problem").textContent = words("Choose the workspaces that get it first."); at("ed-publish-problem").hidden = false; return; }
      var button = form.querySelector("[type=submit]");
      button.disabled = true;
      editor.now.act({ op: "publish", view_id: editor.state.model.view_id, base: editor.state.base, view: editor.copy(editor.state.view), note: form.elements.note.value, stage: stage }).then(
        function (answer) {
          if (answer.go) { done(answer); return; }
          dialog.close();
          editor.now.settle(answer);
        },
        function (told) {
          button.disabled = false;
          at("ed-publish-problem").textContent = told.sentence;
          at("ed-publish-problem").hidden = false;
        }
      );
    });
    body.addEventListener("change", function (event) {
      if (event.target.name === "how") at("ed-stages").hidden = event.target.value !== "some";
    });
    at("ed-discard").addEventListener("click", function () {
      at("ed-discard-dialog").showModal();
    });
    at("ed-discard-sure").addEventListener("click", function () {
      editor.state.dirty = false;
      editor.now.act({ op: "discard", view_id: editor.state.model.view_id }).then(done, function (told) { editor.toast(told.sentence); });
    });
    var whole = at("ed-lock");
    if (whole) whole.addEventListener("click", function () {
      editor.now.change(function () { editor.state.view.locked = !editor.state.view.locked; });
      whole.setAttribute("aria-pressed", String(editor.state.view.locked));
    });
    var all = at("ed-reset-all");
    if (all) all.addEventListener("click", function () {
      editor.now.act({ op: "drop", view_id: editor.state.model.view_id }).then(done, function (told) { editor.toast(told.sentence); });
    });
  }

  function hiddenTiles() {
    var box = at("ed-hidden");
    if (!box) return;
    var draw = function () {
      var list = editor.state.hidden;
      box.hidden = !list.length;
      at("ed-hidden-list").replaceChildren.apply(at("ed-hidden-list"), list.map(function (one) {
        var button = Object.assign(document.createElement("button"), { type: "button", className: "dk-button ed-small", textContent: words("Show “{name}” again", { name: one.label }) });
        button.addEventListener("click", function () { editor.reset(one.id); });
        var row = document.createElement("li");
        row.append(button);
        return row;
      }));
    };
    editor.drawHidden = draw;
    draw();
  }

  editor.wire = function () {
    editor.panel = editor.makePanel();
    var save = editor.now.save;
    editor.now.save = function () { return editor.panel.settled().then(save); };
    gallery();
    history();
    publishing();
    hiddenTiles();
    at("ed-undo").addEventListener("click", function () { editor.now.undo(); });
    at("ed-redo").addEventListener("click", function () { editor.now.redo(); });
    at("ed-news-close").addEventListener("click", function () { at("ed-news").hidden = true; });
    document.querySelectorAll(".ed dialog").forEach(function (dialog) {
      dialog.addEventListener("click", function (event) {
        if (event.target === dialog || event.target.closest("[data-dialog-close]")) dialog.close();
      });
    });
    editor.leave = function () { return editor.now.save().catch(function () { /* told in the bar; the draft before it stands */ }); };
  };
})();
