// The one file, as its writer sees it: selfheal.config.{ts,mts,js,mjs} says `export default config({ … })`. Its shape, and a helper that
// lets the editor check it. Reading it is load-config's, judging it config-schema's.
import type { Duration, Size } from '../core/index.ts'

export interface ProgramConfig {
  /** The command, as a shell line. */
  readonly run: string
  /** Held ports: 3000, 'host:port', '[v6]:port' or 'unix:/path'. Default: whatever port a Node program asks for. `[]`: none. */
  readonly ports?: readonly (string | number)[]
  /** Programs that must be ready before this one starts. */
  readonly needs?: readonly string[]
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Its working directory, from this file's folder. Default: this file's folder. */
  readonly cwd?: string
  /** What makes it ready: it listens, it writes the ready line, or it is alive for a second. Default: found out. */
  readonly ready?: 'listening' | 'line' | 'alive'
  /** When it is started again. Default permanent. */
  readonly restart?: 'permanent' | 'transient' | 'temporary'
  /** How long it may take to be ready. Default 30 s. */
  readonly startWithin?: Duration
  /** How long it may take to end after SIGTERM. Default 8 s. */
  readonly grace?: Duration
  /** How long it may finish requests when it retires. Default 7 s. */
  readonly drain?: Duration
  /** A Node program's main thread that stands still for so long is replaced. Default 5 s. */
  readonly hang?: Duration
  /** Guard what it uses (databases, caches, fetch, its servers) without a line of code, as `selfheal run --auto` does: docs/auto.md. Default false. */
  readonly auto?: boolean
  /** Keep one more process booted as far as its listen(): a crash is answered without a boot. What it does while booting is done twice. */
  readonly spare?: boolean
  /** How many lives at a time, all on the same sockets. Default 1. */
  readonly instances?: number
  /** What answers while it crash-loops or is stopped: a folder of pages, a command, or `stale` (its last good public answers: docs/feature.md). Default: 503 with a small page. */
  readonly standby?: string
  /** A life that is so old is replaced by a new one, a little earlier at random. Default: never. */
  readonly maxUptime?: Duration
  /** Memory it may have, such as '512MB'; over it in two samples, it is replaced. 0: no limit. Default 85 % of the cgroup or the machine. */
  readonly memory?: Size
}

export interface Config {
  /** The state folder, from this file's folder. Default .selfheal beside the nearest package.json. */
  readonly state?: string
  readonly programs?: Readonly<Record<string, ProgramConfig>>
  /** Which programs are restarted with one that crashes: it alone, all, or it and those after it. Default one_for_one. */
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one'
  readonly guards?: Readonly<Record<string, object>>
  /** Where this machine's metrics are read, such as '127.0.0.1:9464' (docs/telemetry.md). Default: nowhere. */
  readonly metrics?: string
  /** Whom to tell, and how (docs/notify.md). Default: nobody. */
  readonly notify?: object
  readonly journal?: {
    /** Older entries are forgotten. Default 30 d. */
    readonly keepFor?: Duration
    /** More entries than that are forgotten, oldest first; at least 1,000. Default 50,000. */
    readonly keepRows?: number
    /** A file of more bytes than that forgets the oldest; at least 1 MB. Default 64 MB. */
    readonly keepBytes?: number
  }
  readonly drills?: object
}

/** Gives back what it is given: it is there for the types. */
export function config(c: Config): Config {
  return c
}
