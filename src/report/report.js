(() => {
'use strict';
const all = (root, query) => Array.from(root.querySelectorAll(query));
const key = (row, column) => {
  const cell = row.cells[column];
  return cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v);
};
for (const table of all(document, 'table.data')) {
  const body = table.tBodies[0];
  const first = new Map(Array.from(body.rows).map((row, i) => [row, i]));
  all(table, 'thead button').forEach((button, column) => button.addEventListener('click', () => {
    const head = button.parentElement;
    // Figures are wanted from the largest down, texts from A.
    const start = head.classList.contains('number') ? 'descending' : 'ascending';
    const other = start === 'ascending' ? 'descending' : 'ascending';
    const order = head.getAttribute('aria-sort') === start ? other : start;
    all(table, 'th[aria-sort]').forEach(th => th.setAttribute('aria-sort', 'none'));
    head.setAttribute('aria-sort', order);
    const sign = order === 'ascending' ? 1 : -1;
    const rows = Array.from(body.rows).map(row => [key(row, column), row]);
    rows.sort(([a, x], [b, y]) => {
      const d = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'zh');
      return sign * d || first.get(x) - first.get(y);
    });
    body.append(...rows.map(pair => pair[1]));
  }));
}
for (const tools of all(document, '.tools')) {
  const rows = Array.from(document.getElementById(tools.dataset.table).tBodies[0].rows);
  const text = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
  const search = tools.querySelector('input[type=search]');
  const apply = () => {
    const code = tools.querySelector('input[type=radio]:checked').value;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const keep = (!code || row.dataset.k === code) && words.every(word => text.get(row).includes(word));
      row.hidden = !keep;
      shown += keep;
    }
    tools.querySelector('output').textContent = code || words.length ? shown + ' / ' + rows.length : '';
  };
  tools.addEventListener('change', apply);
  search.addEventListener('input', apply);
  // A browser may bring back the filters of the last visit.
  apply();
}
const viewer = document.getElementById('viewer');
const stage = viewer.querySelector('.stage');
const frames = all(stage, 'figure');
let current = null;
let after = true;
const pairs = () => all(document, 'tr:not([hidden]) .pair');
const side = on => {
  stage.classList.toggle('blink', !on);
  frames[0].classList.toggle('off', !on && after);
  frames[1].classList.toggle('off', !on && !after);
};
const blink = () => {
  after = stage.classList.contains('blink') ? !after : false;
  side(false);
};
const show = pair => {
  current = pair;
  const row = pair.closest('tr');
  const heads = all(row.closest('table'), 'thead th');
  viewer.querySelector('h2').textContent = row.cells[0].textContent.trim() + '  ' + row.cells[1].firstChild.textContent;
  all(pair, 'img').forEach((img, i) => {
    const frame = frames[i];
    frame.querySelector('img').src = img.src;
    frame.querySelector('img').alt = img.alt;
    frame.querySelector('figcaption').textContent = i ? stage.dataset.after : stage.dataset.before;
  });
  const facts = viewer.querySelector('dl');
  facts.replaceChildren();
  Array.from(row.cells).slice(2, -1).forEach((cell, i) => {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = heads[i + 2].textContent.trim();
    dd.textContent = cell.textContent.trim();
    if (cell.classList.contains('wide')) dd.className = 'wide';
    facts.append(dt, dd);
  });
  if (!viewer.open) viewer.showModal();
  stage.focus();
};
const step = by => {
  const list = pairs();
  const next = list[list.indexOf(current) + by];
  if (next) show(next);
};
const does = {close: () => viewer.close(), blink, side: () => side(true), prev: () => step(-1), next: () => step(1)};
document.addEventListener('click', event => {
  const pair = event.target.closest('.pair');
  if (pair) { side(true); show(pair); }
  const button = event.target.closest('[data-do]');
  if (button) does[button.dataset.do]();
  if (event.target === viewer) viewer.close();
});
viewer.addEventListener('keydown', event => {
  const keys = {' ': 'blink', s: 'side', S: 'side', ArrowLeft: 'prev', ArrowRight: 'next'};
  const name = keys[event.key];
  if (!name || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  does[name]();
});
// Space would press the button in focus when it is let go.
viewer.addEventListener('keyup', event => { if (event.key === ' ') event.preventDefault(); });
viewer.addEventListener('close', () => { if (current) current.focus(); });
addEventListener('beforeprint', () => all(document, 'details').forEach(d => { d.open = true; }));
})();
