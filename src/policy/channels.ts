// What happens to single calls, on node:diagnostics_channel: a property read when nobody listens, and in the call's own async context when
// someone does. Changes of state are events (events.ts), and told here too, as 'selfheal.breaker.opened'.
import { type Channel, channel } from 'node:diagnostics_channel'

/** Subscribe by `diagnostics_channel.subscribe('selfheal.retry.scheduled', …)`. Each message has `guard` and `key`. */
export const channels: Readonly<
  Record<'refused' | 'retry' | 'cut' | 'hedge' | 'fallback' | 'stale' | 'fault' | 'breaker', Channel>
> = Object.freeze({
  /** code, error: our own refusal, nothing ran. */
  refused: channel('selfheal.call.refused'),
  /** attempt, waitMs, error: of the try that failed. */
  retry: channel('selfheal.retry.scheduled'),
  /** code, afterMs: the caller was answered while the work ran. */
  cut: channel('selfheal.timeout.cut'),
  hedge: channel('selfheal.hedge.launched'),
  fallback: channel('selfheal.fallback.used'),
  /** ageMs. */
  stale: channel('selfheal.stale.served'),
  /** kind. */
  fault: channel('selfheal.fault.injected'),
  /** from, to, why. */
  breaker: channel('selfheal.breaker.moved'),
})
