// What is left to do of an incident, in one line, with the command that does it; null where it is nothing. Pure.
import type { Entry } from './entry.ts'
import { type Facts, facts } from './facts.ts'
import type { Incident } from './incidents.ts'
import { nameOf, where } from './phrases.ts'
import { slowRoutes } from './story-of-doors.ts'

export function toDoOf({ state, entries, level, first, troubles, drill: during }: Incident): string | null {
  const had = (name: string) => entries.some(entry => entry.name === name)
  const money = failoverToDo(entries)
  if (money !== undefined) return money
  if (had('journal.failing') && state === 'open') return 'The journal can’t be written: see to the disk.'
  const drill = entries.findLast(entry => entry.name === 'drill.ended')
  if (drill !== undefined && state === 'noted') return drillToDo(facts(drill.data))
  const refused = entries.findLast(entry => entry.name === 'system.reload_refused')
  if (refused !== undefined && state === 'noted') return had('system.reloaded') ? null : deployToDo(facts(refused.data))
  const looping = troubles.find(one => one.key.startsWith('loop:') && (one.ended === undefined || one.endedWith === 'run'))
  if (looping !== undefined)
    return `It crashes at each start, so another restart won’t help: read what it said last (selfheal journal), or deploy the build before.${looping.port === 'none' ? ' No port is held yet: name it with --port, so that callers wait.' : ''}`
  const cut = entries.find(entry => entry.name === 'inbound.refusing' && facts(entry.data).text('why') === 'cut')
  if (cut !== undefined && entries.every(entry => entry.name.startsWith('inbound.')))
    return `Find what these wait for, and give it an end of its own: ${slowRoutes(facts(cut.data))}`
  if (state === 'open') return 'It is being healed; look again in a minute: selfheal why'
  const what = facts(first.data).text('what')
  if (what === 'oom' || had('program.memory_over'))
    return 'It will come again: find what keeps memory (selfheal digest shows how fast it grows).'
  // What a drill breaks is no fault of the app's.
  if (during !== undefined && first.name !== 'program.uncaught') return null
  if (first.name === 'program.hung')
    return `It will come again with the same request: mend the line${where(facts(first.data)) || ' it was stuck in'}.`
  const thrown = entries.filter(entry => entry.name === 'program.uncaught')
  if (what === 'uncaught' || thrown.length > 0) return thrownToDo(thrown, entries, state)
  return level === 'alarm' && state === 'noted' ? 'Look at what it says.' : null
}

const deployToDo = (d: Facts) =>
  `Mend what kept the new ${d.text('id') ?? 'build'} from starting (${cut((d.text('why') ?? 'no reason told').split('\n')[0]!.replace(/[.:]$/, ''))}), then deploy again: selfheal reload`

/** An error is named: of a digest nothing stands above. */
function thrownToDo(thrown: readonly Entry[], entries: readonly Entry[], state: Incident['state']): string | null {
  const d = facts((thrown.at(-1) ?? entries[0]!).data)
  const message = d.inside('error').text('message') ?? d.inside('info').text('message')
  const named = message === undefined ? 'the error' : `“${cut(message)}”`
  const route = d.text('route')
  if (route !== undefined || (d.text('answered') ?? 'none') !== 'none') {
    const stays = thrown.length > 0 && thrown.every(one => facts(one.data).all['stays'] === true)
    return `Mend ${named}${route === undefined ? '' : ` (${route})`}: until then each such request ${stays ? 'gets a 500' : 'costs a restart'}.`
  }
  // It came before it was ready, and a life after it is: it has been mended, or was not the app's.
  if (thrown.every(one => atStart(one, entries))) return state === 'healed' ? null : `Mend ${named}: it comes at each start.`
  return `Mend ${named}: each time it comes, it costs a restart.`
}

const atStart = ({ source, data }: Entry, entries: readonly Entry[]) =>
  entries.some(
    one =>
      one.name === 'supervisor.child_start_failed' &&
      one.source === source &&
      facts(one.data).number('generation') === facts(data).number('generation'),
  )

const cut = (message: string) => {
  const line = message.trim().split('\n')[0]!
  return line.length > 120 ? `${line.slice(0, 120)}…` : line
}

/** Whatever it stands for, a payment or a text message: by its failover's name. */
function failoverToDo(entries: readonly Entry[]): string | undefined {
  for (const { name, source, data, row } of entries) {
    const d = facts(data)
    const key = d.text('key')
    if (key === undefined) continue
    const where = `${quoted(key)} --failover ${quoted(nameOf(source))}`
    if (name === 'failover.done_twice' && d.text('undone') !== 'done')
      return `${nameOf(source)}: ${key} was done twice (${d.list('providers').join(', ')}): undo one of them: selfheal failover void ${where}`
    const settled = entries.some(
      one => one.row > row && one.name === 'failover.decided' && one.source === source && facts(one.data).text('key') === key,
    )
    if (name === 'failover.unresolved' && !settled)
      return `${nameOf(source)}: nobody can tell whether ${key} was done: look it up at ${d.text('provider') ?? 'its provider'}, then settle it: selfheal failover resolve ${where} --as ok (or not_done)`
  }
  return undefined
}

const quoted = (word: string) => (/^[\w.:@/+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

function drillToDo(d: Facts): string {
  const again = d.text('again')
  return `${d.text('mend') ?? 'See what it promised, and did not keep.'}${again === undefined ? '' : ` Then drill again: ${again}`}`
}
