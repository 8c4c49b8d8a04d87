// What an operator has set: a mode for a feature, or for the whole app, with who, why and until when. An input of its own: no recovery
// clears it, only its end or an operator. In memory here; overrides-file.ts keeps it over restarts.
import type { Undo } from '../core/index.ts'

/** The whole app, in place of a feature's name. */
export const WHOLE_APP = 'app'

export interface Override {
  readonly mode: 'readonly' | 'off'
  readonly by: string
  readonly why: string
  /** Wall milliseconds. */
  readonly since: number
  /** Wall milliseconds; absent: until an operator ends it. */
  readonly until?: number
}

export interface Overrides {
  all(): Readonly<Record<string, Override>>
  /** `undefined` ends it. Durable when it returns, where they are kept at all. */
  set(name: string, override: Override | undefined): void
  /** Tells that something changed, here or in another process. */
  watch(fn: () => void): Undo
  /** Sees at once what another process has set; without it, in a moment. */
  look?(): void
  close(): void
}

export function memoryOverrides(): Overrides {
  let kept: Readonly<Record<string, Override>> = {}
  const listeners = new Set<() => void>()
  return Object.freeze({
    all: () => kept,
    set(name: string, override: Override | undefined) {
      kept = withOverride(kept, name, override)
      for (const fn of [...listeners]) fn()
    },
    watch(fn: () => void): Undo {
      const own = () => fn()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    close: () => listeners.clear(),
  })
}

export function withOverride(all: Readonly<Record<string, Override>>, name: string, override: Override | undefined) {
  const { [name]: _, ...rest } = all
  return Object.freeze(override === undefined ? rest : { ...rest, [name]: Object.freeze({ ...override }) })
}
