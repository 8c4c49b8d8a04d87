// What a run of programs is told, and what it gives back.
import type { Duration, Events, Json } from '../core/index.ts'
import type { Engine } from '../fleet/index.ts'
import type { Sink } from '../program/index.ts'
import type { Exit } from '../supervisor/index.ts'
import type { Aside } from './asides.ts'
import type { Programs } from './roster.ts'

export interface RunOptions {
  readonly name: string
  readonly version: string
  /** The state folder: private to this user, and not locked yet. */
  readonly folder: string
  readonly cwd: string
  readonly programs: Programs
  /** Which programs are restarted with one that crashes. Default one_for_one. */
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one'
  /** The programs as they are configured now, for a reload. Default: as they were. */
  readonly reread?: () => Promise<Programs>
  /** By name, over what the programs' own code says: each gets them at its start. */
  readonly guards?: Readonly<Record<string, object>>
  readonly journal?: { readonly keepFor?: Duration; readonly keepRows?: number; readonly keepBytes?: number }
  /** Most restarts in `period` before a program counts as crash-looping. Default 5 in 60 s, for each program. */
  readonly intensity?: number
  readonly period?: Duration
  /** The first wait of a repeated restart. Default 100 ms. */
  readonly backoff?: Duration
  readonly output: Sink
  readonly events?: Events
  /** It is one machine of several, which share this. Closed with it. */
  readonly fleet?: Engine
  /** Between two signs of life. Default 2 s. */
  readonly fleetBeat?: Duration
  /** Which build the programs are of; undefined: it can't be told. */
  readonly build?: () => string | undefined
  /** Processes of our own beside the programs, as they are wanted now. Default: none. */
  readonly asides?: () => Promise<readonly Aside[]>
  /** Aborts = stop everything, also while it starts; its reason says why. */
  readonly signal?: AbortSignal
}

export interface Running {
  readonly events: Events
  /** The programs' ports, in the order of the configuration. */
  urls(): readonly { readonly program: string; readonly url: string }[]
  /** Reads the configuration and `.env` anew, and gives each program a new life. Rejects when one is refused: the old ones stay. */
  reload(): Promise<Json>
  /** Resolves when every program has stopped, in reverse order, and ports, socket, journal and folder are let go, whoever asked. */
  readonly stopped: Promise<Exit>
}
