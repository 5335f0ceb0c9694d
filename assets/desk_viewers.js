/* The field "Add viewers": Tab, Enter, a comma or a paste makes a chip of each address; wrong ones are marked. */
(function () {
  "use strict";
  var words = window.vitrineWords || function (text) { return text; };
  var between = /[\s,;]+/;

  function good(address) { return /^[^\s@,;:<>()[\]"\\]+@[^\s@,;:<>()[\]"\\]+$/.test(address) && address.length <= 254; }

  function parsed(text) {
    var named = text.match(/<[^<>]*>/g);
    var parts = named ? named.map(function (one) { return one.slice(1, -1); }) : text.split(between);
    return parts.map(function (one) { return one.trim().toLowerCase(); }).filter(Boolean);
  }

  /* What the server gets: every chip, wrong ones too, for it says which address is none. */
  function keep(box) {
    var chips = box.querySelectorAll("[data-address]"), found = [];
    chips.forEach(function (chip) { found.push(chip.getAttribute("data-address")); });
    window.dash_clientside.set_props(box.getAttribute("data-viewers"), { data: found });
  }

  function add(box, input, text) {
    var added = parsed(text);
    added.forEach(function (address) {
      if (box.querySelector('[data-address="' + window.CSS.escape(address) + '"]')) return;
      var chip = document.createElement("span"), remove = document.createElement("button");
      chip.className = good(address) ? "dk-viewer" : "dk-viewer dk-wrong";
      chip.setAttribute("data-address", address);
      chip.textContent = address;
      if (!good(address)) chip.title = words("This is not an e-mail address");
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", words("Remove") + " " + address);
      chip.appendChild(remove);
      box.insertBefore(chip, input);
    });
    input.value = "";
    keep(box);
  }

  function boxOf(target) {
    var box = target instanceof Element ? target.closest("[data-viewers]") : null;
    return box && { box: box, input: box.querySelector("input") };
  }

  document.addEventListener("keydown", function (event) {
    var at = boxOf(event.target);
    if (!at || event.target !== at.input) return;
    var typed = at.input.value.trim();
    if (typed && (event.key === "Enter" || event.key === "Tab" || event.key === "," || event.key === ";")) {
      event.preventDefault();
      add(at.box, at.input, typed);
    } else if (event.key === "Backspace" && !at.input.value) {
      var chips = at.box.querySelectorAll("[data-address]");
      if (chips.length) { chips[chips.length - 1].remove(); keep(at.box); }
    }
  }, true);
  document.addEventListener("paste", function (event) {
    var at = boxOf(event.target), text = event.clipboardData && event.clipboardData.getData("text");
    if (!at || event.target !== at.input || !text || !between.test(text.trim())) return;
    event.preventDefault();
    add(at.box, at.input, at.input.value + " " + text);
  }, true);
  document.addEventListener("focusout", function (event) {
    var at = boxOf(event.target);
    if (at && event.target === at.input && at.input.value.trim()) add(at.box, at.input, at.input.value);
  });
  document.addEventListener("click", function (event) {
    var at = boxOf(event.target);
    if (at) {
      var chip = event.target.closest("[data-address]");
      if (chip && event.target.closest("button")) { chip.remove(); keep(at.box); }
      at.input.focus();
    }
    var act = event.target instanceof Element && event.target.closest("[data-viewer-act]");
    if (act) {
      window.dash_clientside.set_props(act.getAttribute("data-act-store") || "viewer-act", {
        data: { act: act.getAttribute("data-viewer-act"), id: Number(act.getAttribute("data-viewer-id")), at: Date.now() },
      });
    }
  });
})();
