// An event as a program told it, made fit for the supervisor's journal: its shape is checked, and it can't speak for what is not its own.
import type { Event, Level } from '../core/index.ts'

const NAME = /^[a-z][a-z0-9_-]*\.[a-z][a-z0-9_.-]*$/
const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'alarm']
const MAX_WORD = 400

/** The event with its source under `path`; undefined: it is none. */
export function relayed(value: unknown, path: string): Event | undefined {
  const { v, id, name, source, at, wall, level, because, data } = (value ?? {}) as Record<string, unknown>
  const short = (word: unknown): word is string => typeof word === 'string' && word.length <= MAX_WORD
  if (v !== 1 || !short(id) || !short(name) || !NAME.test(name) || !short(source)) return undefined
  if (!Number.isFinite(at) || !Number.isFinite(wall) || !LEVELS.includes(level as Level)) return undefined
  if (because !== undefined && !short(because)) return undefined
  const own = source === path || source.startsWith(`${path}/`) ? source : `${path}/${source}`
  return Object.freeze({
    v: 1,
    id,
    name,
    source: own,
    at,
    wall,
    level,
    ...(because === undefined ? {} : { because }),
    data: data ?? {},
  }) as unknown as Event
}
