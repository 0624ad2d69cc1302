/** How a page looks: by day, by night, and on paper. Every pair of colours is told apart by people who see little of them. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f8; --sheet: #ffffff; --ink: #1b1f24; --soft: #586069; --rule: #dfe3e8; --faint: #eef0f3;
  --changed: #0b57a8; --failed: #b3261e; --broken: #8a5300; --way: #6b3fa0; --quiet: #66707b; --on: #ffffff;
  --added: #0f6b35; --added-ground: #e6f5ec; --taken: #a3211a; --taken-ground: #fdecea; --ring: #0b57a8;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #121518; --sheet: #1a1e23; --ink: #e7eaee; --soft: #a3acb6; --rule: #333a42; --faint: #242a31;
    --changed: #79b8ff; --failed: #ff938a; --broken: #f0b354; --way: #c9a7f5; --quiet: #97a2ae; --on: #10151b;
    --added: #7ddc9f; --added-ground: #16301f; --taken: #ffa39b; --taken-ground: #3a1d1b; --ring: #9ccbff;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
main, header.top { max-width: 1280px; margin: 0 auto; padding: 0 28px; }
header.top { padding-top: 30px; }
main > section { background: var(--sheet); border: 1px solid var(--rule); border-radius: 10px; padding: 18px 20px; margin: 16px 0; }
h1 { font-size: 25px; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; margin: 0 0 6px; }
h2 { font-size: 15px; font-weight: 650; margin: 0 0 10px; }
h3 { font-size: 14px; font-weight: 650; margin: 0; }
h4 { font-size: 12px; font-weight: 650; color: var(--soft); margin: 12px 0 4px; }
p { margin: 0; }
a { color: inherit; }
:focus-visible { outline: 2px solid var(--ring); outline-offset: 2px; border-radius: 3px; }
pre, code { font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 6px 0; padding: 8px 12px; background: var(--faint); border-radius: 6px; overflow: auto; max-height: 480px; white-space: pre-wrap; overflow-wrap: anywhere; }
code.command { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
.muted, .facts, .hint { color: var(--soft); }
.number { text-align: right; white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.shapes { position: absolute; }
.glyph { vertical-align: -1px; flex: none; color: var(--quiet); overflow: visible; }
.glyph.failed, b.failed { color: var(--failed); }
.glyph.changed, b.changed { color: var(--changed); }
.glyph.broken-off, b.broken-off { color: var(--broken); }
.glyph.under-way, b.under-way { color: var(--way); }
.fill { fill: currentColor; }
.cut { stroke: var(--sheet); stroke-width: 1.8; stroke-linecap: round; fill: none; }
.line { stroke: currentColor; stroke-width: 1.4; fill: none; stroke-linecap: round; }
.line.dashed { stroke-dasharray: 2 2.2; stroke-linecap: butt; }

.verdict { display: inline-flex; gap: 8px; align-items: center; font-weight: 650; margin: 12px 0 14px; padding: 5px 12px; border-radius: 6px; border: 1.5px solid currentColor; background: var(--sheet); }
.verdict.ok { color: var(--added); } .verdict.failed { color: var(--failed); } .verdict.broken-off { color: var(--broken); } .verdict.under-way { color: var(--way); }
.facts-list { display: flex; flex-wrap: wrap; gap: 6px 40px; margin: 0 0 6px; }
.facts-list div { min-width: 0; } dt { color: var(--soft); font-size: 12px; } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }

.failures { border-color: var(--failed) !important; border-left-width: 5px !important; }
.failures ol { margin: 0; padding: 0; list-style: none; }
.failures li + li { border-top: 1px solid var(--rule); margin-top: 10px; padding-top: 10px; }
.failures details { margin-top: 12px; }
.failures a { font-weight: 650; color: var(--failed); }
.cause { overflow-wrap: anywhere; white-space: pre-line; }
.what-to-do { margin-top: 2px; overflow-wrap: anywhere; }
.failure { border-left: 3px solid var(--failed); padding-left: 12px; margin: 8px 0; }

.scroll { overflow: auto; }
.picture { display: block; margin: 0 auto; max-width: 100%; height: auto; }
.picture text { fill: var(--ink); font-size: 13px; }
.picture .title { font-weight: 650; }
.picture .name { font-weight: 600; }
.picture .note { fill: var(--soft); font-size: 11.5px; }
.picture .end { text-anchor: end; }
.group { fill: var(--faint); stroke: var(--rule); }
.card { fill: var(--sheet); stroke: var(--quiet); stroke-width: 1; }
.card.changed { stroke: var(--changed); stroke-width: 1.6; }
.card.failed { stroke: var(--failed); stroke-width: 3; }
.card.broken-off { stroke: var(--broken); stroke-width: 2; stroke-dasharray: 7 3; }
.card.under-way { stroke: var(--way); stroke-width: 2; stroke-dasharray: 7 3; }
.card.not-begun { stroke-dasharray: 3 3; }
.card.outside { stroke: var(--rule); fill: none; }
.wire { fill: none; stroke: var(--quiet); stroke-width: 1.3; }
.wire.dashed { stroke-dasharray: 5 4; }
a.member:hover .card, a.member:focus-visible .card { fill: var(--faint); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; color: var(--soft); font-size: 13px; margin-top: 14px; }
.legend b { color: var(--ink); font-weight: 600; }

.bar-title { display: flex; align-items: baseline; gap: 16px; }
.bar-title .hint { flex: 1; font-size: 13px; }
.zoom button { font: inherit; font-size: 13px; color: var(--ink); background: var(--sheet); border: 1px solid var(--quiet); padding: 1px 10px; margin-left: -1px; cursor: pointer; }
.zoom button:first-child { border-radius: 5px 0 0 5px; } .zoom button:last-child { border-radius: 0 5px 5px 0; }
.zoom button:hover { background: var(--faint); }
.frame { max-height: 76vh; border: 1px solid var(--rule); border-radius: 6px; scrollbar-width: thin; }
.chart { --names: var(--wanted); --zoom: 1; width: calc(var(--names) + (100% - var(--names)) * var(--zoom)); min-width: 100%; position: relative; }
.row { display: flex; height: 28px; border-top: 1px solid var(--faint); }
.row .host { position: sticky; left: 0; z-index: 2; flex: none; width: var(--names); display: flex; align-items: center; gap: 8px; padding: 0 10px; background: var(--sheet); border-right: 1px solid var(--rule); text-decoration: none; font-weight: 600; }
.row .host span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
a.host:hover span { text-decoration: underline; }
.track { position: relative; flex: 1; min-width: 0; margin: 0 14px 0 6px; background: repeating-linear-gradient(to right, var(--faint) 0 1px, transparent 1px var(--tick)); }
.axis .track, .plays .track, .waves .track { background: none; }
.axis, .plays, .waves { border-top: 0; }
.axis { position: sticky; top: 0; z-index: 3; background: var(--sheet); }
.axis .host, .plays .host, .waves .host { font-weight: 400; color: var(--soft); font-size: 12px; }
.axis { border-bottom: 1px solid var(--rule); height: 26px; }
.tick { position: absolute; top: 6px; height: 20px; border-left: 1px solid var(--rule); font-style: normal; font-size: 11.5px; color: var(--soft); padding-left: 4px; line-height: 14px; }
.play { position: absolute; top: 5px; height: 19px; min-width: 3px; overflow: hidden; border-left: 2px solid var(--quiet); background: var(--faint); font-size: 11.5px; line-height: 19px; text-decoration: none; white-space: nowrap; }
.play span { padding-left: 5px; }
.wave { position: absolute; top: 5px; min-width: 3px; height: 18px; overflow: hidden; border-left: 2px dotted var(--quiet); font-size: 11.5px; line-height: 18px; color: var(--soft); text-decoration: none; white-space: nowrap; }
.wave span { padding: 0 3px; }
.bar { position: absolute; top: 4px; height: 20px; min-width: 5px; overflow: hidden; border-radius: 3px; font-size: 11.5px; line-height: 18px; text-decoration: none; white-space: nowrap; border: 1px solid var(--quiet); color: var(--ink); background: var(--sheet); }
.bar, .play, .wave { container-type: inline-size; text-overflow: ellipsis; }
.bar span { padding: 0 5px; }
@container (max-width: 30px) { .bar > span, .play > span { display: none; } }
@container (max-width: 13px) { .wave > span { display: none; } }
.bar.unchanged { top: 8px; height: 12px; line-height: 10px; font-size: 9.5px; background: var(--faint); color: var(--soft); }
.bar.changed { background: var(--changed); color: var(--on); border-color: var(--sheet); }
.bar.failed { background: var(--failed); color: var(--on); border-color: var(--failed); min-width: 14px; top: 1px; height: 26px; line-height: 24px; font-weight: 650; z-index: 1; }
.bar.broken-off { border: 1.5px dashed var(--broken); color: var(--broken); }
.bar.under-way { border: 1.5px dashed var(--way); border-right: 0; color: var(--way); }
.bar:hover { filter: brightness(1.12); z-index: 1; }
.bar:focus-visible, .bar[aria-current] { z-index: 2; outline: 2px solid var(--ink); outline-offset: 1px; overflow: hidden; }
.row.load svg { position: absolute; inset: 3px 0 0; width: 100%; height: calc(100% - 3px); fill: var(--quiet); opacity: .55; }
.lost { position: absolute; top: 1px; bottom: 1px; width: 7px; margin-left: -2px; background: var(--failed); border: 1px solid var(--sheet); border-radius: 2px; z-index: 1; }
.load-seen td { border-top: 1px solid var(--faint); }
.folded > summary { padding: 6px 10px; color: var(--soft); position: sticky; left: 0; width: max-content; }
summary { cursor: pointer; }
#step { position: sticky; bottom: 0; z-index: 4; margin: 12px -20px -18px; padding: 12px 20px 16px; max-height: 56vh; overflow: auto; background: var(--sheet); border-top: 2px solid var(--ink); border-radius: 0 0 10px 10px; box-shadow: 0 -8px 24px rgb(0 0 0 / .14); }
#step .close { float: right; font: inherit; font-size: 13px; color: var(--ink); background: var(--sheet); border: 1px solid var(--quiet); border-radius: 5px; padding: 1px 10px; cursor: pointer; }

table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-size: 12px; font-weight: 600; color: var(--soft); }
th.number { text-align: right; }
td, th { padding: 4px 14px 4px 0; vertical-align: top; overflow-wrap: anywhere; }
td:last-child, th:last-child { padding-right: 0; }
.plays-table td { border-top: 1px solid var(--faint); }
.plays-table td:first-child { font-weight: 600; min-width: 180px; }
.waits td { border-top: 1px solid var(--faint); }
.plain { list-style: none; margin: 4px 0; padding: 0; }
.columns { display: grid; grid-template-columns: minmax(140px, 1.2fr) minmax(110px, 1fr) minmax(150px, 1.2fr) repeat(4, 92px); gap: 0 10px; align-items: baseline; }
div.columns { color: var(--soft); font-size: 12px; padding: 0 0 5px; }
.of-host { border-top: 1px solid var(--rule); }
.of-host > summary { padding: 6px 0; list-style: none; }
.of-host > summary::-webkit-details-marker { display: none; }
.of-host > summary:hover { background: var(--faint); }
.columns .name { display: flex; gap: 8px; align-items: baseline; min-width: 0; overflow-wrap: anywhere; }
.columns .group { color: var(--soft); }
.number.none { color: var(--soft); }
.inside { padding: 2px 0 14px 20px; }
.story { padding: 10px 0 10px 14px; border-left: 2px solid var(--rule); margin: 6px 0; scroll-margin-top: 20px; }
.inside .at { display: none; } .at { color: var(--soft); font-weight: 400; }
.story:target { border-left: 4px solid var(--ring); padding-left: 12px; }
tr:target { background: var(--faint); }
.facts { font-size: 13px; }
.changes { margin: 0; padding-left: 22px; }
.changes li { margin: 3px 0; overflow-wrap: anywhere; }
.actions { margin: 2px 0 4px; padding-left: 16px; color: var(--soft); font-size: 13px; }
.diff span { display: inline-block; width: calc(100% + 24px); margin: 0 -12px; padding: 0 12px; vertical-align: top; }
.diff .added { color: var(--added); background: var(--added-ground); }
.diff .taken { color: var(--taken); background: var(--taken-ground); }
footer { max-width: 1280px; margin: 0 auto; padding: 4px 28px 40px; color: var(--soft); font-size: 12.5px; }
@media (max-width: 760px) {
  main, header.top, footer { padding-left: 12px; padding-right: 12px; }
  .picture { max-width: none; }
  .plays-table td:first-child { min-width: 0; } .plays-table .number { display: none; }
  .bar-title .hint { display: none; }
  .chart { --names: 104px; }
  div.columns { display: none; }
  .columns { grid-template-columns: 1fr 1fr; } .columns .number { display: none; }
}
@media print {
  body { background: #fff; font-size: 11px; }
  main, header.top, footer { max-width: none; padding: 0; }
  main > section { border: 0; border-top: 1px solid var(--rule); border-radius: 0; padding: 10px 0; }
  .frame, pre { max-height: none; overflow: visible; }
  .zoom, #step, .hint { display: none !important; }
  .story, .failures li { break-inside: avoid; }
  .bar, .play, .lost, .diff span, .group { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .of-host::details-content, .folded::details-content, .failures details::details-content { content-visibility: visible; block-size: auto; }
}
`;
