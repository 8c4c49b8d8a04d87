// The system map as a drawing: who needs whom, in three columns: what users notice, what is needed in the middle, what runs. A component stands
// there when it needs something, is needed, or is not well. Where each stands, and the same in words. Pure; null where there is too much for one
// picture, or nothing that needs anything.
import { facts, list, nameOf, type Part, rowOf, type Tone, text, toneOf } from './facts.ts'

export interface Node {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly tone: Tone
  readonly column: 0 | 1 | 2
  /** From the top. */
  readonly row: number
  /** Stands under the one above it: a component in its program, a provider of a failover. */
  readonly inner: boolean
}
export interface Edge {
  readonly from: Node
  readonly to: Node
  /** Of what is needed. */
  readonly tone: Tone
}
export interface Drawing {
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
  readonly rows: number
}

const MOST = 60
const COLUMN: Readonly<Record<string, Node['column']>> = { feature: 0, dependency: 1, failover: 1, program: 2, component: 2 }

export function drawingOf(parts: Iterable<Part>): Drawing | null {
  const all = [...parts].filter(part => Object.hasOwn(COLUMN, part.kind))
  if (all.length > MOST) return null
  const kind = (...kinds: readonly string[]) => all.filter(part => kinds.includes(part.kind))
  const within = (part: Part, program: Part) => part.path.startsWith(`${program.path}/`)
  const programs = kind('program')

  // ── Who needs whom: by name, in its own program first
  const found = (name: string, by: Part) => {
    const named = all.filter(part => nameOf(part.path) === name && part.kind !== 'feature' && part.path !== by.path)
    const home = programs.find(program => within(by, program))
    return named.find(part => home !== undefined && within(part, home)) ?? named.find(part => part.kind === by.kind) ?? named[0]
  }
  const pairs = all.flatMap(part => {
    const inside = part.kind === 'program' ? kind('dependency', 'failover').filter(one => within(one, part)) : []
    const named = list(facts(part.snapshot)['needs']).flatMap(name => found(text(name), part) ?? [])
    return [...new Set([...inside, ...named])].map(need => [part, need] as const)
  })
  const touched = new Set(pairs.flat())

  // ── Where each stands
  const rows = [0, 0, 0]
  const nodes = new Map<string, Node>()
  const place = (id: string, column: Node['column'], shown: Pick<Node, 'name' | 'state' | 'tone'>, inner: boolean) =>
    void nodes.set(id, { id, column, name: shown.name, state: shown.state, tone: shown.tone, inner, row: rows[column]!++ })
  const of = (part: Part, inner = false) => place(part.path, COLUMN[part.kind]!, rowOf(part), inner)
  for (const part of kind('feature', 'dependency')) of(part)
  for (const part of kind('failover')) {
    of(part)
    for (const one of list(facts(part.snapshot)['providers']).map(facts)) {
      const [name, state] = [text(one['name']), text(one['state'])]
      place(`${part.path}/${name}`, 1, { name, state, tone: toneOf(state) }, true)
    }
  }
  const components = kind('component').filter(part => touched.has(part) || ['bad', 'busy'].includes(rowOf(part).tone))
  for (const program of programs) {
    of(program)
    for (const part of components) if (within(part, program)) of(part, true)
  }
  for (const part of components) if (!programs.some(program => within(part, program))) of(part)
  if (nodes.size > MOST) return null
  const edges = pairs.map(([from, to]) => {
    const need = nodes.get(to.path)!
    return { from: nodes.get(from.path)!, to: need, tone: need.tone }
  })
  return edges.length === 0 ? null : { nodes: [...nodes.values()], edges, rows: Math.max(...rows) }
}

/** 'sell (read-only) needs database (down)': one line for each that needs something. */
export function inWords({ edges }: Drawing): readonly string[] {
  const called = ({ name, state }: Node) => (state === '' ? name : `${name} (${state})`)
  return [...new Set(edges.map(edge => edge.from))].map(
    from => `${called(from)} needs ${edges.flatMap(edge => (edge.from === from ? [called(edge.to)] : [])).join(', ')}`,
  )
}
