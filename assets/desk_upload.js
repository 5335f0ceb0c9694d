/* The sources page: a file is sent in pieces, looked at, and taken in when somebody says so (pages/sources/routes.py). */
(function () {
  "use strict";
  var words = window.vitrineWords, at = null, turn = 0;

  function cookie() {
    var found = document.cookie.match(/(?:^|; )_csrf_token=([^;]+)/);
    return found ? decodeURIComponent(found[1]) : "";
  }
  function base() {
    var found = location.pathname.match(/^\/w\/([^/]+)\//);
    return "/w/" + (found ? found[1] : "") + "/files";
  }
  function part() { return document.querySelector("[data-upload-part]"); }
  function drop() { return document.querySelector("[data-upload]"); }
  function show(html) {
    var place = part();
    if (place) place.innerHTML = html;
  }
  function told(sentence) {
    var place = part(), line = document.createElement("p");
    if (!place) return;
    line.className = "dk-problem";
    line.setAttribute("role", "alert");
    line.textContent = sentence;
    place.querySelectorAll("[data-upload-told]").forEach(function (old) { old.remove(); });
    line.setAttribute("data-upload-told", "");
    if (place.querySelector("form")) place.querySelector("form").prepend(line);
    else place.replaceChildren(line);
  }
  function open(shown) {
    var label = drop();
    if (label) label.hidden = !shown;
  }
  /* Resolves with the answer; a refusal is told and rejects. */
  function ask(method, path, body, type) {
    return fetch(base() + path, {
      method: method, credentials: "same-origin", cache: "no-store",
      headers: Object.assign({ Accept: "application/json", "X-CSRFToken": cookie() }, body === undefined ? {} : { "Content-Type": type || "application/json" }),
      body: body === undefined ? undefined : type ? body : JSON.stringify(body),
    }).then(function (response) {
      if (response.status === 401) { location.reload(); return Promise.reject(new Error("401")); }
      return response.json().then(function (answer) {
        if (response.ok) return answer;
        var error = new Error(answer.detail || "");
        error.told = answer.detail;
        error.status = response.status;
        return Promise.reject(error);
      });
    });
  }
  function failed(error) { told(error.told || words("The server cannot be reached just now; try again.")); }

  function progress(name, share) {
    var place = part(), bar = place && place.querySelector("progress");
    if (!place) return;
    if (!bar) {
      place.innerHTML = '<p class="dk-upload-state"><span></span><progress max="1"></progress></p>';
      bar = place.querySelector("progress");
      place.querySelector("span").textContent = words("Sending {name}", { name: name });
      bar.setAttribute("aria-label", words("Sending {name}", { name: name }));
    }
    bar.value = share;
  }
  function send(file) {
    var label = drop(), size = Number(label.dataset.piece), mine = ++turn;
    if (file.size > Number(label.dataset.most)) {
      told(words("This file is larger than {limit} MB. Split it, or take it in with “vitrine ingest” on the server.", { limit: label.dataset.limit }));
      return;
    }
    open(false);
    progress(file.name, 0);
    ask("POST", "", { name: file.name, size: file.size }).then(function (answer) {
      at = answer.id;
      function next(from, tries) {
        if (mine !== turn) return null;
        progress(file.name, from / file.size);
        if (from >= file.size) return look({ timezone: label.dataset.zone });
        return ask("POST", "/" + at + "/piece?at=" + from, file.slice(from, from + size), "application/octet-stream").then(function (got) {
          return next(got.received, 0);
        }, function (error) {
          if ((error.status && error.status !== 503) || tries > 4) throw error;
          return new Promise(function (go) { window.setTimeout(go, 1000 * (tries + 1)); }).then(function () { return next(from, tries + 1); });
        });
      }
      return next(0, 0);
    }).catch(function (error) { open(true); failed(error); });
  }
  /* What the form says now; a mapping is told only where there is one. */
  function chosen(form) {
    var found = { columns: {}, events: {} };
    Array.from(form.elements).forEach(function (field) {
      if (field.name === "dates") found.dates = field.value || null;
      else if (field.name === "sheet") found.sheet = field.value;
      else if (field.name === "timezone") found.timezone = field.value.trim();
      else if (field.dataset.column && field.value) found.columns[field.dataset.column] = field.value;
      else if (field.dataset.event !== undefined && field.value) found.events[field.dataset.event] = field.value;
    });
    return found;
  }
  function look(asked) { return begin("look", asked); }
  /* The process of the act before may still be at work, for half a minute on a busy server: its seat is free then. */
  function begin(act, asked) {
    var mine = ++turn; // from here on no earlier answer replaces the form: it knows nothing of what was chosen since
    function attempt(tries) {
      return ask("POST", "/" + at + "/" + act, asked).then(function () { return wait(mine, 250); }, function (error) {
        if (mine !== turn) return null;
        if ((error.status !== 429 && error.status !== 409) || tries > 20) throw error;
        return new Promise(function (go) { window.setTimeout(go, Math.min(700 + 100 * tries, 2000)); }).then(function () {
          return mine === turn ? attempt(tries + 1) : null;
        });
      });
    }
    return attempt(0);
  }
  function wait(mine, pause) {
    return new Promise(function (go) { window.setTimeout(go, pause); }).then(function () {
      if (mine !== turn || !part()) return null;
      return ask("GET", "/" + at).then(function (answer) {
        if (mine !== turn) return null;
        var form = part().querySelector("[data-upload-form]");
        if (answer.state === "running") {
          if (form && answer.act === "look") form.setAttribute("aria-busy", "true");
          else show(answer.html);
          return wait(mine, Math.min(pause * 1.5, 2000));
        }
        var opened = Array.from(part().querySelectorAll("details")).map(function (one) { return one.open; });
        show(answer.html);
        part().querySelectorAll("details").forEach(function (one, n) { if (opened[n]) one.open = true; });
        var first = part().querySelector('[role="alert"], [data-upload-act="take"], [data-upload-act]');
        if (first && first.focus) first.focus({ preventScroll: true });
        return null;
      });
    });
  }
  function again() {
    turn += 1;
    at = null;
    show("");
    open(true);
    var field = document.querySelector(".dk-upload-file");
    if (field) { field.value = ""; field.focus(); }
  }

  document.addEventListener("change", function (event) {
    var field = event.target;
    if (!(field instanceof Element)) return;
    if (field.matches(".dk-upload-file")) {
      if (field.files.length) send(field.files[0]);
    } else if (field.closest("[data-upload-form]") && at) {
      look(chosen(field.closest("form"))).catch(failed);
    }
  });
  document.addEventListener("submit", function (event) {
    if (event.target.matches("[data-upload-form]")) event.preventDefault();
  });
  document.addEventListener("click", function (event) {
    var button = event.target instanceof Element && event.target.closest("[data-upload-act]");
    if (!button || !at) return;
    var act = button.getAttribute("data-upload-act"), form = button.closest("form");
    button.disabled = true;
    if (act === "take") begin("take", chosen(form)).catch(function (error) { button.disabled = false; failed(error); });
    else ask("POST", "/" + at + "/drop", {}).then(again, function (error) {
      if (error.status === 404) again();
      else { button.disabled = false; failed(error); }
    });
  });
  ["dragenter", "dragover", "dragleave", "drop"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var label = event.target instanceof Element && event.target.closest("[data-upload]");
      if (!label) return;
      event.preventDefault();
      label.classList.toggle("dk-over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) send(event.dataTransfer.files[0]);
    });
  });
})();
