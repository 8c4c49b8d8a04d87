// ioredis as a RedisDriver. Its own retries are turned off (the guard retries, where it is safe: ioredis sends an INCR again after a lost
// connection), and its queue without end is not used once it is ours: a command waits for a connection within its own time.
import type { RedisDriver, Sent } from './driver.ts'

interface Command {
  readonly name: string
  readonly args: readonly unknown[]
  readonly promise: Promise<unknown>
  /** Set by a pipeline: it is sent with others, and answered there. */
  readonly pipelineIndex?: number
}
export interface Ioredis {
  status: string
  readonly isCluster?: boolean
  options: Record<string, unknown>
  readonly stream?: { destroy(): void }
  reconnectTimeout?: NodeJS.Timeout | null
  sendCommand(command: Command, stream?: unknown): Promise<unknown>
  duplicate(override: object): Ioredis
  connect(): Promise<void>
  disconnect(reconnect?: boolean): void
  call(name: string, ...args: string[]): Promise<unknown>
  on(event: string, fn: (error?: Error) => void): unknown
}

export function ioredisDriver(client: Ioredis): RedisDriver {
  client.options['maxRetriesPerRequest'] = 0
  client.options['autoResendUnfulfilledCommands'] = false
  client.on('error', () => {})
  const waiting = new Set<() => void>()
  client.on('ready', () => {
    for (const fn of [...waiting]) fn()
    waiting.clear()
  })
  return Object.freeze({
    kind: 'ioredis',
    ready: () => client.status === 'ready',
    onceReady(fn: () => void) {
      waiting.add(fn)
      if (client.status === 'wait') client.connect().catch(() => {})
      return () => void waiting.delete(fn)
    },
    intercept(through: (sent: Sent) => Promise<unknown>) {
      const bare = client.sendCommand.bind(client)
      client.sendCommand = (command, stream) => {
        const send = () => bare(command, stream)
        const internal = stream !== undefined || command.pipelineIndex !== undefined || client.status === 'connect'
        return through({ name: command.name.toLowerCase(), args: command.args, send, internal })
      }
    },
    close() {
      if (client.status === 'end' || client.status === 'wait') return 0
      if (client.status === 'reconnecting') {
        // Nothing is open: only its next try is called off. disconnect() would leave it waiting for a close that never comes.
        clearTimeout(client.reconnectTimeout ?? undefined)
        client.reconnectTimeout = null
        return 0
      }
      client.disconnect()
      client.stream?.destroy()
      return 1
    },
    open: async () => {
      if (client.status === 'end' || client.status === 'reconnecting') await client.connect()
    },
    async fresh(withinMs: number) {
      const one = client.duplicate({
        lazyConnect: true,
        retryStrategy: null,
        enableReadyCheck: false,
        connectionName: 'selfheal-probe',
        connectTimeout: withinMs,
        commandTimeout: withinMs,
        maxRetriesPerRequest: 0,
      })
      let why: Error | undefined
      one.on('error', error => (why = error))
      const end = () => {
        one.disconnect()
        one.stream?.destroy()
      }
      const timer = setTimeout(end, withinMs)
      try {
        await one.connect()
        return { ask: (name: string, ...args: string[]) => one.call(name, ...args), end }
      } catch (error) {
        end()
        throw why ?? error
      } finally {
        clearTimeout(timer)
      }
    },
    onTrouble(fn: (why: string) => void) {
      client.on('close', () => fn('its connection was closed'))
      client.on('error', error => fn(error?.message ?? 'an error'))
    },
  } satisfies RedisDriver)
}
