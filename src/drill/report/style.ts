// How the report looks: one style sheet, inline, for light and dark, for a screen and for paper.
export const STYLE = `
:root { color-scheme: light dark; --bg: #fbfaf8; --card: #fff; --ink: #1d1c1a; --soft: #6b6862; --line: #e4e0d9; --ok: #3f9b6c; --ok-soft: #cfe6d9;
  --degraded: #d99a2b; --failed: #cf4436; --p99: #7a5cc4; --p50: #2b6fb8; --broken: #cf443614; --yes-bg: #e2f2e8; --no-bg: #fbe4e1; --wait-bg: #fbf0d9; }
@media (prefers-color-scheme: dark) { :root { --bg: #161513; --card: #1f1e1b; --ink: #eeebe5; --soft: #a19c93; --line: #37342f; --ok: #57b585; --ok-soft: #2c5843;
  --degraded: #e0a945; --failed: #ef6a5b; --p99: #a892ea; --p50: #68a6e8; --broken: #ef6a5b1c; --yes-bg: #1d3a2b; --no-bg: #472521; --wait-bg: #40351c; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 1040px; margin: 0 auto; padding: 32px 20px 80px }
h1 { font-size: 26px; margin: 0 0 4px; letter-spacing: -.01em }
h2 { font-size: 20px; margin: 0; letter-spacing: -.01em }
h3 { font-size: 12px; margin: 22px 0 6px; color: var(--soft); text-transform: uppercase; letter-spacing: .07em; font-weight: 600 }
p { margin: 4px 0 }
.soft { color: var(--soft) }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 22px 24px; margin-top: 22px }
.head { display: flex; gap: 12px; align-items: center; flex-wrap: wrap }
.verdict { border-radius: 99px; padding: 2px 12px; font-weight: 650; font-size: 13px; background: var(--no-bg); color: var(--failed); white-space: nowrap }
.verdict.yes { background: var(--yes-bg); color: var(--ok) }
.verdict.expected, .verdict.no_steady_state { background: var(--wait-bg); color: var(--degraded) }
.mend { border-left: 4px solid var(--failed); background: var(--no-bg); padding: 10px 14px; border-radius: 0 8px 8px 0; margin: 14px 0 0 }
.mend b { display: block }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(104px, 1fr)); gap: 8px; margin: 16px 0 6px }
.tile { border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px }
.tile b { display: block; font-size: 19px; font-variant-numeric: tabular-nums; letter-spacing: -.01em }
.tile span { color: var(--soft); font-size: 12px }
.tile.bad b { color: var(--failed) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px }
.scroll { overflow-x: auto }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 12px; white-space: nowrap }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top }
tr:last-child td { border-bottom: 0 }
td.yes { color: var(--ok); font-weight: 650; width: 1% } td.no { color: var(--failed); font-weight: 650; width: 1% }
td a { color: inherit }
svg { width: 100%; height: auto; display: block; margin-top: 10px; font: 11px system-ui, sans-serif; overflow: visible }
svg .grid { stroke: var(--line) } svg .axis { fill: var(--soft) }
svg .ok { fill: var(--ok-soft) } svg .degraded { fill: var(--degraded) } svg .failed { fill: var(--failed) } svg .tip { fill: transparent } svg .tip:hover { fill: var(--broken) }
svg .broken { fill: var(--broken) }
svg .p99, svg .p50 { fill: none; stroke-width: 1.8; stroke-linejoin: round } svg .p99 { stroke: var(--p99) } svg .p50 { stroke: var(--p50) }
svg line.mark { stroke-width: 1.2; stroke-dasharray: 3 3; stroke: var(--soft) } svg line.mark.fault { stroke: var(--failed); stroke-dasharray: none } svg line.mark.recovered { stroke: var(--ok) }
svg .label { fill: var(--soft) } svg .label.fault { fill: var(--failed); font-weight: 600 } svg .label.recovered { fill: var(--ok); font-weight: 600 }
.key { display: flex; gap: 16px; flex-wrap: wrap; color: var(--soft); font-size: 12px; margin: 2px 0 0 }
.key i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 5px; vertical-align: -1px }
code, pre { font: 13px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
pre { background: var(--bg); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; margin: 4px 0 0; white-space: pre-wrap; overflow-wrap: anywhere }
ul { margin: 4px 0; padding-left: 18px } li { margin: 2px 0 }
details summary { cursor: pointer; color: var(--soft); margin-top: 18px; font-size: 13px }
.at { color: var(--soft); white-space: nowrap } .warn { color: var(--degraded) } .alarm { color: var(--failed); font-weight: 600 }
@media (max-width: 640px) { main { padding: 20px 12px 60px } section { padding: 16px 14px } }
@media print { body { background: #fff } section { break-inside: avoid; border-color: #ccc } }
`
