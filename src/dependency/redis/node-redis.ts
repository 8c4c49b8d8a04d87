// node-redis as a RedisDriver. Its offline queue is not used once it is ours: a command waits for a connection within its own time.
import { connectsOutside } from '../connects-outside.ts'
import { doorOf } from './door.ts'
import type { RedisDriver, Sent } from './driver.ts'

export interface NodeRedis {
  readonly isReady: boolean
  readonly isOpen: boolean
  readonly _self?: NodeRedis
  sendCommand(args: readonly unknown[], options?: object): Promise<unknown>
  _executeMulti?(this: unknown, ...args: unknown[]): Promise<unknown>
  _executePipeline?(this: unknown, ...args: unknown[]): Promise<unknown>
  duplicate(overrides: object): NodeRedis
  connect(...args: unknown[]): Promise<unknown>
  destroy(): void
  on(event: string, fn: (error?: Error) => void): unknown
}

export function nodeRedisDriver(client: NodeRedis): RedisDriver {
  client.on('error', () => {})
  connectsOutside(client)
  const waiting = new Set<() => void>()
  client.on('ready', () => {
    for (const fn of [...waiting]) fn()
    waiting.clear()
  })
  return Object.freeze({
    kind: 'redis',
    patient: false,
    door: doorOf(client),
    ready: () => client.isReady,
    onceReady(fn: () => void) {
      waiting.add(fn)
      return () => void waiting.delete(fn)
    },
    intercept(through: (sent: Sent) => Promise<unknown>) {
      // What createClient gives is made from the client itself, which is where its commands look.
      const self = client._self ?? client
      const bare = self.sendCommand.bind(self)
      self.sendCommand = (args, options) =>
        through({
          name: String(args[0]).toLowerCase(),
          args: args.slice(1),
          send: () => bare(args, options),
        })
      // A transaction and a pipeline go another way, each as a whole.
      for (const name of ['_executeMulti', '_executePipeline'] as const) {
        const own = self[name]
        if (typeof own !== 'function') continue
        self[name] = function (...args) {
          return through({ name: 'exec', args: [], send: () => own.apply(this, args) })
        }
      }
    },
    close() {
      if (!client.isOpen) return 0
      client.destroy()
      return 1
    },
    async open() {
      if (!client.isOpen) await client.connect()
    },
    async fresh(withinMs: number) {
      const one = client.duplicate({
        name: 'selfheal-probe',
        socket: {
          ...(client as { options?: { socket?: object } }).options?.socket,
          connectTimeout: withinMs,
          reconnectStrategy: false,
        },
        disableOfflineQueue: true,
      })
      one.on('error', () => {})
      const end = () => {
        if (one.isOpen) one.destroy()
      }
      const timer = setTimeout(end, withinMs)
      try {
        await one.connect()
        return { ask: (...args: string[]) => one.sendCommand(args), end }
      } catch (error) {
        end()
        throw error
      } finally {
        clearTimeout(timer)
      }
    },
    onTrouble: (fn: (why: string) => void) => void client.on('error', error => fn(error?.message ?? 'an error')),
  } satisfies RedisDriver)
}
