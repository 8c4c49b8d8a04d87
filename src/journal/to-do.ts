// What is left to do of an incident, in one line, with the command that does it; null where it is nothing. Pure.
import type { Entry } from './entry.ts'
import { type Facts, facts } from './facts.ts'
import type { Incident } from './incidents.ts'
import { nameOf } from './phrases.ts'

export function toDoOf({ state, entries, level, first, troubles }: Incident): string | null {
  const had = (name: string) => entries.some(entry => entry.name === name)
  const money = failoverToDo(entries)
  if (money !== undefined) return money
  if (had('journal.failing') && state === 'open') return 'The journal can’t be written: see to the disk.'
  const drill = entries.findLast(entry => entry.name === 'drill.ended')
  if (drill !== undefined && state === 'noted') return drillToDo(facts(drill.data))
  const looping = troubles.find(one => one.key.startsWith('loop:') && (one.ended === undefined || one.endedWith === 'run'))
  if (looping !== undefined)
    return `It crashes at each start, so another restart won’t help: read what it said last (selfheal journal), or deploy the build before.${looping.port === 'none' ? ' No port is held yet: name it with --port, so that callers wait.' : ''}`
  if (state === 'open') return 'It is being healed; look again in a minute: selfheal why'
  const what = facts(first.data).text('what')
  if (what === 'oom' || had('program.memory_over'))
    return 'It will come again: find what keeps memory (selfheal digest shows how fast it grows).'
  if (first.name === 'program.hung') return 'It will come again with the same request: mend the line named above.'
  const thrown = entries.filter(entry => entry.name === 'program.uncaught')
  if (what === 'uncaught' || thrown.length > 0)
    return `Mend the error named above: until then each such request ${thrown.length > 0 && thrown.every(one => facts(one.data).all['stays'] === true) ? 'gets a 500' : 'costs a restart'}.`
  return level === 'alarm' && state === 'noted' ? 'Look at what it says.' : null
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
