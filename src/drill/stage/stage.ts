// The stage: what a drill is played on. Either what runs here, or a copy of it that the drill started for itself: copy.ts.
import { readFileSync } from 'node:fs'
import type { ControlClient } from '../../control/index.ts'
import { SelfhealError } from '../../core/index.ts'
import type { RemoteProxy } from '../proxy/remote.ts'

export interface StagedProgram {
  readonly id: string
  readonly path: string
  /** 0: no life is ready just now. */
  readonly pid: number
  readonly generation: number
  readonly state: string
  readonly urls: readonly string[]
}

export interface Stage {
  readonly kind: 'copy' | 'here'
  /** 'shop'. */
  readonly name: string
  /** What visitors ask. */
  readonly url: string
  readonly client: ControlClient
  /** The copy's own folder; its state is in it. */
  readonly folder: string
  programs(): Promise<readonly StagedProgram[]>
  /** The program, ready. Waits for it; rejects when none is within 15 s, or ever. */
  program(id: string): Promise<StagedProgram>
  /** The environment of a program that is ready, to find a simulator's switch by. */
  env(id: string): Promise<Readonly<Record<string, string | undefined>>>
  /** Rejects when there is none. */
  proxy(name: string): RemoteProxy
  /** The life of this process, and so its exit, is the drill's doing: it counts as no restart. */
  own(pid: number): void
  owned(pid: number): boolean
  /** Every new life of a program runs this first, until it is ''. A copy's alone. */
  deploy(code: string): void
  close(): Promise<void>
}

const PATIENCE_MS = 15_000
const LOOK_MS = 50

export async function programsOf(client: ControlClient): Promise<readonly StagedProgram[]> {
  const { parts } = await client.parts()
  return parts
    .filter(part => part.kind === 'program')
    .map(({ path, snapshot }) => {
      const { id, pid, generation, state, urls } = snapshot as unknown as StagedProgram & { readonly pid: number | null }
      return { id, path, generation, state, urls, pid: pid ?? 0 }
    })
}

export async function readyProgram(client: ControlClient, id: string): Promise<StagedProgram> {
  const endMs = performance.now() + PATIENCE_MS
  for (;;) {
    const programs = await programsOf(client)
    const found = programs.find(one => one.id === id)
    if (found !== undefined && found.pid !== 0 && found.state === 'ready') return found
    if (found === undefined || performance.now() > endMs)
      throw new SelfhealError(
        'SELFHEAL_DRILL_FAULT',
        found === undefined ? `No program '${id}' runs here.` : `'${id}' is not ready: ${found.state}.`,
        `There are: ${programs.map(one => `${one.id} (${one.state})`).join(', ') || 'none'}.`,
      )
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}

/** Of the life that runs, as the kernel tells it (Linux). */
export async function environmentOf(client: ControlClient, id: string): Promise<Readonly<Record<string, string>>> {
  const { pid } = await readyProgram(client, id)
  const lines = readFileSync(`/proc/${pid}/environ`, 'utf8')
    .split('\0')
    .filter(line => line.includes('='))
  return Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}
