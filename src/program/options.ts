// What a program is told, and what can be known of a running life of it.
import type { Clock, Duration, Events, Json, Size } from '../core/index.ts'
import type { Component } from '../supervisor/index.ts'
import type { Asked } from './bridge.ts'
import type { Fresh } from './fresh.ts'
import type { Sink } from './output.ts'
import type { Ports } from './ports.ts'
import type { ReadyWhen } from './readiness.ts'
import type { Vitals } from './vitals.ts'

export interface ProgramOptions {
  /** An argv, or text as a shell would read it. */
  readonly command: string | readonly string[]
  /** From holdPorts(). They outlive every life. */
  readonly ports: Ports
  /** Working directory; its `.env` is read anew at every start. Default: the supervisor's. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Default: found out. */
  readonly ready?: ReadyWhen
  /** What it has to become ready; its supervisor keeps the time. Here it says after what part of it a program that listens nowhere is taken for a worker. Default 30 s. */
  readonly startWithin?: Duration
  /** How long requests in flight may take once it was asked to stop. Default 7 s; keep it under the grace. */
  readonly drain?: Duration
  /** A main thread that stands still for so long is replaced. Default 5 s. */
  readonly hang?: Duration
  /** More than that in two samples, and it is to be replaced before it is killed. 0: no limit. Default 85 % of the cgroup or the machine. */
  readonly memory?: Size
  /** Keep one more process booted as far as its listen(): a crash is answered without a boot, and what it does while booting is done twice. Default false. */
  readonly spare?: boolean
  /** Whenever it is stopped, another serves on its ports. Default: only when its own next life does. */
  readonly hasSuccessor?: boolean
  /** So many lives a minute may be spent on errors of one route; then the life stays. Default 4: one fewer than make a crash loop. */
  readonly throws?: number
  /** Gets its output, whole lines that begin with the mark. Default: dropped. */
  readonly output?: Sink
  readonly mark?: (generation: number) => string
  /** The state folder, for its ledger and its spool. */
  readonly folder?: string
  readonly clock?: Clock
  readonly events?: Events
}

export interface Program extends Component<ProgramHandle> {
  /** Ends what no life has: its spare. To be called when it is stopped for good. */
  release(): Promise<void>
  readonly sparePid: number | undefined
}

/** What can be known of a running life. */
export interface ProgramHandle {
  readonly pid: number
  readonly generation: number
  readonly node: boolean
  /** Bytes; undefined before the first is known. */
  rss(): number | undefined
  vitals(): Vitals
  tail(): string
  /** Resolves once it accepts no more callers, because it was told to stop. */
  readonly left: Promise<void>
  /** Asks the code of a Node program. Rejects when it does not answer within `withinMs`. */
  ask(asked: Asked, withinMs: number): Promise<Json>
  /** Boots one more process of it, of now, that serves nobody: to be asked, and ended. Absent where that can't be. */
  readonly fresh?: () => Promise<Fresh>
}
