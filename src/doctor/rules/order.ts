// The levels of one connection, each inside the next: the innermost ends first, and frees what the outer ones hold.
import { formatMs } from '../../core/index.ts'
import { type Finding, isDriver, known, levels, type PartFacts, type Rule } from '../facts.ts'

/** Inner before outer. */
const INSIDE: readonly (readonly [string, string, string])[] = [
  ['lock', 'statement', 'a statement that waits for a lock is told to stop before it can say which lock it was'],
  ['statement', 'attempt', 'the caller gives up first, and the database works on for nobody'],
  ['query', 'attempt', 'the caller gives up before its own query does'],
  ['command', 'attempt', 'the caller gives up before its own command does'],
  ['headers', 'attempt', 'the attempt is over before the answer can begin'],
  ['attempt', 'deadline', 'a whole attempt does not fit into the deadline'],
  ['acquire', 'deadline', 'callers wait for a connection longer than for their answer'],
  ['connect', 'deadline', 'callers wait to be connected longer than for their answer'],
  ['statement', 'idle-in-transaction', 'a transaction is ended between two of its statements'],
]

export const order: Rule = {
  name: 'order',
  says: 'lock < statement < attempt ≤ deadline; connect and acquire below the deadline; idle-in-transaction above statement.',
  check({ parts }) {
    const found: Finding[] = []
    for (const part of parts) {
      const at = levels(part)
      for (const [inner, outer, why] of INSIDE) {
        const [a, b] = [at(inner), at(outer)]
        if (!known(a) || !known(b) || a < b || (a === b && mayEqual(inner, outer))) continue
        found.push({
          rule: this.name,
          where: part.path,
          weight: 'broken',
          says: `${inner} (${formatMs(a)}) is not below ${outer} (${formatMs(b)}): ${why}`,
          mend: `Lower ${nameOf(part, inner)} below ${formatMs(b)}, or raise ${nameOf(part, outer)} above ${formatMs(a)}`,
          ...lineFor(part, inner, a, outer, b),
        })
      }
    }
    return found
  },
}

/** Nothing waits outside of these for what is inside: a command of Redis is its attempt. */
function mayEqual(inner: string, outer: string): boolean {
  return outer === 'deadline' || inner === 'command'
}

function nameOf(part: Parameters<typeof levels>[0], level: string): string {
  return part.settings.find(s => s.level === level)?.name ?? level
}

/** How an adapter of ours calls its levels. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  postgres: {
    statement: 'statement',
    lock: 'lock',
    connect: 'connect',
    acquire: 'connect',
    'idle-in-transaction': 'idleInTransaction',
  },
  mysql: { statement: 'statement', lock: 'lock', connect: 'connect', acquire: 'connect' },
  redis: { command: 'command' },
  http: { headers: 'headers', connect: 'connect' },
}
const GIVEN: Readonly<Record<string, string>> = { postgres: 'pool', mysql: 'pool', redis: 'client', http: 'origin' }
const GUARDS: Readonly<Record<string, string>> = { attempt: 'timeout', deadline: 'deadline' }

/** The inner level lowered, in the line that sets it; where it is none of ours, the outer one raised. */
function lineFor(part: PartFacts, inner: string, innerMs: number, outer: string, outerMs: number): { patch?: string } {
  const driver = Object.keys(OPTIONS).find(one => isDriver(part, one))
  if (driver === undefined) return {}
  const option = (level: string, ms: number) => {
    const own = OPTIONS[driver]?.[level]
    if (own !== undefined) return `${driver}(${GIVEN[driver]}, { ${own}: '${ms}ms' })`
    const guards = GUARDS[level]
    return guards === undefined ? undefined : `dependency(${driver}(${GIVEN[driver]}), { ${guards}: '${ms}ms' })`
  }
  const raises = outer === 'idle-in-transaction'
  const patch = raises
    ? option(outer, innerMs * 6)
    : (option(inner, Math.max(1, Math.floor(outerMs * 0.9))) ?? option(outer, innerMs + 500))
  return patch === undefined ? {} : { patch }
}
