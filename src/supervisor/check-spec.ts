// Reads the spec of one child: every fault with its place. What comes out is numbers and no undefined.
import { ConfigError, type Fault, type Need } from '../core/index.ts'
import type { Checked } from './check.ts'
import { isObject, limit, oneOf, positive, type Report, show, unknown } from './check-words.ts'
import type { Component } from './component.ts'
import type { Health, Restart, Spec } from './spec.ts'

export interface CheckedSpec {
  readonly id: string
  readonly component: Component
  readonly restart: Restart
  /** Infinity: no limit. */
  readonly shutdownMs: number | 'brutal_kill'
  readonly significant: boolean
  readonly startWithinMs: number
  readonly health: CheckedHealth | undefined
  readonly heartbeatMs: number | undefined
  /** Siblings. */
  readonly needs: readonly string[]
  /** Others. */
  readonly waitsFor: readonly Need[]
}
export interface CheckedHealth {
  readonly by: Health
  readonly everyMs: number
  readonly withinMs: number
  readonly misses: number
}

const RESTARTS = ['permanent', 'transient', 'temporary'] as const
const KINDS = ['service', 'worker', 'program', 'supervisor'] as const
const KNOWN_SPEC = 'id component needs restart shutdown significant startWithin health heartbeat'.split(' ')
const SHARED = KNOWN_SPEC.filter(key => key !== 'id') as readonly (keyof Spec)[]
const SHUTDOWN_MS = { service: 5_000, worker: 5_000, program: 8_000, supervisor: Number.POSITIVE_INFINITY }

/** One spec, for startChild. `sibling`: the id of the sibling it means. Throws one ConfigError with every fault. */
export function checkSpec(
  spec: Spec,
  { autoShutdown, strategy }: Checked,
  what: string,
  sibling: (need: unknown) => string | undefined,
): CheckedSpec {
  const faults: Fault[] = []
  const bad: Report = (at, says) => void faults.push({ at, says })
  const checked = readSpec(spec, 'spec', autoShutdown, bad, sibling)
  for (const need of checked.needs)
    if (strategy === 'dynamic')
      bad('spec.needs', `must not name siblings (${show(need)}) with dynamic: its children stop together`)
    else if (sibling(need) === undefined) bad('spec.needs', `names ${show(need)}, which is no child here yet`)
    else if (need === checked.id) bad('spec.needs', 'must not name itself')
  if (faults.length > 0) throw new ConfigError(what, faults)
  return checked
}

/** Another id, and all else as it was checked for `spec`: thousands of children of one kind share what was read of them. */
export function sameSpec(id: string, checked: CheckedSpec): CheckedSpec {
  return { ...checked, id }
}

/** Nothing but the id is another. */
export function isSameButId(a: Spec, b: Spec): boolean {
  return (
    isObject(a) &&
    typeof a.id === 'string' &&
    a.id !== '' &&
    !a.id.includes('/') &&
    SHARED.every(key => a[key] === b[key]) &&
    Object.keys(a).length === Object.keys(b).length
  )
}

