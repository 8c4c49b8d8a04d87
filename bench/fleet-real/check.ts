// What must be true of the observer's log, whatever came: each violation is a sentence. Pure.
import type { Entry } from './told.ts'

/** A write that the database took, in the order it took them. */
export interface Effect {
  readonly guarded: boolean
  readonly host: string
  readonly token: number
}
export interface Span {
  readonly host: string
  readonly pid: number
  readonly token: number
  readonly from: number
  readonly to: number
}

export function check(log: readonly Entry[], effects: readonly Effect[]): readonly string[] {
  return [...alone(log), ...inOrder(effects.filter(one => one.guarded)), ...atOnce(log), ...forcesStay(log)]
}

const byTime = (log: readonly Entry[]) => [...log].sort((a, b) => a.at - b.at)

/** Whoever looked at its lease and found it good was the only one: no token comes back once a higher one has acted, and each is one life's. */
function* alone(log: readonly Entry[]) {
  const owner = new Map<number, string>()
  let highest = 0
  for (const one of byTime(log)) {
    if (one.kind !== 'acts') continue
    const who = `${one.host} (${one.pid})`
    if ((owner.get(one.token) ?? who) !== who) yield `${who} and ${owner.get(one.token)} both acted under token ${one.token}`
    owner.set(one.token, who)
    if (one.token < highest) yield `${who} acted under token ${one.token} after token ${highest} had`
    highest = Math.max(highest, one.token)
  }
}

function* inOrder(effects: readonly Effect[]) {
  const owner = new Map<number, string>()
  let highest = 0
  for (const { host, token } of effects) {
    if ((owner.get(token) ?? host) !== host) yield `${host} and ${owner.get(token)} both wrote under token ${token}`
    owner.set(token, host)
    if (token < highest) yield `${host} wrote under token ${token} after token ${highest} had`
    highest = Math.max(highest, token)
  }
}

/** Writes that came after a higher token's. */
export function overtaken(effects: readonly Effect[]): number {
  let highest = 0
  return effects.filter(({ token }) => (highest = Math.max(highest, token)) > token).length
}

/** Restarts of the hosts' own will; one that was killed ends with its process. */
export function restarts(log: readonly Entry[], byPermit: boolean): readonly Span[] {
  const sorted = byTime(log)
  const spans: Span[] = []
  sorted.forEach((one, i) => {
    if (one.kind !== 'restarts' || one.token > 0 !== byPermit) return
    const { host, pid, token, at: from } = one
    const ended = sorted.slice(i).find(e => e.pid === pid && (e.kind === 'restarted' || e.kind === 'ended'))
    spans.push({ host, pid, token, from, to: ended?.at ?? Number.POSITIVE_INFINITY })
  })
  return spans
}
export function mostAtOnce(spans: readonly Span[]): number {
  return Math.max(0, ...spans.map(a => spans.filter(b => b.from <= a.from && a.from < b.to).length))
}
/** Of four hosts one may. */
export const MOST_RESTARTS = 1
function* atOnce(log: readonly Entry[]) {
  const spans = restarts(log, true)
  const most = mostAtOnce(spans)
  if (most > MOST_RESTARTS) yield `${most} hosts restarted by permit at the same time`
}

/** What is in force on a host stays, also over its death: it is on its disk. */
function* forcesStay(log: readonly Entry[]) {
  const known = new Map<string, readonly string[]>()
  for (const one of byTime(log)) {
    if (one.kind !== 'forces') continue
    const gone = (known.get(one.host) ?? []).filter(target => !one.all.includes(target))
    if (gone.length > 0) yield `${one.host} (${one.pid}) lost ${gone.join(', ')}`
    known.set(one.host, one.all)
  }
}
