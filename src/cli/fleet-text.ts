// What `selfheal fleet` says to people of what the part answered. Pure.
import { formatMs } from '../core/index.ts'

interface Snapshot {
  readonly fleet: string
  readonly node: string
  readonly engine: string
  readonly state: string
  readonly ageMs: number | null
  readonly nodes: { readonly alive: number; readonly sick: number; readonly lost: number } | null
  readonly most: number | null
  readonly permits: readonly { readonly node: string; readonly what: string; readonly endsInMs: number }[]
  readonly waiting: readonly { readonly what: string; readonly sinceMs: number; readonly why: string }[]
  readonly leases: readonly { readonly name: string; readonly token: number; readonly remainingMs: number }[]
  readonly forces: readonly { readonly target: string; readonly verb: string; readonly by: string; readonly why: string }[]
  readonly bad: readonly { readonly build: string; readonly by: string; readonly why: string }[]
  readonly hints: readonly string[]
  readonly machines?:
    | readonly {
        readonly node: string
        readonly sick: boolean
        readonly lost: boolean
        readonly ageMs: number
        readonly info: unknown
      }[]
    | null
}

export function statusText(data: unknown): string {
  const { fleet, node, engine, state, ageMs, nodes, most, permits, waiting, leases, forces, bad, hints } = data as Snapshot
  const age = ageMs === null ? 'nothing was read yet' : `as of ${formatMs(ageMs)} ago`
  const counts = nodes === null ? '' : `: ${nodes.alive} alive, ${nodes.sick} sick, ${nodes.lost} lost`
  const blind = state === 'blind' ? '  The engine does not answer: what was read last stays in force.' : ''
  return [
    `${fleet} on ${engine}, ${state}${counts}, ${age}.${blind}`,
    `  here: ${node}`,
    ...(most === null
      ? []
      : [
          `  restarts of their own will: ${permits.length} of ${most}${waiting.map(one => `; here waits ${one.what}: ${one.why}`).join('')}`,
        ]),
    ...leases.map(one => `  here runs ${one.name}, token ${one.token}, for ${formatMs(one.remainingMs)} at least`),
    ...forces.map(one => `  forced: ${one.target} ${one.verb} by ${one.by}: ${one.why}`),
    ...bad.map(one => `  bad build: ${one.build}, found by ${one.by}: ${one.why.split('\n')[0]}`),
    ...hints.map(one => `  half of the machines find ${one} broken`),
  ].join('\n')
}

export function machinesText(data: unknown): string {
  const { machines } = data as Snapshot
  if (!machines) return '\n  The list of machines can’t be read just now.'
  return machines
    .map(({ node, sick, lost, ageMs, info }) => {
      const { build } = (info ?? {}) as { build?: string | null }
      return `\n    ${[node, lost ? 'LOST' : sick ? 'sick' : 'well', `${formatMs(ageMs)} ago`, build ? `build ${build}` : ''].filter(Boolean).join('  ')}`
    })
    .join('')
}

export function permitsText(data: unknown): string {
  const { permits, most, waiting, ageMs } = data as Snapshot
  if (most === null || ageMs === null) return 'Nothing was read of the fleet yet.'
  return [
    `${permits.length} of ${most} restart of their own will, as of ${formatMs(ageMs)} ago.`,
    ...permits.map(one => `  ${one.node}  ${one.what}  for ${formatMs(one.endsInMs)} at most`),
    ...waiting.map(one => `  here waits ${one.what} since ${formatMs(one.sinceMs)}: ${one.why}`),
  ].join('\n')
}
