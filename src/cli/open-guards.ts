// Guards and breakers of the app's own that turn calls away now, from parts: for status and tree. Those inside a dependency are told by it.
import { formatMs, type Json, policyOwner, policyPlace } from '../core/index.ts'

interface Part {
  readonly path: string
  readonly kind: string
  readonly snapshot: unknown
}
interface Cells {
  readonly cells?: readonly Cell[]
  readonly transitions?: readonly { readonly key: string; readonly to: string; readonly why: string }[]
}
interface Cell {
  readonly key: string
  readonly state: string
  readonly forMs: number
  readonly backInMs?: number
}
export interface OpenGuard {
  /** As if it were a component: 'shop/web/rates'. */
  readonly path: string
  /** With its key, where that is another: 'rates (api.example.com)'. */
  readonly name: string
  readonly kind: string
  readonly state: string
  readonly forMs: number
  readonly says: string
}

const TROUBLED = ['open', 'half_open', 'isolated']

export function openGuards(parts: readonly Part[]): readonly OpenGuard[] {
  const others = new Set(parts.filter(({ kind }) => kind !== 'guard' && kind !== 'breaker').map(({ path }) => path))
  return parts
    .filter(({ kind }) => kind === 'guard' || kind === 'breaker')
    .map(part => ({ ...part, place: policyPlace(part.path) }))
    .filter(({ path }) => !others.has(policyOwner(path)))
    .flatMap(({ place, kind, snapshot }) => {
      const of = (snapshot ?? {}) as Cells & { readonly breaker?: Cells }
      const { cells = [], transitions = [] } = kind === 'guard' ? (of.breaker ?? {}) : of
      const name = place.split('/').at(-1)!
      return cells
        .filter(({ state }) => TROUBLED.includes(state))
        .map(({ key, state, forMs, backInMs }) => {
          const why = transitions.findLast(one => one.key === key && (one.to === 'open' || one.to === 'isolated'))?.why
          const again = backInMs === undefined ? '' : `tried again in ${formatMs(backInMs)}`
          return {
            path: key === name ? place : `${place}/${key.replaceAll('/', '_')}`,
            name: key === name ? name : `${name} (${key})`,
            kind,
            state: state.replace('_', '-'),
            forMs,
            says: [why ?? '', again].filter(text => text !== '').join('; '),
          }
        })
    })
}

export function openGuardLines(parts: readonly Part[]): readonly string[] {
  return openGuards(parts).map(({ name, state, forMs, says }) => `${name}  ${state}  for ${formatMs(forMs)}  ${says}`.trimEnd())
}

/** As parts that a tree shows. */
export function openGuardNodes(parts: readonly Part[]): readonly { path: string; kind: string; snapshot: Json }[] {
  return openGuards(parts).map(({ path, name, kind, state, forMs, says }) => ({
    path,
    kind: 'guard',
    snapshot: { id: name, kind, state, forMs, says },
  }))
}
