// The levels of one connection, each inside the next: the innermost ends first, and frees what the outer ones hold.
import { formatMs } from '../../core/index.ts'
import { type Finding, known, levels, type Rule } from '../facts.ts'

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
