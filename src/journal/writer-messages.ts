// What the journal and its writer's thread say to each other. One message is answered by one, by its number.
import type { Query } from './entry.ts'
import type { Line } from './line.ts'
import type { Keep } from './prune.ts'

export interface WriterData {
  readonly file: string
  readonly keep: Keep
}

export type ToWriter = { readonly n: number } & (
  | { readonly is: 'write'; readonly lines: readonly Line[] /** Now. */; readonly wall: number }
  | { readonly is: 'query'; readonly query: Query }
  | { readonly is: 'why'; readonly id: string }
  | { readonly is: 'close' }
)

export interface Said {
  readonly code: string
  readonly message: string
  readonly mend: string
}

export type FromWriter = { readonly n: number } & (
  | { readonly is: 'done'; readonly value: unknown; readonly setAside?: string }
  | { readonly is: 'failed'; readonly error: Said }
)
