/* The desk's own script: theme, menus, copying. Runs before Dash's. */
(function () {
  "use strict";
  var root = document.documentElement;

  function stored() {
    try { return localStorage.getItem("theme"); } catch (e) { return null; }
  }
  function apply(theme) { root.setAttribute("data-bs-theme", theme); }
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  apply(stored() || (system.matches ? "dark" : "light"));
  system.addEventListener("change", function (event) {
    if (!stored()) apply(event.matches ? "dark" : "light");
  });

  /* What was shown before any script ran (pages/frame/first_sight.py) leaves in the frame in which the page itself is there. */
  var first = document.querySelector(".dk-first");
  function leave() {
    if (watch) watch.disconnect();
    if (first) first.remove();
    first = null;
  }
  var watch = first && new MutationObserver(function () {
    var page = document.getElementById("page"), rail = document.getElementById("rail"), place = document.getElementById("place");
    if (page && !page.querySelector(".dk-skeleton") && rail.firstElementChild && place.firstElementChild) leave();
  });
  if (watch) watch.observe(document.getElementById("react-entry-point"), { childList: true, subtree: true });

  /* What is said, in the page's language: their translations come with a page in another language (ui/language/say.py). */
  var translations = null;
  window.vitrineWords = function (sentence, marks) {
    if (translations === null) {
      var held = document.getElementById("dk-words");
      translations = held ? JSON.parse(held.textContent) : {};
    }
    return (translations[sentence] || sentence).replace(/\{(\w+)\}/g, function (mark, name) { return marks && name in marks ? marks[name] : mark; });
  };
  var words = window.vitrineWords;

  window.vitrineAnnounce = announce;
  function announce(text) {
    var region = document.getElementById("dk-announce");
    if (!region) return;
    region.textContent = "";
    window.setTimeout(function () { region.textContent = text; }, 30);
  }

  /* A refusal that has no place of its own on the page: shown for a while, and read out. */
  window.vitrineSay = function (text) {
    var bar = document.getElementById("dk-toast");
    if (!bar) return;
    bar.textContent = text;
    bar.classList.remove("dk-gone");
    window.setTimeout(function () { if (bar.textContent === text) bar.classList.add("dk-gone"); }, 8000);
  };

  /* The clipboard API is missing on plain http addresses other than localhost: then select and copy. */
  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    var field = document.createElement("textarea");
    field.value = text;
    field.setAttribute("readonly", "");
    field.className = "dk-sr";
    (document.querySelector(".modal.show") || document.body).appendChild(field);
    field.select();
    var done = document.execCommand("copy");
    field.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy was refused"));
  }
  function copied(button) {
    button.classList.add("dk-copied");
    announce(words("Link copied"));
    window.setTimeout(function () { button.classList.remove("dk-copied"); }, 2000);
  }

  /* Move inside the desk without a reload; `instead`: Back does not lead here. Somebody who edits a view saves the draft first. */
  function go(address, instead) {
    var editor = window.vitrineEditor, leaving = document.getElementById("editor") && editor && editor.stop ? editor.leave() : null;
    function move() {
      if (editor && editor.stop) { editor.stop(); window.scrollTo(0, 0); }
      /* The old page's clock must not ask about the new one. */
      if (document.getElementById("fresh")) window.dash_clientside.set_props("live", { disabled: true });
      history[instead ? "replaceState" : "pushState"]({}, "", address);
      window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    }
    if (leaving) leaving.then(move); else move();
  }
  window.vitrineGo = go;

  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    if (target.closest("[data-theme-toggle]")) {
      var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      apply(next);
      try { localStorage.setItem("theme", next); } catch (e) { /* private mode: for this page only */ }
      announce(next === "dark" ? words("Dark theme") : words("Light theme"));
    }
    var link = target.closest("a[data-nav]");
    if (link && !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      go(link.getAttribute("href"));
    }
    var button = target.closest("[data-copy]");
    if (button) {
      copy(button.getAttribute("data-copy")).then(
        function () { copied(button); },
        function () { announce(words("The browser refused to copy; select the link and copy it.")); }
      );
    }
    var closer = target.closest("[data-close]");
    if (closer) window.dash_clientside.set_props(closer.getAttribute("data-close"), { is_open: false });
    document.querySelectorAll("details.dk-pop[open]").forEach(function (menu) {
      var inside = menu.contains(target);
      if (!inside || target.closest("a")) menu.removeAttribute("open");
    });
  });

  /* A callback that failed says so; one that found the session over leads to the log-in. */
  var fetched = window.fetch, early = {};
  /* What Dash asks for first is asked while its scripts still come; it gets these answers when it does. */
  ["/_dash-layout", "/_dash-dependencies"].forEach(function (path) {
    early[path] = fetched(path, { credentials: "same-origin", headers: { Accept: "application/json" } });
    early[path].catch(function () { delete early[path]; });
  });
  window.fetch = function (address, options) {
    var asked = early[address];
    if (asked && (!options || !options.method || options.method === "GET")) {
      delete early[address];
      return asked;
    }
    var called = String(address && address.url ? address.url : address).indexOf("_dash-update-component") !== -1;
    return fetched.apply(this, arguments).then(function (response) {
      if (!called) return response;
      if (response.status === 401) {
        /* The page goes; Dash would read the answer twice and throw. */
        location.reload();
        return new Promise(function () {});
      }
      toast(response.status === 429 || response.status >= 500);
      if (response.status >= 400) leave();
      if (response.status >= 400) response.clone().json().then(
        function (problem) { refused(options, response.status, problem.detail); },
        function () { refused(options, response.status, words("Something went wrong on our side.")); }
      );
      return response;
    }, function (error) {
      if (called) { leave(); toast(true); refused(options, 0, words("The server cannot be reached just now; trying again.")); }
      throw error;
    });
  };
  /* A refused callback gives Dash nothing to show: whoever waits for the answer (the editor) hears the sentence here. */
  function refused(options, status, sentence) {
    var output = "";
    try { output = JSON.parse(options.body).output; } catch (e) { /* not one of ours */ }
    /* An open page that is not the reader's any more, such as of an account unlinked a moment ago, goes at its next look. */
    if (status === 404 && /tiles\.html/.test(String(output))) { location.reload(); return; }
    document.dispatchEvent(new CustomEvent("vitrine:refused", { detail: { output: output, status: status, sentence: sentence } }));
  }
  /* Pages with live tiles ask the same by it; the others ask here whether they are still the reader's. */
  window.setInterval(function () {
    if (document.hidden || location.pathname.indexOf("/w/") !== 0 || document.getElementById("tiles")) return;
    fetched(location.pathname, { method: "HEAD", credentials: "same-origin" }).then(function (response) {
      if (response.status === 404 || response.status === 401) location.reload();
    }, function () {});
  }, 1000);
  function toast(failing) {
    var bar = document.getElementById("dk-toast");
    if (!bar || bar.classList.contains("dk-gone") !== failing) return;
    bar.classList.toggle("dk-gone", !failing);
    bar.textContent = failing ? words("Could not reach the data. What you see may be out of date; trying again.") : "";
  }

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    var menu = document.querySelector("details.dk-pop[open]");
    if (!menu) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });

  /* The token in the page may be older than the session's: the cookie carries the current one. */
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("form[data-csrf]")) return;
    var cookie = document.cookie.match(/(?:^|; )_csrf_token=([^;]+)/);
    var field = event.target.querySelector("input[name=csrf_token]");
    if (cookie && field) field.value = decodeURIComponent(cookie[1]);
    var here = event.target.matches("[data-here]") && event.target.querySelector("input[name=next]");
    if (here) here.value = location.pathname + location.search;
  }, true);

  /* What only editing needs is fetched when editing begins, each file once, in order. */
  var loaded = {};
  function load(address) {
    if (!loaded[address]) loaded[address] = new Promise(function (resolve, reject) {
      var css = address.indexOf(".css") !== -1, el = document.createElement(css ? "link" : "script");
      if (css) { el.rel = "stylesheet"; el.href = address; } else { el.src = address; el.async = false; }
      el.onload = resolve;
      el.onerror = function () { delete loaded[address]; reject(new Error(address + " did not load")); };
      document.head.append(el);
    });
    return loaded[address];
  }

  window.vitrineLoad = load;

  /* A file that is printed takes seconds: its button says so, and whoever listens hears it. */
  document.addEventListener("click", function (event) {
    var link = event.target instanceof Element && event.target.closest("a[data-wait]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.getAttribute("aria-busy")) return;
    var label = link.querySelector("span"), was = label.textContent;
    link.setAttribute("aria-busy", "true");
    label.textContent = link.dataset.wait;
    announce(link.dataset.wait);
    fetch(link.href).then(function (answer) {
      if (!answer.ok || answer.redirected) throw answer.status;
      return answer.blob().then(function (file) {
        var save = document.createElement("a"), named = /filename="?([^";]+)/.exec(answer.headers.get("Content-Disposition"));
        save.href = URL.createObjectURL(file);
        save.download = (named && named[1]) || "";
        save.click();
      });
    }).catch(function () { window.location.href = link.href; }).then(function () {
      link.removeAttribute("aria-busy");
      label.textContent = was;
    });
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.editor = {
    start: function (model) {
      if (!model) return window.dash_clientside.no_update;
      Promise.all(model.styles.concat(model.scripts).map(load)).then(
        function () { window.vitrineEditor.start(model); },
        function () { announce(words("The editor did not load. Reload the page.")); }
      );
      return "";
    },
    asked: function (answer) {
      if (answer) window.vitrineEditor.answered("editor-asked.data", answer);
      return window.dash_clientside.no_update;
    },
    acted: function (answer) {
      if (answer) window.vitrineEditor.answered("editor-acted.data", answer);
      return window.dash_clientside.no_update;
    },
  };
  window.dash_clientside.desk = {
    /* A move inside the desk is told like a page load: title, top of the page, focus on the content. */
    title: function (title) {
      if (!title) return window.dash_clientside.no_update;
      if (title.go) {
        history.replaceState({}, "", title.go);
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
        return window.dash_clientside.no_update;
      }
      /* The page says what of the address it could not show. Dash is not told, else it would draw the page without that. */
      if (title.corrected) {
        history.replaceState({}, "", title.corrected);
        title = title.title;
      }
      var first = !window.vitrineVisited;
      var moved = window.vitrineVisited !== location.pathname;
      window.vitrineVisited = location.pathname;
      document.title = title;
      if (!first && moved) {
        window.scrollTo(0, 0);
        var page = document.getElementById("page");
        if (page) page.focus({ preventScroll: true });
        announce(title);
      }
      return "";
    },
    /* Straight after a link was made. Where the browser refuses (too long after the click) the button is there. */
    copyNew: function (url) {
      if (!url) return window.dash_clientside.no_update;
      copy(url).then(
        function () {
          var button = document.getElementById("share-copy");
          if (button) copied(button);
          announce(words("Link made and copied"));
        },
        function () { announce(words("Link made")); }
      );
      return "";
    },
  };
})();
