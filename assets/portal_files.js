// Files of the portal: its menu lists each tile's, and one that is printed says that it takes seconds.
(function () {
  'use strict';
  var d = document, files = d.getElementById('files');
  function all(s, e) { return (e || d).querySelectorAll(s); }

  if (files) {
    files.addEventListener('toggle', list);
    list();
  }
  function list() {
    var each = files.querySelector('.each'), lines = [];
    all('.tile').forEach(function (t) {
      var links = all('.take a', t), h = t.querySelector('h2'), li = d.createElement('li'), name = d.createElement('span');
      if (!links.length || !h) return;
      name.textContent = h.textContent;
      li.append(name);
      links.forEach(function (a) { a = a.cloneNode(true); a.ariaLabel = h.textContent + ' ' + a.textContent; li.append(a); });
      lines.push(li);
    });
    each.replaceChildren.apply(each, lines);
    each.parentNode.hidden = !lines.length;
  }
  function waiting(a, on) {
    a.ariaBusy = on || null;
    var menu = files && files.querySelector('.wait'), label = a.querySelector('span'), text = a.dataset.wait || menu.textContent;
    if (menu) menu.hidden = !on;
    if (label && on) { label.dataset.was = label.textContent; label.textContent = text; }
    if (label && !on) label.textContent = label.dataset.was;
    if (on) window.vitrineTell(text);
  }
  d.addEventListener('click', function (e) {
    var a = e.target.closest('a[href*=".pdf?"],a[href*=".png?"],a[data-wait]');
    if (!a || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    if (a.ariaBusy) return;
    waiting(a, true);
    fetch(a.href).then(function (r) {
      if (!r.ok || r.redirected) throw r.status;
      return r.blob().then(function (file) {
        var link = d.createElement('a'), named = /filename="?([^";]+)/.exec(r.headers.get('Content-Disposition'));
        link.href = URL.createObjectURL(file);
        link.download = named && named[1] || '';
        link.click();
      });
    }).catch(function () { location.href = a.href; }).then(function () { waiting(a, false); });
  });
})();
