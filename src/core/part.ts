// Part: what CLI, dashboard, doctor and drills see and touch. They know no room, only parts and their verbs.
import type { Json } from './json.ts'

/** Who uses a verb, and why: kept in the journal. `until` (wall milliseconds) ends what the verb set. */
export interface Who {
  readonly by: string
  readonly why: string
  readonly until?: number
}
export type Verb = (args: Json, who: Who) => Promise<Json>

export interface Setting {
  readonly level: string
  readonly name: string
  /** null: for ever. */
  readonly valueMs: number | null
  readonly from: string
  readonly fix?: string
}

export interface Part {
  /** Unique in its system: 'shop/web/db/breaker'. */
  readonly path: string
  readonly kind: string
  /** Must be cheap, must do no IO, must hold no secret. */
  snapshot(): Json
  /** The timeouts in force here, for doctor. */
  settings?(): readonly Setting[]
  readonly verbs?: Readonly<Record<string, Verb>>
}

/** Of a policy's part, as if it were a component: 'shop/web/policies/db~3' is 'shop/web/db~3'. */
export const policyPlace = (path: string): string => path.replace('/policies/', '/')

/** What it is inside of, where a part (a dependency, a door) has that path: 'shop/web/db'. */
export const policyOwner = (path: string): string => policyPlace(path).replace(/~\d+$/, '')
