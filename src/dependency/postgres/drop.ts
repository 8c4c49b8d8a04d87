// Ends every connection of a pool on a live server within a second, and keeps the pool. In use: cancelled first, for a backend whose client
// is gone goes on working; then all get a goodbye; what does not close by then is destroyed. What a stopped server still holds is
// noted, and ended by endLeftovers when it is back.
import { setTimeout as wait } from 'node:timers/promises'
import { cancelRequest } from './cancel.ts'
import type { Connection, Connections } from './connections.ts'
import type { PgClient, PgClientClass } from './driver.ts'
import { onFreshConnection } from './probe.ts'

const CANCEL_MS = 300
const GOODBYE_MS = 150
/** Cancels at once: each is a connection to a server that has trouble already. */
const MOST_CANCELS = 16

export interface Leftover {
  readonly pid: number
  readonly startedAt: string
}

export async function dropAll(
  connections: Connections,
  config: object,
  refusal: () => Error,
  remainingMs: number,
): Promise<{ readonly ended: number; readonly leftovers: readonly Leftover[] }> {
  connections.refuseAll(refusal)
  const all = [...connections.all]
  const busy = all.filter(({ client }) => client.readyForQuery === false && client.processID !== null)
  for (const one of all) if (!busy.includes(one)) goodbye(one)
  const cancelMs = Math.min(CANCEL_MS, remainingMs / 2)
  await Promise.race([cancelAll(connections.Client, config, busy, cancelMs), wait(cancelMs)])
  const still = () => all.filter(one => connections.all.has(one))
  for (const one of still()) goodbye(one)
  for (let waited = 0; waited < GOODBYE_MS && still().length > 0; waited += 10) await wait(10)
  for (const one of still()) one.client.connection.stream.destroy()
  await wait(0)
  const leftovers = all.flatMap(({ client: { processID }, session }) =>
    processID === null || session === undefined || session.pooled ? [] : [{ pid: processID, startedAt: session.startedAt }],
  )
  return { ended: all.length, leftovers }
}

function goodbye({ client }: Connection): void {
  if (client.processID === null) client.connection.stream.destroy()
  else client.connection.end()
}

async function cancelAll(Client: PgClientClass, config: object, busy: readonly Connection[], withinMs: number): Promise<void> {
  const queue = busy.map(one => one.client)
  const lane = async () => {
    for (let next: PgClient | undefined = queue.shift(); next !== undefined; next = queue.shift())
      await cancelRequest(Client, config, next, withinMs)
  }
  await Promise.all(Array.from({ length: Math.min(MOST_CANCELS, busy.length) }, lane))
}

/** Ends what is left of ours on the server: these connections and no other, by process id and start. */
export function endLeftovers(
  Client: PgClientClass,
  config: object,
  leftovers: readonly Leftover[],
  withinMs: number,
): Promise<number> {
  return onFreshConnection(Client, config, 'selfheal probe', withinMs, async query => {
    const rows = await query(
      `select pg_terminate_backend(pid) from pg_stat_activity where (pid, extract(epoch from backend_start)::text) in
         (select * from unnest($1::int[], $2::text[]))`,
      [leftovers.map(l => l.pid), leftovers.map(l => l.startedAt)],
    )
    return rows.length
  })
}
