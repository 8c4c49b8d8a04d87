// The layers and the arrows between rooms, as ARCHITECTURE.md draws them. A room may import core, and what is named for it here.
// `'below'`: any room on a lower layer.

export interface Room {
  readonly layer: number
  readonly to: readonly string[] | 'below'
}

const room = (layer: number, to: Room['to']): Room => ({ layer, to })

export const rooms: Readonly<Record<string, Room>> = {
  core: room(0, []),
  policy: room(1, []),
  supervisor: room(1, []),
  store: room(1, []),
  compute: room(1, []),
  io: room(1, []),
  testing: room(1, []),
  // Runs in pages: takes from core its types alone.
  browser: room(1, []),
  openfeature: room(1, []),
  journal: room(2, ['store']),
  control: room(2, ['store']),
  inbound: room(2, ['policy']),
  program: room(2, ['supervisor']),
  dependency: room(2, ['policy']),
  failover: room(2, ['policy', 'store']),
  feature: room(2, ['store']),
  fleet: room(2, ['supervisor']),
  telemetry: room(2, ['journal']),
  doctor: room(3, 'below'),
  drill: room(3, 'below'),
  system: room(3, 'below'),
  dashboard: room(4, 'below'),
  auto: room(4, 'below'),
  // Starts the rooms of layer 4.
  cli: room(5, 'below'),
  // src/index.ts: the front door.
  '.': room(5, 'below'),
}

/** Rooms that run in pages: nothing of Node's, and of core only types. */
export const inPages: readonly string[] = ['browser', 'openfeature']

/** Rooms that run with no third-party package. */
export const bare: readonly string[] = ['core', 'policy', 'supervisor']

/** All that core may take from Node: it does no IO. */
export const coreMay: Readonly<Record<string, readonly string[]>> = {
  'node:async_hooks': ['AsyncLocalStorage', 'AsyncResource'],
  'node:worker_threads': ['threadId'],
}

export const badNames: readonly string[] = [
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'misc',
  'types',
  'type',
  'manager',
  'interfaces',
  'interface',
]

export const MAX_LINES = 250
