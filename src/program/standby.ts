// Standby: what answers on the held port while no life is ready. A small Node process of its own on the same socket, so that callers get
// 503 with Retry-After instead of waiting; it leaves the moment a life is ready.
import { type Clock, createEvents, type Events, systemClock } from '../core/index.ts'
import type { Component, Life } from '../supervisor/index.ts'
import type { ProgramHandle } from './options.ts'
import type { Ports } from './ports.ts'
import { program } from './program.ts'

export interface StandbyOptions {
  readonly ports: Ports
  /** What Retry-After says. Default 10. */
  readonly retryAfterSeconds?: number
  readonly clock?: Clock
  readonly events?: Events
}

const SERVER = new URL(import.meta.url.endsWith('.ts') ? './standby-server.ts' : './standby-server.js', import.meta.url)

/** Must only be started while a port is held; without one it is ready and does nothing. */
export function standby({
  ports,
  retryAfterSeconds = 10,
  clock = systemClock,
  events = createEvents(),
}: StandbyOptions): Component<ProgramHandle> {
  const server = program({
    command: [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      '--max-old-space-size=32',
      decodeURIComponent(SERVER.pathname),
    ],
    ports,
    env: { SELFHEAL_STANDBY_RETRY: String(retryAfterSeconds) },
    drain: '1s',
    clock,
    events,
  })
  return Object.freeze({
    kind: 'program' as const,
    start: (life: Life) => (ports.list().length === 0 ? Promise.resolve('ignore' as const) : server.start(life)),
  })
}
