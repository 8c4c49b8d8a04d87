// All features of one system in one object: makes them, so that they share overrides and the whole app's mode, and tells them together,
// as one snapshot. How that reaches pages stands in modes-handler.ts.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ShownFeature, ShownModes } from '../core/index.ts'
import {
  type Clock,
  ConfigError,
  createEvents,
  type Events,
  type Json,
  type Part,
  systemClock,
  type Undo,
} from '../core/index.ts'
import { type Feature, feature } from './feature.ts'
import { modesHandler } from './modes-handler.ts'
import type { FeatureOptions, Needed } from './options.ts'
import { memoryOverrides, type Overrides, WHOLE_APP } from './overrides.ts'

export interface ModesOptions {
  readonly clock?: Clock
  readonly events?: Events
  readonly overrides?: Overrides
  /** Path of the part; its features are below it. Default `features`. */
  readonly path?: string
  /** What the whole app needs, if anything: no feature is more than the whole. Default none: an operator alone lowers it. */
  readonly needs?: readonly Needed[]
  /** What the whole app is when its needs are gone. Default `readonly`. */
  readonly otherwise?: 'readonly' | 'off'
  /** Where it answers. Default `/selfheal`. */
  readonly at?: string
  /** Most pages on the stream; others ask now and then. Default 10,000. */
  readonly mostStreams?: number
}

export interface Modes extends Part {
  /** The whole app, as a feature: `app.mode()` is read-only when everything is. */
  readonly app: Feature
  feature(name: string, options: Pick<FeatureOptions, 'needs' | 'otherwise' | 'onlyReads' | 'back'>): Feature
  features(): readonly Feature[]
  /** This, the app, and every feature: for the control socket. */
  parts(): readonly Part[]
  /** What visitors may know. */
  shown(): ShownModes
  /** Tells every change, once for all changes of one moment. */
  watch(fn: (shown: ShownModes) => void): Undo
  /** Answers `GET /selfheal/modes`, `/selfheal/modes/stream` and `/selfheal/browser/*.js`; false: it is not ours. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => boolean
  /** The first state, for a page made on the server: nothing flickers, nothing is asked. Safe inside HTML. */
  script(): string
  streams(): number
  close(): void
}

/** A visitor's return after the stream was lost is spread over so much: 10,000 pages come back at 200 a second. */
const SPREAD_MS_PER_STREAM = 5
const LEAST_SPREAD_MS = 2_000

export function modes(options: ModesOptions = {}): Modes {
  const clock = options.clock ?? systemClock
  const events = options.events ?? createEvents({ clock })
  const overrides = options.overrides ?? memoryOverrides()
  const path = options.path ?? 'features'
  const shared = { clock, events, overrides }
  const app = feature(WHOLE_APP, {
    ...shared,
    needs: options.needs ?? [],
    otherwise: options.otherwise ?? 'readonly',
    path: `${path}/${WHOLE_APP}`,
  })
  const known = new Map<string, Feature>([[WHOLE_APP, app]])
  const listeners = new Set<(shown: ShownModes) => void>()
  let spreadFor = 0

  const shown = (): ShownModes => {
    const features: Record<string, ShownFeature> = {}
    for (const [name, one] of known) features[name] = one.shown()
    const spreadMs = Math.max(LEAST_SPREAD_MS, spreadFor * SPREAD_MS_PER_STREAM)
    return { v: 1, at: clock.wall(), spreadMs, features }
  }

  // Ten features that fall with one database are one message, not ten.
  let telling = false
  const changed = () => {
    if (telling || listeners.size === 0) return
    telling = true
    queueMicrotask(() => {
      telling = false
      const now = shown()
      for (const fn of [...listeners]) fn(now)
    })
  }
  app.watch(changed)

  const watch = (fn: (shown: ShownModes) => void): Undo => {
    const own = (now: ShownModes) => fn(now)
    listeners.add(own)
    return () => void listeners.delete(own)
  }
  const { handle, streams, close } = modesHandler({
    shown,
    watch,
    clock,
    at: options.at ?? '/selfheal',
    most: options.mostStreams ?? 10_000,
    full: clients => events.emit('feature.stream_full', path, { clients }, { level: 'warn' }),
    count: n => {
      // What it was at its fullest: when all have just left, all are about to come back.
      spreadFor = Math.max(n, spreadFor * 0.999)
    },
  })

  const self: Modes = Object.freeze({
    path,
    kind: 'modes',
    app,
    feature(name: string, wanted: Pick<FeatureOptions, 'needs' | 'otherwise' | 'onlyReads' | 'back'>) {
      if (known.has(name)) {
        const says = name === WHOLE_APP ? 'is the whole app’s own name: choose another' : 'is taken: a feature is made once'
        throw new ConfigError(`feature ${name}`, [{ at: 'name', says }])
      }
      const made = feature(name, { ...wanted, ...shared, whole: app, path: `${path}/${name}` })
      known.set(name, made)
      made.watch(changed)
      changed()
      return made
    },
    features: () => [...known.values()].filter(one => one !== app),
    parts: () => [self, ...known.values()],
    snapshot: (): Json => ({
      streams: streams(),
      features: Object.fromEntries([...known].map(([name, one]) => [name, one.mode()])),
      overrides: overrides.all() as unknown as Json,
    }),
    shown,
    watch,
    handler: handle,
    script: () => scriptOf(shown()),
    streams,
    close() {
      close()
      for (const one of known.values()) one.close()
      listeners.clear()
    },
  })
  return self
}

/** No text in it can end the element it stands in. */
function scriptOf(shown: ShownModes): string {
  const json = JSON.stringify(shown).replace(/[<>&\u2028\u2029]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `<script type="application/json" id="selfheal-modes">${json}</script>`
}
