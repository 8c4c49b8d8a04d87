// Who keeps the program running, each on the same program (programs/app.mjs): our held port without and with a spare, PM2 in its two modes,
// systemd's own socket activation, Platformatic's Watt. Each as it comes, with its defaults.
import { pm2 } from './programs/pm2.ts'
import { selfheal } from './programs/selfheal.ts'
import { systemd } from './programs/systemd.ts'
import { watt } from './programs/watt.ts'

export { pm2Version } from './programs/pm2.ts'
export { wattVersion } from './programs/watt.ts'

/** What a contender keeps while it runs. */
export interface Kept {
  said(): string
  /** New code into service, in the way that this contender has for it. Resolves to what it says of it: done, or not. */
  reload(): Promise<boolean>
  /** Its own processes: neither the program's nor a spare. */
  keepers(): readonly number[]
  /** Waits for a spare that has booted since then (performance.now()). */
  spared?(since: number): Promise<void>
  /** What it has written down, to be searched for the name of the function that hung. */
  record(): Promise<string>
  stop(): Promise<void>
}

export interface Contender {
  readonly name: string
  /** The program runs inside its own process: who kills that has killed both. */
  readonly oneProcess?: boolean
  /** Why it can't be run here. */
  absent?(): string | undefined
  /** `log`: where the program writes what it accepts. `lone`: each crash counts as the first one, nothing waits because of earlier ones. */
  start(port: number, log: string, lone?: boolean): Promise<Kept>
}

export const contenders: readonly Contender[] = [
  selfheal('selfheal, held port'),
  selfheal('selfheal, with a spare', '--spare'),
  pm2('PM2, fork'),
  pm2('PM2, cluster × 2', '-i', '2'),
  systemd,
  watt,
]
