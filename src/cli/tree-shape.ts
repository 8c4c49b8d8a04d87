// The live tree, from parts alone: who stands under whom is read off the paths, and a line for each, for people. Pure.
import { formatMs, type Json } from '../core/index.ts'
import { openGuardNodes } from './open-guards.ts'

export interface TreeNode {
  readonly path: string
  readonly kind: string
  readonly facts: Facts
  readonly children: readonly TreeNode[]
}
/** What nodes of the kinds shown may have; each has its own. */
export interface Facts {
  readonly id?: string
  readonly kind?: string
  readonly state?: string
  readonly generation?: number
  readonly pid?: number | null
  readonly restarts?: number
  readonly since?: number | null
  readonly next?: number | null
  readonly rss?: number | null
  readonly last?: LastFacts | null
  readonly lastExit?: LastFacts | null
  readonly needs?: readonly string[]
  readonly strategy?: string
  readonly intensity?: number
  readonly periodMs?: number
  readonly budget?: string
  readonly untold?: number
  /** Of a guard that is open: since when, and why. */
  readonly forMs?: number
  readonly says?: string
}
interface LastFacts {
  readonly says: string
  readonly at: number
}
interface Shown {
  readonly path: string
  readonly kind: string
  readonly snapshot: Json
}

const KINDS = ['system', 'program', 'supervisor', 'component']
/** A supervisor's own part stands under its path by this name: what it knows belongs to whatever has that path. */
const OWN = '/tree'

export function treeOf(parts: readonly Shown[]): readonly TreeNode[] {
  const shown: readonly Shown[] = [...parts.filter(({ kind }) => KINDS.includes(kind)), ...openGuardNodes(parts)]
  const paths = new Set(shown.map(({ path }) => path))
  const own = new Map<string, Facts>()
  const nodes = new Map<string, { path: string; kind: string; facts: Facts; children: TreeNode[] }>()
  for (const { path, kind, snapshot } of shown) {
    const at = path.slice(0, -OWN.length)
    if (kind === 'supervisor' && path.endsWith(OWN) && paths.has(at)) own.set(at, snapshot as Facts)
    else nodes.set(path, { path, kind, facts: snapshot as Facts, children: [] })
  }
  for (const [at, facts] of own) {
    const node = nodes.get(at)!
    node.facts = { ...facts, ...node.facts }
  }
  const roots: TreeNode[] = []
  for (const node of nodes.values()) (parentOf(node.path, nodes)?.children ?? roots).push(node)
  return roots
}

export function draw(roots: readonly TreeNode[], now: number): string {
  const rows = roots.flatMap(node => [['', node, ''] as const, ...below(node, '')])
  const cells = rows.map(([branch, node]) => [branch + nameOf(node), ...cellsOf(node, now)])
  const widths = [0, 1, 2, 3].map(i => Math.max(...cells.map(row => row[i]!.length)))
  return cells
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function parentOf<T>(path: string, nodes: ReadonlyMap<string, T>): T | undefined {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const parent = nodes.get(path.slice(0, at))
    if (parent !== undefined) return parent
  }
  return undefined
}

type Row = readonly [branch: string, node: TreeNode, trail: string]

function below({ children }: TreeNode, trail: string): readonly Row[] {
  return children.flatMap((child, i) => {
    const last = i === children.length - 1
    const deeper = trail + (last ? '   ' : '│  ')
    return [[`${trail}${last ? '└─ ' : '├─ '}`, child, deeper] as const, ...below(child, deeper)]
  })
}

function nameOf({ path, facts }: TreeNode): string {
  const name = facts.id ?? path
  return facts.generation === undefined || facts.generation === 0 ? name : `${name}.${facts.generation}`
}

function cellsOf({ kind, facts }: TreeNode, now: number): readonly [string, string, string, string] {
  const { state = '', pid, since, next, restarts, last, lastExit, rss } = facts
  const up = state === 'running' || state === 'ready' || kind === 'system'
  const times = [
    typeof since === 'number' ? `${up ? 'up' : 'for'} ${formatMs(Math.max(0, now - since))}` : '',
    facts.forMs === undefined ? '' : `for ${formatMs(facts.forMs)}`,
    typeof next === 'number' ? `next try in ${formatMs(Math.max(0, next - now))}` : '',
  ]
  const who = typeof pid === 'number' ? `pid ${pid}` : (facts.kind ?? '')
  const ended = last ?? lastExit
  const notes = [
    restarts === undefined || restarts === 0 ? '' : `restarted ${restarts === 1 ? 'once' : `${restarts} times`}`,
    ended == null ? '' : `last: ${oneLine(ended.says)}, ${formatMs(Math.max(0, now - ended.at))} ago`,
    facts.needs === undefined || facts.needs.length === 0 ? '' : `needs ${facts.needs.join(', ')}`,
    ruleOf(facts),
    typeof rss === 'number' && kind === 'program' ? `${Math.round(rss / 1_048_576)} MB` : '',
    facts.says ?? '',
    facts.untold === undefined || facts.untold === 0 ? '' : `${facts.untold} more run, never in trouble`,
  ]
  return [kind === 'system' ? 'running' : state, who, join(times), join(notes, '; ')]
}

function ruleOf({ strategy, intensity, periodMs, budget }: Facts): string {
  if (strategy === undefined || intensity === undefined || periodMs === undefined) return ''
  return `${strategy}, ${intensity} restarts in ${formatMs(periodMs)}${budget === 'child' ? ' each' : ''}`
}

function join(words: readonly string[], by = ', '): string {
  return words.filter(word => word !== '').join(by)
}

function oneLine(text: string): string {
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return line.length > 100 ? `${line.slice(0, 100)}…` : line
}
