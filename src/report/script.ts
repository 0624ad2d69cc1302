/**
 * What a page does beside being read: a bar shows its step below the timeline, arrow keys go from bar to bar, the timeline
 * can be stretched, and all is unfolded for paper. All that it shows stands on the page already. Nothing is made from text.
 */
export const script = `'use strict';
(() => {
  const timeline = document.getElementById('timeline');
  const panel = document.getElementById('step');
  const chart = timeline.querySelector('.chart');
  const bars = [...timeline.querySelectorAll('.bar')];
  let current;

  // One stop for Tab; arrow keys do the rest.
  for (const bar of bars) bar.tabIndex = -1;
  const first = timeline.querySelector('.bar.failed') || bars[0];
  if (first) first.tabIndex = 0;

  const stopAt = (bar) => {
    for (const each of timeline.querySelectorAll('.bar[tabindex="0"]')) each.tabIndex = -1;
    bar.tabIndex = 0;
  };

  const show = (bar) => {
    const story = document.getElementById('s' + bar.id.slice(1));
    if (!story) return;
    const copy = story.cloneNode(true);
    copy.removeAttribute('id');
    const close = document.createElement('button');
    close.type = 'button';
    close.className = 'close';
    close.textContent = 'close (Esc)';
    close.addEventListener('click', hide);
    panel.replaceChildren(close, ...copy.childNodes);
    panel.hidden = false;
    panel.scrollTop = 0;
    if (current) current.removeAttribute('aria-current');
    current = bar;
    bar.setAttribute('aria-current', 'true');
    stopAt(bar);
  };

  const hide = () => {
    panel.hidden = true;
    if (!current) return;
    current.removeAttribute('aria-current');
    current.focus();
    current = undefined;
  };

  const reveal = (bar) => {
    const folded = bar.closest('details');
    if (folded) folded.open = true;
    bar.focus({ preventScroll: true });
    bar.scrollIntoView({ block: 'center', inline: 'nearest' });
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = document.getElementById(link.getAttribute('href').slice(1));
    if (!target) return;
    const bar = link.classList.contains('bar') ? link : target.classList.contains('bar') ? target : undefined;
    if (bar) {
      event.preventDefault();
      show(bar);
      if (bar === link) bar.focus();
      else reveal(bar);
    } else if (target.tagName === 'DETAILS') target.open = true;
  });

  const rows = [...timeline.querySelectorAll('.row')].filter((row) => row.querySelector('.bar'));
  const inSight = (row) => !row.closest('details') || row.closest('details').open;
  const startOf = (bar) => parseFloat(bar.style.left);
  const near = (row, bar) => {
    const all = [...row.querySelectorAll('.bar')];
    const distance = (each) => Math.abs(startOf(each) - startOf(bar));
    return all.reduce((best, each) => (distance(each) < distance(best) ? each : best));
  };

  const next = (bar, key) => {
    const row = bar.closest('.row');
    const inRow = [...row.querySelectorAll('.bar')];
    const at = inRow.indexOf(bar);
    if (key === 'ArrowRight') return inRow[at + 1];
    if (key === 'ArrowLeft') return inRow[at - 1];
    if (key === 'Home') return inRow[0];
    if (key === 'End') return inRow[inRow.length - 1];
    const seen = rows.filter(inSight);
    const other = seen[seen.indexOf(row) + (key === 'ArrowDown' ? 1 : -1)];
    return other && near(other, bar);
  };

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !panel.hidden) return hide();
    const bar = event.target.closest && event.target.closest('.bar');
    if (!bar || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ' ') {
      event.preventDefault();
      show(bar);
      return;
    }
    if (!['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) return;
    event.preventDefault();
    const other = next(bar, event.key);
    if (!other) return;
    stopAt(other);
    other.focus({ preventScroll: true });
    other.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    if (!panel.hidden) show(other);
  });

  document.getElementById('keys').textContent = 'A click or Enter on a bar shows its step; arrow keys go from bar to bar.';
  const zooms = document.querySelector('.zoom');
  zooms.hidden = false;
  let zoom = 1;
  zooms.addEventListener('click', (event) => {
    const wanted = event.target.dataset && event.target.dataset.zoom;
    if (!wanted) return;
    const before = timeline.scrollLeft / Math.max(1, timeline.scrollWidth);
    zoom = wanted === 'fit' ? 1 : Math.min(64, Math.max(1, wanted === 'in' ? zoom * 2 : zoom / 2));
    chart.style.setProperty('--zoom', zoom);
    const bar = timeline.querySelector('.bar[tabindex="0"]');
    if (wanted === 'in' && bar) bar.scrollIntoView({ block: 'nearest', inline: 'center' });
    else timeline.scrollLeft = before * timeline.scrollWidth;
  });

  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
})();
`;
