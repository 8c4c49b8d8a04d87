// One connection of the fleet's own to Redis, copied from the app's client, made when it is needed. A question that is late throws it away, so
// that nothing waits in its queue; the next question makes another.
import { lateError } from '../errors.ts'

interface Line {
  eval(script: string, key: string, args: readonly string[]): Promise<unknown>
  end(): void
}
interface IoredisCopy {
  connect(): Promise<void>
  disconnect(reconnect?: boolean): void
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>
  on(event: 'error', fn: (error: Error) => void): unknown
  readonly stream?: { destroy(): void }
}
interface NodeRedisCopy {
  connect(): Promise<unknown>
  destroy(): void
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  on(event: 'error', fn: (error: Error) => void): unknown
  readonly isOpen: boolean
}

export interface RedisLine {
  run(script: string, key: string, args: readonly string[], withinMs: number): Promise<unknown>
  drop(): void
}

export function redisLine(client: { duplicate(options?: object): unknown; options?: unknown }): RedisLine {
  let line: { readonly made: Promise<Line>; end(): void } | undefined
  const drop = () => {
    line?.end()
    line = undefined
  }
  return {
    drop,
    async run(script: string, key: string, args: readonly string[], withinMs: number) {
      line ??= 'isOpen' in client ? nodeRedis(client, withinMs) : ioredis(client, withinMs)
      const mine = line
      const forget = () => {
        mine.end()
        if (line === mine) line = undefined
      }
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(lateError('Redis', withinMs)), withinMs)
      })
      const asked = mine.made.then(one => one.eval(script, key, args))
      asked.catch(() => {})
      try {
        return await Promise.race([asked, late])
      } catch (error) {
        forget()
        throw error
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

function ioredis(client: { duplicate(options?: object): unknown }, withinMs: number) {
  const copy = client.duplicate({
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    connectTimeout: withinMs,
    connectionName: 'selfheal-fleet',
  }) as IoredisCopy
  copy.on('error', () => {})
  const end = () => {
    copy.disconnect()
    copy.stream?.destroy()
  }
  const made = copy.connect().then((): Line => ({ eval: (script, key, args) => copy.eval(script, 1, key, ...args), end }))
  made.catch(() => {})
  return { made, end }
}

function nodeRedis(client: { duplicate(options?: object): unknown; options?: unknown }, withinMs: number) {
  const { socket = {} } = (client.options ?? {}) as { socket?: object }
  const copy = client.duplicate({
    socket: { ...socket, reconnectStrategy: false, connectTimeout: withinMs },
    name: 'selfheal-fleet',
  }) as NodeRedisCopy
  copy.on('error', () => {})
  const end = () => {
    if (copy.isOpen) copy.destroy()
  }
  const made = copy
    .connect()
    .then((): Line => ({ eval: (script, key, args) => copy.eval(script, { keys: [key], arguments: [...args] }), end }))
  made.catch(() => {})
  return { made, end }
}
