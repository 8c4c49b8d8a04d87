// What the composition root tells of itself.
import type { Json } from '../core/index.ts'

interface DrillWords {
  readonly drill: string
  /** What was asked: 'shop/web'. */
  readonly of: string
  /** 'copy': nobody's customers use it. */
  readonly stage: 'copy' | 'here'
  /** Patterns left out, in the control arm. */
  readonly without: readonly string[]
}

declare module '../core/events.ts' {
  interface EventMap {
    'system.started': { readonly version: string; readonly pid: number; readonly programs: readonly string[] }
    /** The founder's own "just stop it". */
    'system.crash_asked': { readonly why: string }
    /** The tree of an app could not heal itself: its process is replaced. */
    'system.tree_ended': { readonly reason: string; readonly info?: Json }
    /** An app that calls selfheal() itself runs with zero code too. */
    'system.guarded_twice': Readonly<Record<never, never>>
    'system.reloading': { readonly programs: readonly string[]; readonly lives: number }
    'system.reloaded': { readonly programs: readonly string[]; readonly replaced: readonly string[]; readonly tookMs: number }
    'system.reload_refused': {
      readonly id: string
      readonly why: string
      /** The life before it serves on. */
      readonly stays: boolean
      readonly replaced: readonly string[]
    }
    /** The figures of every part, every few minutes, for the digest to look back on. */
    'system.sampled': { readonly parts: { readonly [path: string]: { readonly [measure: string]: number } } }
    'system.stopping': { readonly why: string }
    'system.stopped': { readonly reason: string }
    /** A program that works is replaced, because it had better be. */
    'system.renewing': {
      readonly id: string
      readonly generation: number
      readonly kind: 'memory' | 'own_connections' | 'uptime'
    }
    'system.renewal_failed': {
      readonly id: string
      readonly generation: number
      readonly kind: 'memory' | 'own_connections' | 'uptime'
      readonly message: string
    }
    /** systemd holds a socket that no program here has. */
    'system.socket_unclaimed': { readonly port: string }
    /** systemd could not be told. */
    'system.notify_failed': { readonly message: string }
    /** Its own view of a dependency is broken: a fresh process reaches it, three times over 30 s. */
    'system.own_fault': { readonly id: string; readonly generation: number; readonly dependency: string }
    /** A drill breaks something on purpose from here. */
    'drill.began': DrillWords & { readonly pid: number; readonly by: string }
    'drill.ended': DrillWords & {
      readonly verdict: 'yes' | 'no' | 'expected' | 'no_steady_state' | 'aborted' | 'stopped'
      /** What was promised and kept, each with its figure. */
      readonly proved: readonly string[]
      readonly broke: readonly string[]
      /** It held the last time, and no longer does. */
      readonly regressed: boolean
      /** What to do first. */
      readonly mend?: string
      /** The command that does it again. */
      readonly again?: string
    }
  }
}
