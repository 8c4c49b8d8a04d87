// The two Redis clients, as one shape: what the adapter needs of either. Neither is imported: they are the app's.
import type { Door } from './door.ts'

/** One command as its client has it, and what it is called; a transaction or a pipeline is one too: 'exec'. */
export interface Sent {
  readonly name: string
  readonly args: readonly unknown[]
  /** It is one of a transaction whose commands go one by one: between MULTI and EXEC, both included. */
  readonly transaction?: true
  /** Really sends it; again at each call of it. */
  send(): Promise<unknown>
}

export interface RedisDriver {
  readonly kind: 'ioredis' | 'redis'
  /** Whoever made it wants each answer, however long it takes: a queue's workers, which would have to do a job again. */
  readonly patient: boolean
  ready(): boolean
  /** Calls back once, when it is ready. The undo forgets it. */
  onceReady(fn: () => void): () => void
  /** From now on every command of the app's passes through here; the client's own (handshake, subscriptions brought back) don't. */
  intercept(through: (sent: Sent) => Promise<unknown>): void
  /** Of the app's own connect(). */
  readonly door: Door
  /** Ends the connection now, and all tries to have another. How many were open. */
  close(): number
  /** Another connection instead of this one. */
  reset?(): void
  /** Connects again, where it was closed. Subscriptions are the client's to bring back. */
  open(): Promise<void>
  /** On a connection of its own. */
  fresh(withinMs: number): Promise<{ ask(...args: string[]): Promise<unknown>; end(): void }>
  /** Tells of a connection that was lost, or an error outside of any command. */
  onTrouble(fn: (why: string) => void): void
}

/** Of ioredis. */
export interface IoredisLike {
  readonly status: string
  options: object
  duplicate(override?: object): unknown
  sendCommand(...args: never[]): unknown
  disconnect(reconnect?: boolean): void
}
/** Of node-redis. */
export interface NodeRedisLike {
  readonly isReady: boolean
  readonly isOpen: boolean
  duplicate(overrides?: object): unknown
  sendCommand(...args: never[]): unknown
  destroy(): void
}
