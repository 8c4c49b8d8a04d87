// The fleet's documents and what may be done with them. Pure: document + the engine's now → the next document, or undefined: not allowed.
// `now` may be older than the engine's real one (it is that of the last reading): then what has run out is taken later, never earlier.
//
//   lease    free or run out ─► claimed, token + 1 ─► renewed, same token ─► released or run out ─► …
//   permits  fewer than k held, and most machines well ─► granted ─► renewed ─► given back or run out
import type { Json } from '../core/index.ts'
import type { Counts } from './engine.ts'

export interface Lease {
  readonly holder: string | null
  /** Grows with each taking: who gives a resource a lower one has been overtaken. */
  readonly token: number
  /** On the engine's clock. */
  readonly until: number
}

export function leaseOf(value: Json): Lease {
  return value === null ? { holder: null, token: 0, until: 0 } : (value as unknown as Lease)
}

/** One who held it and let it run out gets a new token, as anybody else does. */
export function claimed(lease: Lease, node: string, now: number, ttlMs: number): Lease | undefined {
  const free = lease.holder === null || lease.until <= now
  if (!free && lease.holder !== node) return undefined
  return { holder: node, token: free ? lease.token + 1 : lease.token, until: now + ttlMs }
}

export function released(lease: Lease, node: string, token: number): Lease | undefined {
  return lease.holder === node && lease.token === token ? { ...lease, holder: null, until: 0 } : undefined
}

export interface Permit {
  readonly node: string
  readonly what: string
  readonly token: number
  readonly until: number
}
export interface Permits {
  /** The last token given. */
  readonly token: number
  readonly held: readonly Permit[]
}

export function permitsOf(value: Json): Permits {
  return value === null ? { token: 0, held: [] } : (value as unknown as Permits)
}

/** How many machines may restart because they want to, at one time. */
export function permitsFor(alive: number): number {
  return Math.max(1, Math.floor(alive / 10))
}

/** Those that were lost without a word count as sick until they are forgotten. */
export function mostlySick({ alive, sick, lost }: Counts): boolean {
  return (sick + lost) * 2 > alive + lost
}

/** A machine has one permit at most: asked again, it is the same, for longer. */
export function granted(permits: Permits, node: string, what: string, now: number, ttlMs: number, most: number) {
  const others = permits.held.filter(one => one.until > now && one.node !== node)
  const mine = permits.held.find(one => one.until > now && one.node === node)
  if (mine === undefined && others.length >= most) return undefined
  const token = mine?.token ?? permits.token + 1
  return { token: Math.max(token, permits.token), held: [...others, { node, what, token, until: now + ttlMs }] } satisfies Permits
}

/** A permit that has run out is not renewed: someone else may restart by now. */
export function renewed(permits: Permits, node: string, token: number, now: number, ttlMs: number): Permits | undefined {
  const mine = permits.held.find(one => one.node === node && one.token === token && one.until > now)
  if (mine === undefined) return undefined
  return { ...permits, held: permits.held.map(one => (one === mine ? { ...one, until: now + ttlMs } : one)) }
}

export function givenBack(permits: Permits, node: string, token: number): Permits | undefined {
  const held = permits.held.filter(one => one.node !== node || one.token !== token)
  return held.length === permits.held.length ? undefined : { ...permits, held }
}

/** Enough machines find the same thing broken: the others look closer at it. They decide for themselves. */
export function agreed(hints: Readonly<Record<string, number>>, alive: number): readonly string[] {
  return Object.keys(hints)
    .filter(hint => hints[hint]! >= 3 && hints[hint]! * 2 >= alive)
    .sort()
}

/** What an operator has set for all machines. */
export interface Force {
  /** What it is set on: 'features/sell', 'db/breaker'. */
  readonly target: string
  readonly verb: string
  readonly args: Json
  readonly by: string
  readonly why: string
  /** Wall milliseconds of who set it, for people. */
  readonly since: number
  /** Wall milliseconds. */
  readonly until?: number
}
/** `null`: it was ended. */
export type Forces = Readonly<Record<string, Force | null>>

export function forcesOf(value: Json): Forces {
  return value === null ? {} : (value as unknown as Forces)
}

const MOST_ENDED = 100

/** The newest of those that were ended are kept, so that a machine which was away hears of the end. */
export function withForce(forces: Forces, id: string, force: Force | null): Forces {
  const { [id]: _, ...others } = forces
  const next: Record<string, Force | null> = { ...others, [id]: force }
  const ended = Object.keys(next).filter(key => next[key] === null)
  for (const key of ended.slice(0, Math.max(0, ended.length - MOST_ENDED))) delete next[key]
  return next
}

/** One decision for the whole fleet, such as which provider takes the payments. */
export interface Decision {
  readonly epoch: number
  readonly choice: string
  readonly by: string
  readonly why: string
}

export function decisionOf(value: Json): Decision {
  return value === null ? { epoch: 0, choice: '', by: '', why: '' } : (value as unknown as Decision)
}

/** Of all who decide from the same epoch, one is the first: the others follow it. */
export function decided(before: Decision, from: number, choice: string, by: string, why: string): Decision | undefined {
  return before.epoch === from ? { epoch: from + 1, choice, by, why } : undefined
}

export interface Verdict {
  readonly bad: boolean
  readonly by: string
  readonly why: string
}
export type Verdicts = Readonly<Record<string, Verdict>>

export function verdictsOf(value: Json): Verdicts {
  return value === null ? {} : (value as unknown as Verdicts)
}

const MOST_VERDICTS = 50

export function withVerdict(verdicts: Verdicts, build: string, verdict: Verdict): Verdicts {
  const { [build]: _, ...others } = verdicts
  return Object.fromEntries([...Object.entries(others).slice(1 - MOST_VERDICTS), [build, verdict]])
}