export function readSpec(
  spec: Spec,
  at: string,
  autoShutdown: Checked['autoShutdown'],
  bad: Report,
  sibling?: (need: unknown) => string | undefined,
): CheckedSpec {
  const given: Partial<Spec> = isObject(spec) ? spec : {}
  if (!isObject(spec)) bad(at, `must be an object, not ${show(spec)}`)
  unknown(given, KNOWN_SPEC, `${at}.`, bad)
  const { id, component } = given
  if (isObject(spec) && (typeof id !== 'string' || id === '' || id.includes('/')))
    bad(`${at}.id`, `must be a text without a slash, not ${show(id)}`)
  if (isObject(spec)) readComponent(component, `${at}.component`, bad)
  const restart = oneOf(given.restart, RESTARTS, `${at}.restart`, bad) ?? 'permanent'
  const significant = given.significant ?? false
  if (typeof significant !== 'boolean') bad(`${at}.significant`, `must be true or false, not ${show(significant)}`)
  if (significant === true && restart === 'permanent')
    bad(`${at}.significant`, 'must not be with restart permanent: it never ends')
  if (significant === true && autoShutdown === 'never')
    bad(`${at}.significant`, 'must not be with autoShutdown never: it means nothing')
  const kind = component?.kind ?? 'service'
  return Object.freeze({
    id: String(id),
    component: component as Component,
    restart,
    shutdownMs:
      given.shutdown === 'brutal_kill'
        ? 'brutal_kill'
        : (limit(given.shutdown, `${at}.shutdown`, bad, 'brutal_kill, ') ?? SHUTDOWN_MS[kind]),
    significant,
    startWithinMs:
      limit(given.startWithin, `${at}.startWithin`, bad) ?? (kind === 'supervisor' ? Number.POSITIVE_INFINITY : 30_000),
    health: readHealth(given.health, `${at}.health`, bad),
    heartbeatMs: positive(given.heartbeat, `${at}.heartbeat`, bad),
    ...readNeeds(given.needs, `${at}.needs`, bad, sibling),
  })
}

const NO_NEEDS = Object.freeze({ needs: Object.freeze([]), waitsFor: Object.freeze([]) })

function readNeeds(
  given: unknown,
  at: string,
  bad: Report,
  sibling: (need: unknown) => string | undefined = () => undefined,
): Pick<CheckedSpec, 'needs' | 'waitsFor'> {
  if (given === undefined) return NO_NEEDS
  if (!Array.isArray(given)) return bad(at, `must be a list, not ${show(given)}`) ?? NO_NEEDS
  const needs: string[] = []
  const waitsFor: Need[] = []
  for (const one of given) {
    const id = sibling(one)
    const need = isNeed(one) ? one : isObject(one) && isNeed(one['heal']) ? one['heal'] : undefined
    if (id !== undefined || typeof one === 'string') needs.push(id ?? String(one))
    else if (need !== undefined) waitsFor.push(need)
    else if (isObject(one) && 'exited' in one)
      bad(at, 'lists a child of another supervisor, or one that was restarted since: use its id')
    else bad(at, `must list ids of siblings, or needs (what has a reading), not ${show(one)}`)
  }
  return { needs: Object.freeze(needs), waitsFor: Object.freeze(waitsFor) }
}

export function readComponent(component: unknown, at: string, bad: Report) {
  if (!isObject(component)) return bad(at, `must be a component, not ${show(component)}: service(fn) makes one`)
  if (typeof component['start'] !== 'function') bad(`${at}.start`, `must be a function, not ${show(component['start'])}`)
  if (component['kind'] === undefined) bad(`${at}.kind`, `must be one of ${KINDS.join(', ')}`)
  else oneOf(component['kind'], KINDS, `${at}.kind`, bad)
}

function readHealth(given: unknown, at: string, bad: Report): CheckedHealth | undefined {
  if (given === undefined) return undefined
  if (!isObject(given) || typeof given['check'] !== 'function')
    return bad(at, `must be { check, every?, within?, misses? } with a function check, not ${show(given)}`) ?? undefined
  unknown(given, ['check', 'every', 'within', 'misses'], `${at}.`, bad)
  const misses = given['misses'] ?? 2
  if (!Number.isInteger(misses) || (misses as number) < 1)
    bad(`${at}.misses`, `must be a whole number, 1 or more, not ${show(misses)}`)
  return Object.freeze({
    by: given as unknown as Health,
    everyMs: positive(given['every'], `${at}.every`, bad) ?? 10_000,
    withinMs: positive(given['within'], `${at}.within`, bad) ?? 5_000,
    misses: misses as number,
  })
}

function isNeed(value: unknown): value is Need {
  return isObject(value) && typeof value['reading'] === 'function'
}
