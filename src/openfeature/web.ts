// OpenFeature's web provider over the page's modes: `OpenFeature.setProvider(selfhealProvider(pageModes()))`.
import {
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
} from '@openfeature/web-sdk'
import type { ShownFeature } from '../core/index.ts'
import { changedFlags, evaluate } from './evaluate.ts'

/** As `pageModes()` of selfheal/browser has it. */
export interface WebModes {
  all(): Readonly<Record<string, ShownFeature>>
  subscribe(fn: () => void): () => void
}

export function selfhealProvider(modes: WebModes): Provider {
  const events = new OpenFeatureEventEmitter()
  const ask = <T>(name: string, fallback: T, as: Parameters<typeof evaluate>[2]) =>
    evaluate(modes.all()[name], fallback, as) as unknown as ResolutionDetails<T>
  let undo: (() => void) | undefined
  return {
    metadata: { name: 'selfheal' },
    runsOn: 'client',
    events,
    async initialize() {
      let before = modes.all()
      undo ??= modes.subscribe(() => {
        const now = modes.all()
        const flagsChanged = changedFlags(before, now)
        before = now
        if (flagsChanged.length > 0) events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged })
      })
    },
    async onClose() {
      undo?.()
      undo = undefined
    },
    resolveBooleanEvaluation: (name, fallback) => ask(name, fallback, 'boolean'),
    resolveStringEvaluation: (name, fallback) => ask(name, fallback, 'string'),
    resolveNumberEvaluation: (name, fallback) => ask(name, fallback, 'number'),
    resolveObjectEvaluation: <T extends JsonValue>(name: string, fallback: T) => ask(name, fallback, 'object'),
  }
}
