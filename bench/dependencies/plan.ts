// What the coordinator of bench:dependencies and its apps say to each other, and the times of one run.
export const ARMS = {
  bare: 'bare driver',
  opossum: 'driver + opossum',
  cockatiel: 'driver + cockatiel',
  selfheal: 'selfheal',
} as const
export type Arm = keyof typeof ARMS
export type Driver = 'postgres' | 'mariadb' | 'redis'

export interface Target {
  readonly host: string
  readonly port: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
}
export interface Plan {
  readonly arm: Arm
  readonly driver: Driver
  readonly target: Target
  /** Which rows are this arm's: none waits for another's lock. */
  readonly index: number
  readonly perSecond: number
  /** Pools in this process, taking turns. Default 1. */
  readonly instances?: number
  /** Calls made together on one pool, as a page does. Default 1. */
  readonly together?: number
}
/** What the caller wants, in every arm: an answer within so long. */
export const DEADLINE_MS = 2_000

/** The times are milliseconds of the wall clock, which all processes share. */
export interface Call {
  readonly beganAt: number
  /** Absent: it never ended. */
  endedAt?: number
  ok?: boolean
}
/** `noticed`: what guards the calls lets them in no more (or, ours, says that it is read-only); `well`: it does again. */
export interface Mark {
  readonly is: 'noticed' | 'well'
  readonly at: number
}
export type Told =
  | { readonly is: 'ready' }
  | { readonly is: 'done'; readonly calls: readonly Call[]; readonly marks: readonly Mark[]; readonly says: readonly string[] }
export type Asked = 'go' | 'stop' | 'dns-hangs' | 'dns-answers'
