/* Forms and menus of server-made pages: what is sent travels in a dcc.Store to a guarded callback. */
(function () {
  "use strict";
  var words = window.vitrineWords;
  function set(store, data) {
    window.dash_clientside.set_props(store, { data: Object.assign({ at: Date.now() }, data) });
  }
  function file(field) {
    return new Promise(function (resolve, reject) {
      var reader = new FileReader();
      reader.onload = function () { resolve(reader.result); };
      reader.onerror = reject;
      reader.readAsDataURL(field.files[0]);
    });
  }
  /* Every named field as text; a box that is ticked or not as true or false; a file as base64; several of a name as a list. */
  function values(form, pressed) {
    var found = { op: form.getAttribute("data-op") }, files = [];
    if (form.hasAttribute("data-id")) found.id = Number(form.getAttribute("data-id"));
    Array.from(form.elements).forEach(function (field) {
      if (!field.name || field.type === "submit" || field.disabled) return;
      if (field.type === "file") {
        if (field.files.length) files.push(file(field).then(function (text) { found[field.name] = text.split(",")[1] || ""; }));
      } else if (field.hasAttribute("data-list")) {
        found[field.name] = found[field.name] || [];
        if (field.checked) found[field.name].push(Number(field.value));
      } else if (field.type === "checkbox") found[field.name] = field.checked;
      else if (field.type !== "radio" || field.checked) found[field.name] = field.value;
    });
    if (pressed && pressed.name) found[pressed.name] = pressed.value;
    return Promise.all(files).then(function () { return found; });
  }
  /* A file larger than its field takes is told at once: the server would refuse the whole request. */
  function tooBig(field) {
    var most = field.type === "file" && Number(field.getAttribute("data-most"));
    if (!most || !field.files.length || field.files[0].size <= most) return false;
    field.setCustomValidity(field.getAttribute("data-much"));
    field.addEventListener("change", function () { field.setCustomValidity(""); }, { once: true });
    return !field.reportValidity();
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.hasAttribute("data-goes")) {
      event.preventDefault();
      var way = new URL(form.getAttribute("data-goes"), location.href);
      new FormData(form).forEach(function (value, name) { if (String(value).trim()) way.searchParams.set(name, value.trim()); });
      window.vitrineGo(way.pathname + way.search);
      return;
    }
    if (!form.hasAttribute("data-store")) return;
    event.preventDefault();
    if (Array.from(form.elements).some(tooBig)) return;
    values(form, event.submitter).then(function (found) {
      set(form.getAttribute("data-store"), found);
      var dialog = form.closest("dialog");
      if (dialog && !form.hasAttribute("data-stays")) { dialog.close(); form.reset(); }
    });
  });
  /* What cannot be taken back asks a second time, in a dialog that names it. */
  function sure(button, then) {
    var dialog = document.createElement("dialog"), text = document.createElement("p"), foot = document.createElement("div");
    dialog.className = "dk-modal";
    dialog.setAttribute("aria-labelledby", "sure-text");
    text.id = "sure-text";
    text.textContent = button.getAttribute("data-sure");
    foot.className = "dk-modal-foot";
    [[words("Cancel"), "dk-button", null], [button.textContent.trim(), "dk-button dk-button-danger", then]].forEach(function (one) {
      var made = document.createElement("button");
      made.type = "button";
      made.className = one[1];
      made.textContent = one[0];
      made.addEventListener("click", function () { dialog.close(); if (one[2]) one[2](); });
      foot.append(made);
    });
    dialog.append(text, foot);
    dialog.addEventListener("close", function () { dialog.remove(); });
    /* Inside an open dialog of Bootstrap's, which would call the focus back from anywhere else. */
    (button.closest(".modal") || document.body).append(dialog);
    dialog.showModal();
  }
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    var opens = target.closest("[data-opens]");
    if (opens) {
      var opened = document.getElementById(opens.getAttribute("data-opens")), zone = opened.querySelector("[data-own-zone]");
      if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
      opened.showModal();
    }
    var shuts = target.closest("[data-shuts]");
    if (shuts) shuts.closest("dialog").close();
    var button = target.closest("button[data-store]");
    if (!button) return;
    var menu = button.closest("details.dk-pop");
    if (menu) menu.removeAttribute("open");
    function send() { set(button.getAttribute("data-store"), { op: button.getAttribute("data-op"), id: Number(button.getAttribute("data-id")) }); }
    if (button.hasAttribute("data-sure")) sure(button, send); else send();
  });
  /* A chosen text file fills the field beside it; a choice that sends itself does so when it changes; a colour shows itself. */
  document.addEventListener("change", function (event) {
    var field = event.target, fills = field.getAttribute("data-fills");
    if (fills && field.files.length) field.files[0].text().then(function (text) { document.getElementById(fills).value = text; });
    if (field.hasAttribute("data-sends")) field.form.requestSubmit();
  });
  document.addEventListener("input", function (event) {
    var field = event.target, twin = field.getAttribute("data-twin"), other = twin && document.getElementById(twin);
    if (!other) return;
    if (/^#[0-9a-f]{6}$/i.test(field.value)) other.value = field.value.toLowerCase();
    var form = field.closest("form[data-previews]");
    if (form) { window.clearTimeout(previewing); previewing = window.setTimeout(function () { set(form.getAttribute("data-previews"), { colour: field.value }); }, 120); }
  });
  var previewing = 0;
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.forms = {
    /* What came of a form in an open dialog is shown in it: the page lies behind. */
    told: function () {
      window.setTimeout(function () {
        var said = document.querySelector("#accounts-told [data-into]"), into = said && document.getElementById(said.getAttribute("data-into"));
        if (into && into.closest("dialog[open]")) into.replaceChildren(said.cloneNode(true));
      }, 60);
      return "";
    },
    /* An act that leads to another page. */
    go: function (address) {
      if (!address) return window.dash_clientside.no_update;
      window.vitrineGo(address);
      return "";
    },
  };
  document.addEventListener("vitrine:refused", function (event) {
    if (/accounts-|people-|general-|account-|alerts-|questions-|notes-|share-head|shares-list|domain-/.test(String(event.detail.output)) && event.detail.status < 500) window.vitrineSay(event.detail.sentence);
  });
})();
