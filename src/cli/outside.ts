// Dependencies and failovers as status shows them: how each is, since when, why, and what is not decided yet.
import { formatMs } from '../core/index.ts'
import { story } from '../journal/index.ts'
import { whyNot } from './override.ts'

interface Part {
  readonly path: string
  readonly kind: string
  readonly snapshot: unknown
}
interface DependencyFacts {
  readonly state: string
  readonly since: number
  readonly causes: readonly { readonly says: string; readonly by?: string; readonly until?: number }[]
  readonly backAt?: number
}
interface DoorFacts {
  /** Missing: of an older selfheal. */
  readonly refusing?: { readonly since: number } | null
}
interface FailoverFacts {
  readonly state: string
  readonly pending: number
  readonly unresolved: number
  readonly twice: number
  readonly providers: readonly {
    readonly name: string
    readonly state: string
    readonly sinceMs: number
    readonly says: string | null
  }[]
}

/** A line each, in the parts' order. */
export function outsideLines(parts: readonly Part[]): readonly string[] {
  return parts.flatMap(({ path, kind, snapshot }) => {
    const name = path.split('/').at(-1)!
    if (kind === 'dependency') return [dependencyLine(name, snapshot as DependencyFacts)]
    if (kind === 'admission') return doorLines(path, snapshot as DoorFacts)
    if (kind === 'silent') return [silentLine(snapshot as { readonly program: string; readonly withinMs: number })]
    return kind === 'failover' ? [failoverLine(name, snapshot as FailoverFacts)] : []
  })
}

/** Only while it turns requests away. */
function doorLines(path: string, { refusing }: DoorFacts): readonly string[] {
  if (refusing == null) return []
  return [`${story({ name: 'inbound.refusing', source: path, data: refusing })}  for ${formatMs(Date.now() - refusing.since)}`]
}

function silentLine({ program, withinMs }: { readonly program: string; readonly withinMs: number }): string {
  return `${program} did not answer within ${formatMs(withinMs)}: its dependencies, features and failovers are not shown. Ask again; if it stays so, its main thread is busy.`
}

function dependencyLine(name: string, { state, since, causes, backAt }: DependencyFacts): string {
  const why = state === 'up' ? '' : whyNot(causes, backAt)
  return `${name}  ${state}  for ${formatMs(Date.now() - since)}  ${why}`.trimEnd()
}

function failoverLine(name: string, { state, pending, unresolved, twice, providers }: FailoverFacts): string {
  const says = [
    ...providers
      .filter(one => one.state !== 'up' && one.state !== 'unknown')
      .map(one => `${one.name} is ${one.state} for ${formatMs(one.sinceMs)}${one.says === null ? '' : `: ${one.says}`}`),
    ...(pending > 0 ? [`${pending} not decided yet`] : []),
    ...(unresolved > 0 ? [`${unresolved} that a person must look at: selfheal failover list`] : []),
    ...(twice > 0 ? [`${twice} done twice: selfheal failover list`] : []),
  ]
  return `${name}  ${state}  ${says.join('; ')}`.trimEnd()
}
