// ioredis as a RedisDriver. Its own retries are turned off (the guard retries, where it is safe: ioredis sends an INCR again after a lost
// connection), and its queue without end is not used once it is ours: a command waits for a connection within its own time.
import { connectsOutside } from '../connects-outside.ts'
import { doorOf } from './door.ts'
import type { RedisDriver, Sent } from './driver.ts'
import { judgeRedis } from './judge.ts'

type Through = (sent: Sent) => Promise<unknown>

interface Command {
  readonly name: string
  readonly args: readonly unknown[]
  readonly promise: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  transformReply: (reply: unknown) => unknown
  /** Answered beside its promise, where the app gave one. */
  callback?: unknown
  isTraced?: boolean
  /** Anew: its promise, and what settles it. */
  initPromise(): void
  /** Set by a pipeline: it is sent with others, and answered there. */
  readonly pipelineIndex?: number
  [TRY]?: true
}
/** One sending of a command. */
const TRY = Symbol('try')

interface Pipeline {
  readonly _queue?: readonly Command[]
  exec(callback?: (error: unknown, results?: unknown) => void): Promise<unknown>
}
export interface Ioredis {
  status: string
  readonly isCluster?: boolean
  options: Record<string, unknown>
  readonly stream?: { readonly writable?: boolean; destroy(): void }
  reconnectTimeout?: NodeJS.Timeout | null
  sendCommand(command: Command, stream?: unknown): Promise<unknown>
  pipeline(...args: unknown[]): Pipeline
  multi(...args: unknown[]): Pipeline
  duplicate(override: object): Ioredis
  connect(...args: unknown[]): Promise<unknown>
  disconnect(reconnect?: boolean): void
  call(name: string, ...args: string[]): Promise<unknown>
  on(event: string, fn: (error?: Error) => void): unknown
}

const HANDSHAKE: ReadonlySet<string> = new Set(['auth', 'hello', 'select', 'client', 'readonly', 'info'])

export function ioredisDriver(client: Ioredis): RedisDriver {
  const { maxRetriesPerRequest, autoResendUnfulfilledCommands } = client.options
  client.options['maxRetriesPerRequest'] = 0
  client.options['autoResendUnfulfilledCommands'] = false
  const duplicate = client.duplicate.bind(client)
  // It is the app's, and as the app has it.
  client.duplicate = override => duplicate({ maxRetriesPerRequest, autoResendUnfulfilledCommands, ...override })
  client.on('error', () => {})
  connectsOutside(client)
  /** A transaction of its own commands has begun. */
  let transaction = false
  const waiting = new Set<() => void>()
  let settled = client.status === 'ready'
  client.on('connect', () => (settled = false))
  client.on('close', () => {
    settled = false
    transaction = false
  })
  /** Its handshake, and what it sends before it tells that it is ready: its database, its subscriptions, what it had put aside. */
  const itsOwn = ({ name }: Command) =>
    client.status === 'connect' ? HANDSHAKE.has(name) : client.status === 'ready' && !settled
  client.on('ready', () => {
    settled = true
    for (const fn of [...waiting]) fn()
    waiting.clear()
  })
  return Object.freeze({
    kind: 'ioredis',
    patient: maxRetriesPerRequest === null,
    door: doorOf(client),
    // What is sent into a stream that has ended waits in ioredis's queue, and is sent later, wanted or not.
    ready: () => client.status === 'ready' && client.stream?.writable !== false,
    onceReady(fn: () => void) {
      waiting.add(fn)
      if (client.status === 'wait') client.connect().catch(() => {})
      return () => void waiting.delete(fn)
    },
    intercept(through: Through) {
      const bare = client.sendCommand.bind(client)
      client.sendCommand = (command, stream) => {
        if (stream !== undefined || command.pipelineIndex !== undefined || command[TRY]) return bare(command, stream)
        if (itsOwn(command)) {
          const answer = bare(command)
          // Most of its own it sends without looking at what comes of them.
          answer.catch(() => {})
          return answer
        }
        const name = command.name.toLowerCase()
        if (name === 'multi') transaction = true
        const sent = { name, args: command.args, send: () => bare(tryOf(command)), ...(transaction ? { transaction } : {}) }
        if (name === 'exec' || name === 'discard') transaction = false
        return answeredBy(command, through(sent))
      }
      for (const name of ['pipeline', 'multi'] as const) {
        const own = client[name].bind(client)
        client[name] = (...args) => asOneCall(own(...args), through)
      }
    },
    reset: () => client.stream?.destroy(),
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

/** The same command, to be sent once: what ioredis keeps of a command (its promise, its reply) is of one sending. */
function tryOf(command: Command): Command {
  const one: Command = Object.assign(Object.create(Object.getPrototypeOf(command)), command, {
    args: [...command.args],
    [TRY]: true,
  })
  one.callback = undefined
  one.initPromise()
  return one
}

/** The command's own promise and callback, and a script's, which looks at them first, are answered with what the guard says. */
function answeredBy(command: Command, answer: Promise<unknown>): Promise<unknown> {
  answer.then(value => {
    command.transformReply = reply => reply // it was, in its try
    command.resolve(value)
  }, command.reject)
  return command.promise
}

/** A pipeline or a transaction, which can be sent once only. Its answers tell of a lost connection one by one, and are its caller's. */
function asOneCall(pipeline: Pipeline, through: Through): Pipeline {
  if (typeof pipeline?.exec !== 'function') return pipeline
  const own = pipeline.exec
  pipeline.exec = callback => {
    let answers: unknown
    let lost: unknown
    const send = async () => {
      answers = await own.call(pipeline)
      lost = Array.isArray(answers) ? answers.find(saysLost)?.[0] : undefined
      if (lost !== undefined) throw lost
      return answers
    }
    const answer = through({ name: 'exec', args: [], send }).catch(error => {
      if (error === lost) return answers
      for (const command of pipeline._queue ?? []) command.reject(error)
      throw error
    })
    if (callback !== undefined) answer.then(answers => callback(null, answers), callback)
    return answer
  }
  return pipeline
}

const saysLost = (one: unknown): boolean =>
  Array.isArray(one) && one[0] instanceof Error && judgeRedis({ error: one[0] }).blame === 'them'
