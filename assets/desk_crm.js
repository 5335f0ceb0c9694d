/* Lists of contacts, deals and campaigns: parts of the page are fetched and put in, acts are sent and can be undone. */
(function () {
  "use strict";
  var words = window.vitrineWords, timer = 0, picked = new Set(), asked = 0;

  function cookie() {
    var found = document.cookie.match(/(?:^|; )_csrf_token=([^;]+)/);
    return found ? decodeURIComponent(found[1]) : "";
  }
  function root(from) { return (from && from.closest("[data-crm]")) || document.querySelector("#crm-part [data-crm], #crm-card-part [data-crm]"); }
  function slug() {
    var found = location.pathname.match(/^\/w\/([^/]+)/);
    return found ? found[1] : "";
  }

  /* Send one act. Resolves with the answer; a refusal is said where it belongs and resolves with null. */
  function act(body, place) {
    return fetch("/w/" + slug() + "/acts", {
      method: "POST", credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookie() },
      body: JSON.stringify(body),
    }).then(function (response) {
      if (response.status === 401) { location.reload(); return null; }
      return response.json().then(function (answer) {
        if (response.ok) return answer;
        if (answer.stale) return answer;
        problem(place, answer.detail);
        return null;
      });
    }, function () { problem(place, words("The server cannot be reached just now; trying again.")); return null; });
  }
  function problem(place, sentence) {
    var box = place && place.querySelector("[data-crm-problem]");
    if (!box) { window.vitrineSay(sentence); return; }
    box.textContent = sentence;
    box.hidden = false;
  }

  /* What was done, with the way back for ten seconds. */
  function done(answer) {
    if (!answer || !answer.said) return;
    window.vitrineAnnounce(answer.said);
    var old = document.querySelector(".crm-done");
    if (old) old.remove();
    var bar = document.createElement("div");
    bar.className = "crm-done";
    bar.append(Object.assign(document.createElement("span"), { textContent: answer.said }));
    if (answer.undo) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "dk-button";
      button.textContent = words("Undo");
      button.addEventListener("click", function () {
        bar.remove();
        act(answer.undo).then(function (back) { done(back); refresh(); });
      });
      bar.append(button);
    }
    (document.querySelector("dialog[open]") || document.body).append(bar);
    window.setTimeout(function () { bar.remove(); }, 10000);
  }

  /* The page's part for an address; `push`: a step that Back undoes. */
  function load(address, push) {
    var here = root();
    if (!here) { window.vitrineGo(address); return Promise.resolve(); }
    var url = new URL(address, location.href), mine = ++asked, of = here.dataset.crmOf;
    if (of === "contact") return card();
    url.searchParams.set("of", of);
    return fetch("/w/" + slug() + "/part.html?" + url.searchParams, { credentials: "same-origin", headers: { Accept: "text/html" } }).then(function (response) {
      if (!response.ok) { window.vitrineSay(words("This could not be shown. Reload the page.")); return; }
      return response.text().then(function (text) {
        if (mine !== asked) return;
        var part = document.getElementById("crm-part"), focus = document.activeElement, id = focus && focus.id, at = focus && focus.selectionStart;
        if (!part) return;
        var menus = Array.from(part.querySelectorAll("details[open] > summary"), function (one) { return one.firstChild.textContent; });
        part.innerHTML = text;
        part.querySelectorAll(".crm-filters details > summary").forEach(function (one) { if (menus.indexOf(one.firstChild.textContent) >= 0 && focus && /^crm-f-/.test(id || "")) one.parentElement.open = true; });
        picked.clear();
        if (push) history.pushState({}, "", url.pathname + strip(url));
        var again = id && document.getElementById(id);
        if (again) { again.focus(); if (at != null && again.setSelectionRange) again.setSelectionRange(at, at); }
        var count = part.querySelector(".dk-sub");
        if (push && count) window.vitrineAnnounce(count.textContent);
      });
    });
  }
  function strip(url) {
    url.searchParams.delete("of");
    var text = url.searchParams.toString();
    return text ? "?" + text : "";
  }
  function card() { return window.vitrineCard ? window.vitrineCard.reload() : Promise.resolve(); }
  function refresh() {
    var jobs = [];
    if (document.getElementById("crm-part")) jobs.push(load(location.pathname + location.search, false));
    jobs.push(card());
    return Promise.all(jobs);
  }
  window.vitrineCrm = { act: act, done: done, refresh: refresh, slug: slug, load: load };
  window.addEventListener("popstate", function () { if (document.getElementById("crm-part") && root()) window.setTimeout(function () { if (root()) load(location.pathname + location.search, false); }, 400); });

  /* A form's values: hidden numbers and lists are JSON, boxes are true or left out. The workspace's own fields are
     named "own.<key>"; a form that sends what was changed (data-changed) has it under `values`. */
  function values(form) {
    var body = { op: form.dataset.crmForm }, changed = form.hasAttribute("data-changed");
    if (changed) body.values = {};
    Array.from(form.elements).forEach(function (field) {
      if (!field.name) return;
      if (changed && !field.hasAttribute("data-json")) { if (field.value !== was(field)) body.values[field.name] = field.value; return; }
      if (field.name.indexOf("own.") === 0) { body.own = body.own || {}; if (field.value) body.own[field.name.slice(4)] = field.value; return; }
      if (field.type === "checkbox") { if (field.checked) body[field.name] = true; return; }
      if (field.hasAttribute("data-json")) { body[field.name] = JSON.parse(field.value); return; }
      body[field.name] = field.value;
    });
    return body;
  }

  function was(field) {
    if (field.tagName !== "SELECT") return field.defaultValue;
    var first = Array.from(field.options).find(function (one) { return one.defaultSelected; });
    return first ? first.value : field.options[0].value;
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.matches("[data-crm-form]")) {
      event.preventDefault();
      var dialog = form.closest("dialog.dk-small-dialog"), button = form.querySelector("button:not([type=button])");
      if (button) button.disabled = true;
      act(values(form), form).then(function (answer) {
        if (button) button.disabled = false;
        if (!answer) return;
        if (answer.stale) { stale(form, answer); return; }
        if (dialog) dialog.close();
        form.reset();
        if (answer.gone) { gone(answer); return; }
        refresh().then(function () { done(answer); });
        if (answer.soon) window.setTimeout(refresh, 2200);
      });
    } else if (form.matches("[data-crm-filter]")) {
      event.preventDefault();
      search(form);
    } else if (form.matches("[data-bulk-tag]")) {
      event.preventDefault();
      bulk("tag", form.elements.tag.value);
    }
  });

  /* Somebody changed it meanwhile: both values are said, and saving again keeps one's own. */
  function stale(form, answer) {
    form.elements.version.value = answer.version;
    var field = form.elements[answer.field];
    problem(form, answer.detail + " " + words("Theirs: {theirs}. Yours: {yours}.", { theirs: String(answer.theirs || "–"), yours: field && field.value ? field.value : "–" }) + " " + words("Save again to keep yours."));
  }
  /* A deal's form, as it stands now. */
  document.addEventListener("click", function (event) {
    var from = event.target instanceof Element && event.target.closest("[data-deal-edit]"), dialog = from && document.getElementById("crm-deal-edit");
    if (!dialog) return;
    fetch("/w/" + slug() + "/part.html?of=deal&id=" + from.dataset.dealEdit, { credentials: "same-origin", headers: { Accept: "text/html" } }).then(function (response) {
      return response.ok ? response.text() : null;
    }).then(function (text) {
      if (text === null) { window.vitrineSay(words("This could not be shown. Reload the page.")); return; }
      dialog.innerHTML = text;
      if (!dialog.open) dialog.showModal();
      dialog.querySelector("form").elements.title.focus();
    });
  });
  /* The person whose card was open is no more: back to the list, which says what was done. */
  function gone(answer) {
    if (window.vitrineCard) window.vitrineCard.close();
    if (document.getElementById("crm-card-part")) window.vitrineGo("/w/" + slug() + "/contacts");
    else refresh();
    done(answer);
  }
  /* An action that was searched for opens its dialog on its page. */
  var dialogs = { contacts: { new: "crm-new", import: "crm-import" }, deals: { new: "crm-deal", import: "crm-import" } };
  function wanted() {
    var page = location.pathname.split("/")[3], what = new URLSearchParams(location.search).get("do");
    var dialog = what && dialogs[page] && document.getElementById(dialogs[page][what]);
    var make = what === "new" && page === "tasks" && document.querySelector("[data-task-new]");
    if (!dialog && !make) return;
    history.replaceState(history.state, "", location.pathname);
    if (dialog && !dialog.open) dialog.showModal();
    if (make) make.click();
  }
  new MutationObserver(function () { if (location.search.indexOf("do=") > 0) wanted(); }).observe(document.getElementById("page") || document.body, { childList: true, subtree: true });
  wanted();
  /* Whoever proved who they are comes back to what they were about to do. */
  function confirmed() {
    var dialog = document.getElementById("crm-erase");
    if (dialog && new URLSearchParams(location.search).get("erase") && !dialog.open) {
      history.replaceState(history.state, "", location.pathname);
      dialog.showModal();
    }
  }
  confirmed();

  function search(form) {
    var query = new URLSearchParams();
    new FormData(form).forEach(function (value, name) { if (value && !(name === "sort" && value === "-last")) query.set(name, value); });
    var text = query.toString();
    load(form.getAttribute("action") + (text ? "?" + text : ""), true);
  }
  document.addEventListener("input", function (event) {
    var form = event.target.closest("[data-crm-filter]");
    if (!form || event.target.type === "checkbox") return;
    window.clearTimeout(timer);
    timer = window.setTimeout(function () { search(form); }, event.target.type === "search" ? 220 : 0);
  });

  /* Selecting rows. */
  function shown() {
    var bar = document.querySelector("[data-crm-bulk]");
    if (!bar) return;
    bar.hidden = !picked.size;
    bar.querySelector("[data-crm-selected]").textContent = words("{n} selected", { n: picked.size });
    var merge = bar.querySelector("[data-bulk-merge]");
    if (merge) merge.hidden = picked.size !== 2;
  }
  document.addEventListener("change", function (event) {
    var field = event.target;
    if (field.matches("[data-ls-row]")) {
      var id = Number(field.dataset.lsRow);
      if (field.checked) picked.add(id); else picked.delete(id);
      field.closest("tr").classList.toggle("ls-picked", field.checked);
      shown();
    } else if (field.matches("[data-ls-all]")) {
      field.closest("table").querySelectorAll("[data-ls-row]").forEach(function (box) {
        if (box.checked !== field.checked) { box.checked = field.checked; box.dispatchEvent(new Event("change", { bubbles: true })); }
      });
    } else if (field.matches("[data-crm-go]")) {
      if (field.value) load(field.value, true);
    } else if (field.matches("[data-bulk]")) {
      if (field.value) bulk(field.dataset.bulk, field.value);
    } else if (field.matches("[data-bulk-campaign]")) {
      if (field.value) act({ op: "campaign", ids: Array.from(picked), campaign: field.value }).then(after);
    } else if (field.closest("[data-crm-columns]")) {
      var chosen = Array.from(field.closest("[data-crm-columns]").querySelectorAll("input:checked"), function (one) { return one.value; });
      act({ op: "columns", listing: field.closest("[data-crm-columns]").dataset.crmColumns, columns: chosen }).then(function () { return refresh(); });
    } else if (field.id === "crm-import-file") {
      dryRun(field);
    } else if (field.closest("[data-crm-mapping]")) {
      dryRun(document.getElementById("crm-import-file"), mapping());
    }
  });
  function bulk(field, value) { act({ op: "bulk", ids: Array.from(picked), field: field, value: value }).then(after); }
  function after(answer) { if (answer) refresh().then(function () { done(answer); }); else refresh(); }

  /* Importing: the columns are guessed on the server, each can be chosen anew, and every row is told before it is kept. */
  var sent = {};
  function mapping() {
    var found = {};
    document.querySelectorAll("[data-crm-mapping] select").forEach(function (one) { found[one.dataset.column] = one.value; });
    return found;
  }
  function dryRun(input, chosen) {
    var form = input.closest("form"), file = input.files[0];
    form.querySelector("[data-crm-problem]").hidden = true;
    if (!file) return;
    if (file.size > 1100000) { problem(form, words("This file is larger than 1 MB; use vitrine ingest on the server.")); return; }
    read(file).then(function (found) {
      sent = found;
      var body = Object.assign({ op: form.dataset.crmImport, dry: true }, sent);
      if (chosen) body.mapping = chosen;
      return act(body, form);
    }).then(function (answer) { if (answer) told(form, answer); });
  }
  /* A workbook goes as base64, anything else as the text it is. */
  function read(file) {
    if (!/\.xlsx$/i.test(file.name)) return file.text().then(function (text) { return { text: text }; });
    return new Promise(function (done) {
      var reader = new FileReader();
      reader.onload = function () { done({ xlsx: String(reader.result).split(",")[1] || "" }); };
      reader.readAsDataURL(file);
    });
  }
  function told(form, answer) {
    var place = form.querySelector("[data-crm-mapping]"), table = document.createElement("table");
    table.className = "ls-table crm-mapping";
    answer.columns.forEach(function (column, n) {
      var row = table.insertRow(), name = document.createElement("th"), select = document.createElement("select");
      name.textContent = column.name;
      select.className = "dk-input";
      select.dataset.column = column.name;
      select.setAttribute("aria-label", words("What {column} is", { column: column.name }));
      answer.targets.forEach(function (one) { select.add(new Option(one[1], one[0], false, one[0] === column.target)); });
      row.append(name);
      row.insertCell().append(select);
      row.insertCell().textContent = answer.sample.map(function (one) { return one[n]; }).filter(Boolean).join(" · ");
    });
    var sum = document.createElement("p");
    sum.textContent = words("{read} rows: {new} new, {changed} changed, {same} as they were, {refused} refused.", answer);
    var why = document.createElement("ul");
    why.className = "dk-quiet";
    answer.reasons.slice(0, 5).forEach(function (one) { why.append(Object.assign(document.createElement("li"), { textContent: one })); });
    place.replaceChildren(table, sum, why);
    form.querySelector("[data-crm-import-go]").disabled = !(answer.new + answer.changed + answer.same);
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("[data-crm-import]")) return;
    event.preventDefault();
    var go = form.querySelector("[data-crm-import-go]");
    go.disabled = true;
    act(Object.assign({ op: form.dataset.crmImport, mapping: mapping(), dry: false }, sent), form).then(function (answer) {
      go.disabled = false;
      if (!answer) return;
      form.closest("dialog").close();
      refresh().then(function () { done(answer); });
    });
  });

  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    var plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    var link = target.closest("a[data-crm-part]");
    if (link && plain) { event.preventDefault(); load(link.getAttribute("href"), true); return; }
    var opener = target.closest("[data-crm-dialog]");
    if (opener) { var dialog = document.getElementById(opener.dataset.crmDialog); if (dialog) dialog.showModal(); return; }
    if (target.closest("[data-crm-close]")) { target.closest("dialog").close(); return; }
    var op = target.closest("[data-crm-op]");
    if (op) {
      var body = JSON.parse(op.dataset.crmOp);
      act(body).then(function (answer) {
        if (!answer) return;
        if (answer.stale) { refresh(); window.vitrineSay(answer.detail); return; }
        if (answer.gone && window.vitrineCard) window.vitrineCard.close();
        refresh().then(function () { done(answer); });
      });
      return;
    }
    if (target.closest("[data-bulk-remove]")) act({ op: "remove", ids: Array.from(picked) }).then(after);
    if (target.closest("[data-bulk-restore]")) Promise.all(Array.from(picked, function (id) { return act({ op: "restore", id: id }); })).then(function (all) { after(all[0]); });
    if (target.closest("[data-bulk-merge]")) {
      var ids = Array.from(picked), other = document.querySelector('tr[data-row="' + ids[1] + '"] .ls-detail') || document.querySelector('tr[data-row="' + ids[1] + '"] .ls-name');
      act({ op: "merge", kept: ids[0], key: other.textContent.trim() }).then(after);
    }
  });

  /* The board of deals: dragged, or moved with the arrow keys. */
  var dragged = null;
  function move(card, stage) {
    if (!stage || card.closest("[data-stage]") === stage) return;
    act({ op: "deal_edit", id: Number(card.dataset.deal), field: "stage", value: stage.dataset.stage, version: Number(card.dataset.version) }).then(function (answer) {
      if (answer && answer.stale) { window.vitrineSay(answer.detail); refresh(); return; }
      if (!answer) return;
      var from = card.closest("[data-stage]").dataset.stage, id = card.dataset.deal;
      refresh().then(function () {
        var moved = document.querySelector('[data-deal="' + id + '"]');
        if (moved) moved.focus();
        done({ said: answer.said, undo: { op: "deal_edit", id: Number(id), field: "stage", value: from, version: answer.version } });
      });
    });
  }
  document.addEventListener("dragstart", function (event) {
    dragged = event.target.closest && event.target.closest("[data-deal]");
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", function (event) {
    var stage = dragged && event.target.closest("[data-stage]");
    if (stage) { event.preventDefault(); stage.classList.add("deal-over"); }
  });
  document.addEventListener("dragleave", function (event) {
    var stage = event.target.closest && event.target.closest("[data-stage]");
    if (stage) stage.classList.remove("deal-over");
  });
  document.addEventListener("drop", function (event) {
    var stage = dragged && event.target.closest("[data-stage]");
    if (stage) { event.preventDefault(); stage.classList.remove("deal-over"); move(dragged, stage); }
    dragged = null;
  });
  document.addEventListener("keydown", function (event) {
    var card = event.target.matches && event.target.matches("[data-deal][draggable=true]") ? event.target : null;
    if (!card || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
    event.preventDefault();
    var stage = card.closest("[data-stage]");
    move(card, event.key === "ArrowRight" ? stage.nextElementSibling : stage.previousElementSibling);
  });
})();
