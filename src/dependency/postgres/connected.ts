// A client that somebody else has made is connected: within its time, with its ceilings and what it was told before, or its socket is gone.
import { outsideFrames } from '../../core/index.ts'
import type { Call } from '../../policy/index.ts'
import type { Connections } from './connections.ts'
import type { PgClient } from './driver.ts'
import { plainly } from './held.ts'

const KEEP_ALIVE_MS = 10_000

export function connected(
  connections: Connections,
  client: PgClient,
  { call, withinMs, told }: { readonly call: Call; readonly withinMs: number; readonly told: readonly string[] },
): Promise<void> {
  if (call.signal.aborted) return Promise.reject(call.signal.reason)
  return new Promise((resolve, reject) => {
    const cut = () => void client.connection.stream.destroy(new Error('timeout expired'))
    const late = setTimeout(cut, withinMs)
    // Whose caller was answered without it would be nobody's.
    call.signal.addEventListener('abort', cut, { once: true })
    const done = (error?: Error | null) => {
      clearTimeout(late)
      call.signal.removeEventListener('abort', cut)
      if (!error) return resolve()
      client.connection.stream.destroy()
      reject(error)
    }
    const ready = async () => {
      const { stream } = client.connection as { stream: { setKeepAlive?(on: boolean, ms: number): void } }
      stream.setKeepAlive?.(true, KEEP_ALIVE_MS)
      await connections.open(client)
      for (const sql of told) await plainly(client, sql)
    }
    // What it hears later is not of the request that happened to connect it.
    outsideFrames(() =>
      client.connect(error => {
        if (error) done(error)
        else ready().then(() => done(), done)
      }),
    )
  })
}
