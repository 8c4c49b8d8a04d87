// Ends every connection of a mysql2 pool, on the server too: KILL over a connection of our own first, for a server works on for a client
// that is gone; then the sockets. A server that does not listen now is told as soon as it does. Only what is ours: by thread and port.
import { setTimeout as wait } from 'node:timers/promises'
import type { Leftover, MysqlConnections } from './connections.ts'
import type { MysqlCorePool } from './driver.ts'
import { onFreshConnection } from './fresh.ts'

const KILL_MS = 400
/** A stopped server takes the connection, and answers it when it goes on. */
const PATIENCE_MS = 30_000

export async function dropMysql(
  core: MysqlCorePool,
  connections: Pick<MysqlConnections, 'refuseAll' | 'all' | 'leftoverOf'>,
  refusal: () => Error,
): Promise<{ readonly ended: number; readonly leftovers: readonly Leftover[] }> {
  connections.refuseAll(refusal)
  const all = connections.all()
  const leftovers = all.flatMap(one => connections.leftoverOf(one) ?? [])
  const killed = killThem(core, leftovers, PATIENCE_MS).catch(() => {})
  await Promise.race([killed, wait(KILL_MS)])
  for (const one of all) one.stream.destroy()
  await wait(0)
  return { ended: all.length, leftovers }
}

export function killThem(core: MysqlCorePool, leftovers: readonly Leftover[], withinMs: number): Promise<void> {
  if (leftovers.length === 0) return Promise.resolve()
  return onFreshConnection(core, withinMs, async ask => {
    // A thread's number is its own for one life of a server. Another life, or another server behind the name, is not ours to kill in.
    const [status] = await ask("show global status like 'Uptime'")
    const upMs = Number(status?.['Value']) * 1_000
    const rows = await ask('select id as id, host as host from information_schema.processlist')
    const seen = new Map(rows.map(row => [Number(row['id']), String(row['host'])]))
    for (const { id, port, openedAt } of leftovers) {
      const host = seen.get(id)
      const same = host !== undefined && (!/:\d+$/.test(host) || host.endsWith(`:${port}`))
      if (same && performance.now() - openedAt <= upMs + 1_000) await ask(`kill ${id}`).catch(() => {})
    }
  })
}
