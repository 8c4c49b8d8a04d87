// An event emitter as a life: it is ready at once (a server once it listens), and ends with its 'error', or with its 'close'.
import type { Child, Exit, Life } from './component.ts'
import { endedBadly, endedWell, inProcess } from './service.ts'

/** Anything with node's `on` and `once`, whatever the types of its events. */
export interface Emitter {
  on(name: never, fn: never): unknown
  once(name: never, fn: never): unknown
}

export function isEmitter(value: unknown): value is Emitter {
  const is = value as Partial<Emitter> | null | undefined
  return typeof is === 'object' && is !== null && typeof is.on === 'function' && typeof is.once === 'function'
}

interface Closable {
  on(name: string, fn: (...args: never[]) => void): unknown
  once(name: string, fn: (...args: never[]) => void): unknown
  readonly listening?: boolean
  close?(): unknown
  destroy?(): unknown
}

/** Asked to stop: by `stop`, else its own close() or destroy(). */
export async function liveEmitter<E extends Emitter>(emitter: E, life: Life, stop?: () => unknown): Promise<Child<E>> {
  const { promise: exited, resolve } = Promise.withResolvers<Exit>()
  const it = emitter as unknown as Closable
  const close = async () => {
    await (stop === undefined ? (it.close ?? it.destroy)?.call(it) : stop())
    // Without a 'close' of its own to wait for, it is over when it was closed.
    if (stop !== undefined || (it.close ?? it.destroy) === undefined) resolve(endedWell(life))
  }
  let failed: Exit | undefined
  it.on('error', (error: unknown) => {
    failed ??= endedBadly(life, error)
    const over = () => resolve(failed!)
    close().then(over, over)
  })
  it.once('close', () => resolve(failed ?? endedWell(life)))
  life.signal.addEventListener('abort', () => close().catch(error => resolve(endedBadly(life, error))))
  if (life.signal.aborted) throw life.signal.reason
  if (it.listening === false) await listening(it, exited)
  return inProcess(emitter, exited)
}

function listening(server: Closable, exited: Promise<Exit>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve())
    exited.then(({ error }) => reject(error ?? new Error('it closed before it listened')))
  })
}
