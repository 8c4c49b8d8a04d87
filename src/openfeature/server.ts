// OpenFeature's server provider over the features of this process: `OpenFeature.setProvider(selfhealProvider(heal.modes))`. With flags of
// your own, put it first in OpenFeature's multi-provider: what is no feature here is FLAG_NOT_FOUND, and the next one is asked.
import {
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
} from '@openfeature/server-sdk'
import type { ShownModes, Undo } from '../core/index.ts'
import { changedFlags, evaluate } from './evaluate.ts'

export interface ServerModes {
  shown(): ShownModes
  watch(fn: (shown: ShownModes) => void): Undo
}

export function selfhealProvider(modes: ServerModes): Provider {
  const events = new OpenFeatureEventEmitter()
  const ask = async <T>(name: string, fallback: T, as: Parameters<typeof evaluate>[2]) =>
    evaluate(modes.shown().features[name], fallback, as) as unknown as ResolutionDetails<T>
  let undo: Undo | undefined
  return {
    metadata: { name: 'selfheal' },
    runsOn: 'server',
    events,
    async initialize() {
      let before = modes.shown().features
      undo ??= modes.watch(({ features }) => {
        const flagsChanged = changedFlags(before, features)
        before = features
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
