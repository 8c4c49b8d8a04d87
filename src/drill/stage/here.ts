// The stage as it runs here: no copy, no proxy. What customers use, so the breaks that need more than a process are not for it.
import type { ControlClient, ShownPart } from '../../control/index.ts'
import { SelfhealError } from '../../core/index.ts'
import { chooseProgram } from '../crash/supervised.ts'
import { environmentOf, programsOf, readyProgram, type Stage } from './stage.ts'

export interface HereOptions {
  readonly client: ControlClient
  readonly parts: readonly ShownPart[]
  readonly folder: string
  /** Which program visitors ask. */
  readonly program?: string
}

export function here({ client, parts, folder, program }: HereOptions): Stage {
  const { path, snapshot } = chooseProgram(parts, program)
  const mine = new Set<number>()
  const onlyCopy = (what: string) =>
    new SelfhealError(
      'SELFHEAL_DRILL_FAULT',
      `${what} can be done to a copy only.`,
      'Add --copy: the drill starts one of its own.',
    )
  return Object.freeze({
    kind: 'here' as const,
    name: path.split('/')[0]!,
    url: snapshot.urls[0]!,
    client,
    folder,
    programs: () => programsOf(client),
    program: (id: string) => readyProgram(client, id),
    env: (id: string) => environmentOf(client, id),
    proxy(name: string): never {
      throw onlyCopy(`A fault of the connection to ${name}`)
    },
    own: (pid: number) => void mine.add(pid),
    owned: (pid: number) => mine.has(pid),
    deploy(): never {
      throw onlyCopy('A bad deploy')
    },
    close: async () => {},
  })
}
