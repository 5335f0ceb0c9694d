/* The editor's grid: gridstack around the tiles the server rendered. Fetched only while a view is edited.

   Pointer: drag anywhere on a tile, resize at its corner. Keyboard: on a tile's handle, arrows move and Shift with
   arrows resizes. The stored layout is always the one of 12 columns: while the window is too narrow for them the
   grid shows one column, nothing can be dragged, and nothing is reported. */
(function () {
  "use strict";
  var editor = (window.vitrineEditor = window.vitrineEditor || {}), words = window.vitrineWords;
  var COLUMNS = 12, ROW = 100, MARGIN = 8, TALLEST = 12, NARROWEST = 2, LOWEST = 500, NARROW = 760;
  var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function clamp(value, low, high) { return Math.max(low, Math.min(high, value)); }

  function button(name, label, path) {
    var found = document.createElement("button");
    found.type = "button";
    found.className = "ed-tool ed-tool-" + name;
    found.setAttribute("aria-label", label);
    found.title = label;
    found.dataset.act = name;
    found.innerHTML = '<svg viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d="' + path + '"/></svg>';
    return found;
  }
  var PATHS = {
    grab: "M7.5 5.2v.1M12.5 5.2v.1M7.5 10v.1M12.5 10v.1M7.5 14.8v.1M12.5 14.8v.1",
    edit: "M4 16l.8-3.4 8.4-8.4a1.7 1.7 0 0 1 2.5 2.5L7.4 15.2 4 16Z",
    remove: "M4.5 6h11M8 6V3.8h4V6M6 6l.7 10.5h6.6L14 6",
  };

  /* events: {changed(boxes), act(id, name), selected(id), say(text)}; boxes: {id: {x, y, w, h}}. */
  editor.grid = function (host, events) {
    var root = document.createElement("div");
    root.className = "grid-stack";
    host.replaceChildren(root);
    var narrow = window.matchMedia("(max-width:" + NARROW + "px)");
    var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var quiet = 0, dragged = false;
    var stack = window.GridStack.init({
      column: COLUMNS, cellHeight: ROW, margin: MARGIN, float: false, animate: !still, auto: false,
      maxRow: 0, draggable: { handle: ".ed-grab", scroll: true }, resizable: { handles: "se,s,e" }, alwaysShowResizeHandle: "mobile",
      disableDrag: narrow.matches, disableResize: narrow.matches,
    }, root);
    function fold() {
      quiet += 1;
      if (narrow.matches) { stack.column(1, "list"); stack.disable(); }
      else { stack.column(COLUMNS, "list"); stack.enable(); }
      host.closest(".ed").classList.toggle("ed-folded", narrow.matches);
      quiet -= 1;
    }
    function folded() { return stack.getColumn() !== COLUMNS; }
    function items() { return Array.prototype.slice.call(root.children).filter(function (el) { return el.gridstackNode; }); }
    function item(id) { return items().find(function (el) { return el.dataset.tid === id; }); }
    function boxes() {
      var found = {};
      items().forEach(function (el) {
        var n = el.gridstackNode;
        found[el.dataset.tid] = { x: n.x, y: n.y, w: n.w, h: n.h };
      });
      return found;
    }
    function report() { if (!quiet && !folded()) events.changed(boxes()); }
    /* What its type needs to be read; a tile that is smaller from before may stay so. */
    function least(el) { return JSON.parse(el.dataset.least); }
    /* Rows have a fixed height here, so a tile with many lines may end below its edge: then it says so. */
    function cut() {
      items().forEach(function (el) {
        var below = Array.from(el.querySelectorAll(".ed-look>.tile,.ed-look .scroll")).some(function (box) { return box.scrollHeight > box.clientHeight + 14; });
        el.classList.toggle("ed-cut", !folded() && below);
      });
    }
    var measured = new ResizeObserver(function () { window.requestAnimationFrame(cut); });
    function told(el) {
      var n = el.gridstackNode;
      events.say(words("{name}: column {x}, row {y}, {w} wide, {h} high", { name: el.getAttribute("aria-label"), x: n.x + 1, y: n.y + 1, w: n.w, h: n.h }));
    }

    /* Controls stand beside the tile, the tile itself is inert: its own links and plots wait for the published view. */
    function furnish(el, tile, html) {
      var content = el.querySelector(".grid-stack-item-content");
      el.dataset.tid = tile.id;
      el.setAttribute("role", "group");
      el.setAttribute("aria-label", tile.label);
      el.classList.toggle("ed-locked", Boolean(tile.locked));
      el.classList.toggle("ed-hidden", Boolean(tile.hidden));
      var look = document.createElement("div");
      look.className = "ed-look";
      look.dataset.cut = words("More below, shown whole when published");
      look.inert = true;
      look.innerHTML = html;
      var cover = document.createElement("div");
      cover.className = "ed-cover" + (tile.fixed ? "" : " ed-grab");
      var tools = document.createElement("div");
      tools.className = "ed-tools";
      if (!tile.fixed) tools.append(Object.assign(button("grab", words("Move or resize {name}. Arrow keys move, Shift and arrows resize", { name: tile.label }), PATHS.grab)));
      tools.append(button("edit", words("Edit {name}", { name: tile.label }), PATHS.edit));
      if (!tile.fixed) tools.append(button("remove", words("Remove {name}", { name: tile.label }), PATHS.remove));
      if (!tile.fixed) tools.firstChild.classList.add("ed-grab");
      var kept = document.activeElement && content.contains(document.activeElement) ? document.activeElement.dataset.act : null;
      content.replaceChildren(look, cover, tools);
      measured.observe(look);
      if (tile.mark) {
        var mark = document.createElement("span");
        mark.className = "ed-mark";
        mark.textContent = tile.mark;
        content.append(mark);
      }
      if (kept) { var again = content.querySelector('[data-act="' + kept + '"]'); if (again) again.focus({ preventScroll: true }); }
      if (el.ddElement && el.ddElement.ddDraggable) el.ddElement.ddDraggable.refreshHandles();
    }
    function add(tile, html) {
      var el = document.createElement("div");
      el.className = "grid-stack-item";
      var content = document.createElement("div");
      content.className = "grid-stack-item-content";
      el.append(content);
      root.append(el);
      el.dataset.tid = tile.id;
      furnish(el, tile, html);
      el.dataset.least = JSON.stringify([Math.min(tile.least[0], tile.w), Math.min(tile.least[1], tile.h)]);
      quiet += 1;
      /* Folded, each tile stands below the one before it: in one column their own places would collide. */
      var below = stack.engine.nodes.reduce(function (y, n) { return Math.max(y, n.y + n.h); }, 0);
      stack.makeWidget(el, {
        id: tile.id, x: folded() ? 0 : tile.x, y: folded() ? below : tile.y, w: folded() ? 1 : tile.w, h: tile.h, minW: folded() ? 1 : least(el)[0], minH: least(el)[1], maxH: TALLEST,
        noMove: Boolean(tile.fixed), noResize: Boolean(tile.fixed), locked: Boolean(tile.fixed),
      });
      furnish(el, tile, html);
      quiet -= 1;
      return el;
    }

    stack.on("change", report);
    stack.on("dragstart resizestart", function () { dragged = true; });
    stack.on("dragstop resizestop", function () { window.setTimeout(function () { dragged = false; }, 0); });
    function refold() { fold(); events.folded(); }
    narrow.addEventListener("change", refold);

    root.addEventListener("click", function (event) {
      var el = event.target.closest(".grid-stack-item");
      if (!el || dragged) return;
      var tool = event.target.closest("[data-act]");
      if (tool && tool.dataset.act === "grab") return;
      events.act(el.dataset.tid, tool ? tool.dataset.act : "edit");
    });
    root.addEventListener("keydown", function (event) {
      var grab = event.target.closest('[data-act="grab"]'), by = ARROWS[event.key];
      if (!grab || folded()) return;
      var el = grab.closest(".grid-stack-item"), n = el.gridstackNode;
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); events.act(el.dataset.tid, "edit"); return; }
      if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); events.act(el.dataset.tid, "remove"); return; }
      if (!by) return;
      event.preventDefault();
      if (event.shiftKey) stack.update(el, { w: clamp(n.w + by[0], least(el)[0], COLUMNS - n.x), h: clamp(n.h + by[1], least(el)[1], TALLEST) });
      else if (by[0]) stack.update(el, { x: clamp(n.x + by[0], 0, COLUMNS - n.w) });
      else step(el, by[1]);
      told(el);
      grab.focus();
    });
    /* Up and down go past the neighbour, not by one row: with gravity a tile one row lower falls back at once. */
    function step(el, way) {
      var n = el.gridstackNode, over = function (o) { return o !== n && o.x < n.x + n.w && n.x < o.x + o.w; };
      var others = stack.engine.nodes.filter(over);
      if (way > 0) {
        var below = others.filter(function (o) { return o.y >= n.y + n.h; }).sort(function (a, b) { return a.y - b.y; })[0];
        if (below) stack.update(el, { y: clamp(below.y + below.h - n.h, 0, LOWEST) });
      } else {
        var above = others.filter(function (o) { return o.y < n.y; }).sort(function (a, b) { return b.y - a.y; })[0];
        stack.update(el, { y: above ? above.y : Math.max(0, n.y - 1) });
      }
    }

    fold();
    return {
      add: add,
      boxes: boxes,
      folded: folded,
      /* All tiles anew: after the first load, an undo, a merge, a restore. htmls: {id: html}. */
      load: function (tiles, htmls) {
        quiet += 1;
        stack.batchUpdate();
        items().forEach(function (el) { stack.removeWidget(el, true, false); });
        tiles.slice().sort(function (a, b) { return a.y - b.y || a.x - b.x; }).forEach(function (tile) { add(tile, htmls[tile.id] || ""); });
        stack.batchUpdate(false);
        quiet -= 1;
      },
      refresh: function (tile, html) { var el = item(tile.id); if (el) furnish(el, tile, html); },
      remove: function (id) {
        var el = item(id);
        if (!el) return;
        quiet += 1; /* the editor reads the places of the others itself: one removal is one step to undo */
        stack.removeWidget(el, true);
        quiet -= 1;
      },
      place: function (id, box) {
        var el = item(id);
        if (!el || folded()) return;
        var w = clamp(box.w, least(el)[0], COLUMNS);
        stack.update(el, { x: clamp(box.x, 0, COLUMNS - w), y: clamp(box.y, 0, LOWEST), w: w, h: clamp(box.h, least(el)[1], TALLEST) });
        told(el);
      },
      focus: function (id, act) {
        var el = item(id), tool = el && el.querySelector('[data-act="' + (act || "edit") + '"]');
        if (tool) tool.focus();
      },
      select: function (id) {
        items().forEach(function (el) { el.classList.toggle("ed-selected", el.dataset.tid === id); });
      },
      /* Into the middle of the window, and marked for a moment. */
      reveal: function (id) {
        var el = item(id);
        if (!el) return;
        el.classList.add("ed-new");
        window.setTimeout(function () { el.classList.remove("ed-new"); }, 2500);
        /* Once the panel beside has made the grid narrower and gridstack has moved everything to its place. */
        window.setTimeout(function () { el.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" }); }, still ? 50 : 350);
      },
      destroy: function () { narrow.removeEventListener("change", refold); measured.disconnect(); stack.offAll(); stack.destroy(false); },
    };
  };
})();
