export type { Mode, ShownCause, ShownFeature, ShownModes } from '../core/index.ts'
export * from './draft.ts'
export * from './element.ts'
export * from './modes.ts'
