// Whose turn it is to apply: two lives of a program overlap at a reload, and a line's order must hold over both. A life that is seen to be
// gone loses its turn at once, one that can't be seen (another container) when its time is over.
import { randomUUID } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { DatabaseSync } from 'node:sqlite'

export const TURN_MS = 8_000

export function spoolTurn(db: DatabaseSync) {
  const machine = `${hostname()} ${pidNamespace()}`
  const owner = `${machine} ${process.pid} ${randomUUID()}`
  const held = db.prepare('SELECT owner, until FROM turn')
  const take = db.prepare('UPDATE turn SET owner = ?, until = ?')
  const give = db.prepare('UPDATE turn SET until = 0 WHERE owner = ?')
  const gone = (other: string) => other.startsWith(`${machine} `) && !isAlive(Number(other.split(' ').at(-2)))
  return Object.freeze({
    /** Inside a transaction. False: another has it. An end that is too far off is that of a clock that was wrong. */
    take(wall: number): boolean {
      const { owner: other, until } = held.get() as { owner: string; until: number }
      if (other !== owner && until > wall && until <= wall + 2 * TURN_MS && !gone(other)) return false
      take.run(owner, wall + TURN_MS)
      return true
    },
    give: () => void give.run(owner),
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return process.platform
  }
}
