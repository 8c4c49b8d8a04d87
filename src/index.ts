// The front door. It opens nothing by itself: importing it starts no timer, no thread, no socket.
export { type Config, config, type ProgramConfig } from './control/index.ts'
export {
  type Clock,
  ConfigError,
  createEvents,
  type Duration,
  type Event,
  type Events,
  isConfigError,
  isRejected,
  RejectedError,
  SelfhealError,
} from './core/index.ts'
export {
  attemptsOf,
  type Breaker,
  type BreakerOptions,
  breaker,
  type Call,
  type Guard,
  type GuardOptions,
  guard,
  type How,
  type Limit,
  type LimitOptions,
  limit,
  type Policy,
  timeout,
} from './policy/index.ts'
export { ready } from './program/index.ts'
export * from './supervisor/index.ts'
export { type SelfhealOptions, type System, selfheal } from './system/index.ts'
