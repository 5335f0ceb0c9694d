// The portal's script: theme, live figures, tooltips. The page shows everything without it.
(function () {
  'use strict';
  var d = document, root = d.documentElement, main = d.querySelector('[data-live]');
  function all(s, e) { return (e || d).querySelectorAll(s); }

  var button = d.getElementById('theme');
  function isDark() {
    var t = root.dataset.bsTheme;
    return t ? t === 'dark' : matchMedia('(prefers-color-scheme:dark)').matches;
  }
  if (button) {
    button.setAttribute('aria-pressed', isDark());
    button.onclick = function () {
      var t = root.dataset.bsTheme = isDark() ? 'light' : 'dark';
      button.setAttribute('aria-pressed', t === 'dark');
      try { localStorage.setItem('theme', t); } catch (e) { /* private mode: this page only */ }
    };
  }

  // Live: ask every second while somebody looks; swap only the tiles that changed.
  function swap(html) {
    var next = new DOMParser().parseFromString(html, 'text/html'), f = d.getElementById('fresh'), g = next.getElementById('fresh');
    if (f && g && f.textContent !== g.textContent) { f.className = g.className; f.replaceChildren.apply(f, g.childNodes); }
    if (!tiles(main, next)) location.reload();
  }
  // Only tiles that changed; the desk's page uses it, too. False when other tiles have come.
  function tiles(now, next) {
    var were = all('.tile', now), then = all('.tile', next);
    if (were.length !== then.length) return false;
    then.forEach(function (n, i) {
      var o = were[i], was = o.cloneNode(true);
      all('details', was).forEach(function (e) { e.open = false; });
      all('.plot', was).forEach(clear);
      all('time[data-was]', was).forEach(function (e) { e.textContent = e.dataset.was; e.removeAttribute('data-was'); e.removeAttribute('title'); });
      if (was.outerHTML === n.outerHTML || (window.vitrineHold && window.vitrineHold(o, n))) return;
      var back = keep(o);
      o.replaceWith(n);
      back(n);
    });
    return true;
  }
  // What is open, scrolled, in focus or pointed at in a tile is so again in the one that takes its place.
  function keep(o) {
    var stops = 'a[href],button,summary,[tabindex]', a = d.activeElement, k = o.contains(a) ? [].indexOf.call(all(stops, o), a) : -1;
    var open = o.querySelector('.how[open]'), unfolded = [].map.call(all('details[open][data-keep]', o), function (e) { return e.dataset.keep; }), x = o.querySelector('.scroll'), left = x && x.scrollLeft, p = o.querySelector('.plot.on'), at = p && +p.dataset.at;
    return function (n) {
      var h = n.querySelector('.how'), y = n.querySelector('.scroll'), r = n.querySelector('.plot'), f = all(stops, n), b = f[k];
      if (open && h) h.open = true;
      all('details[data-keep]', n).forEach(function (e) { e.open = unfolded.indexOf(e.dataset.keep) >= 0; });
      if (x && y) y.scrollLeft = left;
      if (a.dataset && a.dataset.cell) f.forEach(function (e) { if (e.dataset.cell === a.dataset.cell && e.dataset.part === a.dataset.part) b = e; });
      if (k >= 0 && (!b || b.tagName !== a.tagName)) b = h && h.firstChild;
      if (k >= 0 && b) b.focus({ preventScroll: true });
      if (p && r) show(r, at);
    };
  }
  window.vitrineTiles = tiles;
  var tag = main && main.dataset.etag && '"' + main.dataset.etag + '"', wait = 1000, timer, busy;
  function poll() {
    clearTimeout(timer);
    if (d.hidden || busy) return;
    busy = true;
    fetch(main.dataset.live, { headers: { 'If-None-Match': tag }, cache: 'no-store' }).then(function (r) {
      if (r.status === 404) { location.reload(); return new Promise(function () {}); }
      if (r.status !== 304 && !r.ok) throw r.status;
      wait = 1000;
      if (r.status === 200) { tag = r.headers.get('ETag'); return r.text().then(swap); }
    }).catch(function () { wait = Math.min(wait * 2, 60000); }).then(function () { busy = false; timer = setTimeout(poll, wait); });
  }
  if (main) { d.addEventListener('visibilitychange', poll); timer = setTimeout(poll, wait); }

  window.vitrineTell = announce;
  function announce(text) {
    var said = d.getElementById('said');
    if (!said) { said = d.createElement('p'); said.id = 'said'; said.className = 'sr'; said.setAttribute('aria-live', 'polite'); d.body.append(said); }
    said.textContent = text;
  }

  // In a frame: the page around it makes the frame as high as this page (assets/embed.js).
  if ('framed' in root.dataset) new ResizeObserver(function () { parent.postMessage({ vitrine: 'height', height: d.body.offsetHeight }, '*'); }).observe(d.body);

  // Tooltips: by pointer, or by arrow keys on the focused plot. Listeners sit on the document, so tiles may be swapped.
  function clear(p) {
    p.classList.remove('on');
    all('.cur,.pt,.tip', p).forEach(function (e) { e.removeAttribute('style'); e.className = e.className.split(' ')[0]; e.replaceChildren(); });
    p.removeAttribute('data-at');
  }
  function show(p, i) {
    var tips = JSON.parse(p.dataset.tips), k = Math.max(0, Math.min(tips.length - 1, i)), t = tips[k];
    var cur = p.querySelector('.cur'), pt = p.querySelector('.pt'), tip = p.querySelector('.tip'), w = p.clientWidth;
    p.dataset.at = k;
    cur.style.left = pt.style.left = t[0] + '%';
    pt.style.top = t[1] + '%';
    pt.classList.toggle('off', t[1] === null);
    tip.replaceChildren.apply(tip, t.slice(2).map(function (s, j) { var e = d.createElement(j === 1 ? 'b' : 'span'); e.textContent = s; return e; }));
    p.classList.add('on');
    var x = t[0] / 100 * w, v = x + 12 + tip.offsetWidth > w ? x - tip.offsetWidth - 12 : x + 12;
    tip.style.left = Math.max(-30, v) + 'px';
    return tip.innerText;
  }
  function nearest(p, e) {
    var r = p.getBoundingClientRect(), x = (e.clientX - r.left) / r.width * 100, best = 0, tips = JSON.parse(p.dataset.tips);
    tips.forEach(function (t, i) { if (Math.abs(t[0] - x) < Math.abs(tips[best][0] - x)) best = i; });
    return best;
  }
  d.addEventListener('pointermove', function (e) {
    var p = e.target.closest && e.target.closest('.plot');
    all('.plot.on').forEach(function (o) { if (o !== p && o !== d.activeElement) clear(o); });
    if (p) show(p, nearest(p, e));
  });
  d.addEventListener('keydown', function (e) {
    var p = e.target.closest && e.target.closest('.plot');
    if (e.key === 'Escape') { all('.plot.on').forEach(clear); all('.how[open],.more[open]').forEach(function (h) { h.open = false; h.firstElementChild.focus(); }); }
    if (!p || (e.key !== 'ArrowRight' && e.key !== 'ArrowLeft')) return;
    e.preventDefault();
    var at = p.dataset.at === undefined ? -1 : +p.dataset.at;
    announce(show(p, at + (e.key === 'ArrowRight' ? 1 : -1)).replace(/\n/g, ', '));
  });
  // What the menu of files does comes with its first use.
  var files = d.getElementById('files');
  if (files) files.addEventListener('toggle', function () {
    var script = d.createElement('script');
    script.src = files.dataset.script;
    d.head.append(script);
  }, { once: true });
  d.addEventListener('focusout', function (e) { if (e.target.matches && e.target.matches('.plot')) clear(e.target); });
  d.addEventListener('click', function (e) { all('.how[open],.more[open]').forEach(function (h) { if (!h.contains(e.target)) h.open = false; }); });
})();
