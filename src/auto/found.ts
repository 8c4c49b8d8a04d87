// What is done with what was found in the app: guarded, or under SELFHEAL_AUTO=report only watched. A driver's file says how each is made.
import type { Judge } from '../core/index.ts'
import type { Adapter, DependencyOptions } from '../dependency/index.ts'

export interface Thing<F extends object> {
  readonly kind: string
  readonly name: string
  readonly driver: F
  adapter(driver: F): Adapter<F>
  readonly options?: Pick<DependencyOptions, 'deadline' | 'timeout' | 'slow' | 'limit'>
  /** For who only watches: its methods that ask the dependency, its judge, and what a call would have been given. */
  readonly asks: readonly string[]
  /** Where those methods are looked up, when not on the driver itself. */
  readonly askedAt?: object
  readonly judge: Judge
  readonly endMs: number
  /** Is this call of one of them to wait, by design? Then it is none. */
  readonly waits?: (args: readonly unknown[]) => boolean
}

/** What comes by ones, without a pool of its driver's own. */
export interface FamilyThing<D extends object>
  extends Pick<Thing<object>, 'kind' | 'name' | 'options' | 'asks' | 'judge' | 'endMs'> {
  adapter(): Adapter<{ guard(driver: D, again: () => D): D }>
}

export interface Handling {
  readonly how: 'guarded' | 'watched'
  /** What the app is given in its place. */
  take<F extends object>(thing: Thing<F>): F
  /** One dependency for many drivers, each handed to what this gives, with how another such is made: it is the same object afterwards. */
  family<D extends object>(thing: FamilyThing<D>): (driver: D, again: () => D) => D
  left(kind: string, name: string, why: string): void
}
