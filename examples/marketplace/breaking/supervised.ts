// Asks the running supervisor who lives: its program parts, over the control socket.
import { controlClient, findStateFolder } from 'selfheal/control'

export interface Program {
  readonly name: string
  /** 0: none lives just now. */
  readonly pid: number
  /** 'ready', 'crash-looping', … */
  readonly state: string
  readonly generation: number
  readonly ports: readonly string[]
}

const client = () => controlClient(findStateFolder({ cwd: process.cwd(), env: process.env }))

/** Everything the supervisor shows; undefined when none runs here. */
export async function parts() {
  const answer = await client()
    .parts()
    .catch((error: { code?: string }) => {
      if (error.code === 'SELFHEAL_NOTHING_RUNS') return undefined
      throw error
    })
  return answer?.parts
}

/** Stops or starts programs, as `selfheal stop database` does. */
export async function act(verb: 'stop' | 'start', names: readonly string[]): Promise<void> {
  const system = (await parts())?.find(part => part.kind === 'system')
  if (system === undefined) throw new Error('Nothing runs here. Start it first, in another terminal: npm start')
  await client().act(system.path, verb, { programs: names }, { by: 'npm run break', why: 'broken on purpose' })
}

/** The live programs; undefined when no supervisor runs here. */
export async function programs(): Promise<readonly Program[] | undefined> {
  return (await parts())
    ?.filter(part => part.kind === 'program')
    .map(part => {
      const { pid, state, generation, ports } = part.snapshot as Partial<Program> & { pid?: number | null }
      const name = part.path.split('/').at(-1)!
      return { name, pid: pid ?? 0, state: state ?? '', generation: generation ?? 0, ports: ports ?? [] }
    })
}

export async function program(name: string): Promise<Program | undefined> {
  return (await programs())?.find(one => one.name === name)
}

/** 'app.2 (pid 4720)' */
export function called({ name, generation, pid }: Program): string {
  return `${name}.${generation} (pid ${pid})`
}
