// What the commands that act have in common: they ask the running selfheal, and tell meanwhile what comes of it.
import type { Command } from 'commander'
import type { Event, Json } from '../core/index.ts'
import { story } from '../journal/index.ts'
import { place, runningHere } from './place.ts'
import { isTold } from './told.ts'

export interface ActOptions {
  readonly json?: boolean
  readonly state?: string
  readonly why: string
}

export function withActOptions(command: Command): Command {
  return command
    .option('--why <text>', 'kept in the journal', 'asked on the command line')
    .option('--state <folder>', 'the state folder')
    .option('--json', 'one JSON object on stdout')
}

/** Uses the verb on the programs, or on all when none is named; what happens meanwhile is told on stderr. */
export async function actOnPrograms(verb: string, programs: readonly string[], options: ActOptions): Promise<Json> {
  // What a reload reads anew must be readable: its fault is told at once, and whole.
  if (verb === 'reload') await place(options)
  const { client, parts } = await runningHere(options)
  const system = parts.find(part => part.kind === 'system')!
  const controller = new AbortController()
  const tell = (event: Event) => {
    if (!options.json && isTold(event, false)) process.stderr.write(`${story(event)}\n`)
  }
  const told = client.events(tell, controller.signal).catch(() => {})
  try {
    return await client.act(system.path, verb, { programs }, { by: process.env['USER'] ?? 'cli', why: options.why })
  } finally {
    controller.abort()
    await told
  }
}

export const listed = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(', ') : '')
