// The app's features: one `modes` for the app, with operators' overrides kept in the state folder, so that they hold over restarts and for
// every process of the system. Nothing is opened before the first feature is made.
import type { Events, Part } from '../core/index.ts'
import { type Modes, modes, overridesFile } from '../feature/index.ts'

export interface AppFeatures {
  /** Made when first asked for. */
  all(): Modes
  parts(): readonly Part[]
  /** What an operator has set holds when it returns. */
  look(): void
  close(): void
}

export function appFeatures(path: string, events: Events, folder: string | undefined): AppFeatures {
  let made: Modes | undefined
  const overrides = () => (folder === undefined ? {} : { overrides: overridesFile(`${folder}/overrides.json`, { events }) })
  let close = () => {}
  let look = () => {}
  return Object.freeze({
    all() {
      if (made !== undefined) return made
      const kept = overrides()
      made = modes({ path: `${path}/features`, events, ...kept })
      look = () => kept.overrides?.look?.()
      close = () => {
        made?.close()
        kept.overrides?.close()
      }
      return made
    },
    parts: () => made?.parts() ?? [],
    look: () => look(),
    close: () => close(),
  })
}
