// Asks the running supervisor who lives: its program parts, over the control socket.
import { controlClient, findStateFolder } from 'selfheal/control'

export interface Program {
  readonly name: string
  readonly pid: number
  readonly generation: number
  readonly ports: readonly string[]
}

/** The live programs; undefined when no supervisor runs here. */
export async function programs(): Promise<readonly Program[] | undefined> {
  const client = controlClient(findStateFolder({ cwd: process.cwd(), env: process.env }))
  const answer = await client.parts().catch((error: { code?: string }) => {
    if (error.code === 'SELFHEAL_NOTHING_RUNS') return undefined
    throw error
  })
  return answer?.parts
    .filter(part => part.kind === 'program')
    .map(part => {
      const { pid, generation, ports } = part.snapshot as { pid?: number; generation?: number; ports?: readonly string[] }
      return { name: part.path.split('/').at(-1)!, pid: pid ?? 0, generation: generation ?? 0, ports: ports ?? [] }
    })
}

export async function program(name: string): Promise<Program | undefined> {
  return (await programs())?.find(one => one.name === name && one.pid > 0)
}

/** 'app.2 (pid 4720)' */
export function called({ name, generation, pid }: Program): string {
  return `${name}.${generation} (pid ${pid})`
}
