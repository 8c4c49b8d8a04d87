// One plain line an event, for a founder who is tired: who, what, why, what is done about it. An event it has no words for is told by
// its name and data. Takes whatever was written: never throws.
import { formatMs } from '../core/index.ts'
import { type Facts, facts } from './facts.ts'
import { after, bytes, end, endAfter, ms, pid, said, soon, times, unfinished, where, within } from './phrases.ts'
import { DOOR_TELLERS } from './story-of-doors.ts'
import { DRILL_TELLERS } from './story-of-drills.ts'
import { FLEET_TELLERS } from './story-of-fleets.ts'
import { POLICY_TELLERS } from './story-of-policies.ts'
import { SPOOL_TELLERS } from './story-of-spools.ts'

export interface Told {
  readonly name: string
  readonly source: string
  readonly data: unknown
}

const MAX_LINE = 400

const ended = (connections: number | undefined) =>
  connections === undefined ? 'All connections' : connections === 1 ? 'One connection' : `${connections || 'No'} connections`

/** "web.3 was killed by SIGKILL after 2 min". */
export function story({ name, source, data }: Told): string {
  const known = facts(data)
  const tell = Object.hasOwn(TELLERS, name) ? TELLERS[name] : undefined
  const line = tell === undefined ? plain({ name, source, data: known }) : tell(known, who(source, known), source)
  // A line is one line, whatever is in an error's message.
  const flat = line.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  return flat.length > MAX_LINE ? `${flat.slice(0, MAX_LINE)}…` : flat
}

export type Teller = (data: Facts, who: string, source: string) => string

const TELLERS: Readonly<Record<string, Teller>> = {
  ...POLICY_TELLERS,
  ...FLEET_TELLERS,
  ...SPOOL_TELLERS,
  ...DRILL_TELLERS,
  ...DOOR_TELLERS,
  'supervisor.child_started': (d, name) =>
    `${name} ${d.number('generation') === 1 ? 'started' : 'is back'}${within(d.number('startMs'))}`,
  'supervisor.child_start_failed': (d, name) => {
    const error = d.inside('error')
    const own = error.text('code')?.startsWith('SELFHEAL_') === true
    return `${name} did not start${own && error.text('message') !== undefined ? `: ${error.text('message')}` : said(error)}`
  },
  'supervisor.child_retired': (d, name) => `${name} takes no new work (${end(d)}) and finishes what it has`,
  'supervisor.child_exited': (d, name) =>
    `${name} ${endAfter(d, d.number('uptimeMs'), d.all['asked'] === true ? ', as it was asked to' : '')}`,
  'supervisor.child_restarting': (d, name) => `${name} ${soon(d.number('waitMs'))}${times(d)}`,
  'supervisor.child_replaced': (d, name) =>
    `${name} has taken over${d.number('before') === undefined ? '' : ` from generation ${d.number('before')}`}`,
  'supervisor.child_unstopped': (d, name) => `${name} has not ended ${ms(d.number('forMs'))} after it was asked to`,
  'supervisor.crash_looping': (d, name) =>
    `${name} crashes again and again${times(d)}; tried every ${ms(d.number('retryMs'))} from here, until it is well`,
  'supervisor.recovered': (d, name) =>
    `${name} is well again${d.number('attempts') === undefined ? '' : `, at try ${d.number('attempts')}`}${after(d.number('afterMs'), 'ready for ')}`,
  'supervisor.child_waits': (d, name) => `${name} waits with its restart until ${d.text('for') ?? 'what it needs'} is back`,
  'supervisor.dependents_restarting': (d, name) =>
    `${name} has a new life: ${d.list('dependents').join(', ') || 'those that need it'} follow${d.list('dependents').length === 1 ? 's' : ''}`,
  'supervisor.health_missed': (d, name) =>
    `${name} is not well${said(d.inside('error'))} (check ${d.number('misses') ?? '?'} of ${d.number('limit') ?? '?'} in a row)`,
  'supervisor.heartbeat_missed': (d, name) =>
    `${name} gave no sign of life for ${ms(d.number('forMs'))}; it is ended and replaced`,
  'supervisor.stray_error': (d, name) =>
    d.text('id') === undefined
      ? `An error that nobody caught and that belongs to no component${said(d.inside('error'))}`
      : `${name} threw${said(d.inside('error'), ' ')}, which nobody caught; it alone is ended and replaced`,
  'supervisor.exhausted': (d, name) => `${name} can't be kept running here${times(d)}: handed to the level above`,
  'program.port_held': d =>
    `Port ${d.text('port') ?? '(unknown)'} is held${d.text('by') === 'hand_up' ? ': the program opened it, and from here it stays open' : d.text('by') === 'service_manager' ? ', handed on by systemd' : ''}`,
  'program.started': (d, name) => `${name} begins${pid(d)}`,
  'program.ready': (d, name) =>
    d.text('by') === 'settled'
      ? `${name} is up${within(d.number('bootMs'))} and listens on no port${pid(d)}`
      : `${name} is ready${within(d.number('bootMs'))}${pid(d)}`,
  'program.spare_ready': d => `A spare waits${pid(d)}`,
  'program.spare_lost': d => `There is no spare: ${d.text('why') ?? 'no reason told'}; it is tried again in half a minute`,
  'program.listens_elsewhere': (d, name) =>
    d.text('says') !== undefined
      ? `${name} ${d.text('says')}`
      : `${name} listens on ${d.text('port') ?? 'a port'}, which is not held (held: ${d.list('held').join(', ') || 'none'}): it closes when ${name} dies`,
  'program.port_refused': (d, name) =>
    `${name} listens nowhere, so nobody is served: ${d.text('says') ?? `${d.text('port') ?? 'its port'} is taken`}`,
  'program.uncaught': (d, name) => `${name} threw${said(d.inside('error'), ' ')}${thrown(d)}`,
  'program.hung': (d, name) =>
    `${name} ${d.all['stopped'] === true ? 'was stopped' : 'was stuck'} for ${ms(d.number('forMs'))}${where(d)}${d.text('route') === undefined ? '' : `, while it answered ${d.text('route')}`}; it is ended and replaced`,
  'program.blocked': (d, name) =>
    `${name} stood still for ${ms(d.number('forMs'))}${where(d)}${d.text('route') === undefined ? '' : `, while it answered ${d.text('route')}`}: work that belongs in a thread, or in pieces`,
  'program.exited': (d, name) =>
    d.all['drained'] === true
      ? `${name} has finished what it had, and ended`
      : `${name} ${endAfter(d, d.number('aliveMs'))}${unfinished(d)}`,
  'program.memory_over': (d, name) =>
    `${name} has ${d.text('by') === 'heap' ? 'a JavaScript heap of ' : ''}${bytes(d.number('bytes'))}, over its limit of ${bytes(d.number('limit'))}`,
  'system.own_fault': (d, name) =>
    `${name} can't reach ${(d.text('dependency') ?? 'a dependency').split('/').at(-1)}, but a fresh process of it can, three times over: the fault is its own`,
  'system.renewing': (d, name) =>
    `${name} is being replaced ${d.text('kind') === 'memory' ? 'before its memory runs out' : d.text('kind') === 'uptime' ? 'as it has run for as long as it may (--max-uptime)' : 'because its own connections fail while fresh ones work'}; it serves until the next life is ready`,
  'system.renewal_failed': (d, name) => `${name} could not be replaced, and serves on: ${d.text('message') ?? 'no reason told'}`,
  'system.started': d =>
    `selfheal ${d.text('version') ?? ''} started${pid(d)} with ${d.list('programs').join(', ') || 'no programs'}`,
  'system.socket_unclaimed': d =>
    `systemd holds ${d.text('port') ?? 'a socket'}, which no program here has: add it to the ports of one, or take it out of the socket unit`,
  'system.notify_failed': d =>
    `systemd could not be told how we are (${d.text('message') ?? 'no reason told'}): is the systemd-notify program installed?`,
  'system.reloading': d => `Reloading ${d.list('programs').join(', ') || 'the programs'}`,
  'system.reloaded': d => `Reloaded ${d.list('replaced').join(', ') || 'nothing: all are stopped'}${within(d.number('tookMs'))}`,
  'system.reload_refused': d =>
    `${d.text('id') ?? 'It'} was not reloaded${d.all['stays'] === true ? ', and the build before serves on' : ''}: ${d.text('why') ?? 'no reason told'}`,
  'system.crash_asked': (d, name) => `${name} asked to be replaced: ${d.text('why') ?? 'no reason told'}`,
  'system.guarded_twice': (_, name) =>
    `${name} calls selfheal() itself and runs with --auto too: what it guards itself is guarded twice. Leave one of them out`,
  'system.tree_ended': (d, name) =>
    `${d.inside('info').text('id') ?? 'A component'} of ${name} could not be healed inside its process: the process is replaced`,
  'compute.timed_out': (d, name) => `${name} was ended with its thread: it did not finish within ${ms(d.number('afterMs'))}`,
  'compute.aborted': (d, name) => `${name} was ended with its thread${after(d.number('afterMs'))}: nobody waits for it any more`,
  'compute.failed': (d, name) => `${name} failed: ${d.text('message') ?? 'no reason told'}`,
  'compute.blocked': d => `the main thread stood still for ${ms(d.number('forMs'))}: work that belongs in a thread, or in pieces`,
  'compute.rejected': (d, name) => `${name} takes no more just now: ${d.number('waiting') ?? 'too many'} tasks wait for a thread`,
  'system.sampled': d => `The figures of ${Object.keys(d.inside('parts').all).length} parts, for the digest`,
  'system.stopping': d => `selfheal stops: ${d.text('why') ?? 'asked to'}`,
  'system.stopped': () => 'selfheal has stopped',
  'failover.switched': (d, name) =>
    `${name}: ${d.text('from') ?? 'a provider'} is left (${d.text('why') ?? 'it failed'}); ${d.text('to') === 'none' ? 'no other is well' : `new ones go to ${d.text('to') ?? 'another'}`}`,
  'failover.returned': (d, name) =>
    `${name}: ${d.text('provider') ?? 'a provider'} is well and takes its traffic back${after(d.number('forMs'))}: ${d.number('calls') ?? 0} calls went elsewhere, ${d.number('parked') ?? 0} had to wait for an answer`,
  'failover.passed_on': (d, name) =>
    `${name}: ${d.text('key') ?? 'one'} went on from ${d.text('from') ?? 'a provider'} (${d.text('why') ?? 'not sent'}) to ${d.text('to') ?? 'another'}`,
  'failover.parked': (d, name) =>
    `${name}: ${d.text('key') ?? 'one'} may have been done at ${d.text('provider') ?? 'its provider'} (${d.text('why') ?? 'no answer'}); it is pending, and looked at until it is known`,
  'failover.decided': (d, name) =>
    `${name}: ${d.text('key') ?? 'one'} is ${d.text('as') === 'ok' ? 'done' : d.text('as') === 'declined' ? 'declined' : 'not done'}${d.text('provider') === undefined ? '' : ` at ${d.text('provider')}`}${after(d.number('afterMs'))}`,
  'failover.unresolved': (d, name) =>
    `${name}: nobody can tell whether ${d.text('key') ?? 'one'} was done at ${d.text('provider') ?? 'its provider'}: look at its books, then selfheal failover resolve`,
  'failover.done_twice': (d, name) =>
    `${name}: ${d.text('key') ?? 'one'} was done more than once (${d.list('providers').join(', ')}); ${d.text('undone') === 'done' ? 'the second is undone' : 'undo the second: selfheal failover void'}`,
  'failover.late_success': (d, name) =>
    `${name}: ${d.text('key') ?? 'one'} was ${d.text('before') === 'declined' ? 'declined' : 'taken for not done'}, and was done after all at ${d.text('provider') ?? 'its provider'}`,
  'failover.unaudited': (d, name) =>
    `${name}: ${d.text('key') ?? 'one'} is decided, but ${d.list('providers').join(' and ') || 'its provider'} could not be looked up once more: see that it is not there twice`,
  'failover.unproven': (d, name) =>
    `${name}: ${d.text('provider') ?? 'a provider'} has not worked for ${ms(d.number('forMs'))}: try it before it is needed`,
  'feature.changed': d => changedMode(d),
  'feature.held': d =>
    `${d.text('feature') ?? 'A feature'} came back ${d.number('returns') ?? 'too many'} times within ${ms(d.number('inMs'))}: it stays as it is for ${ms(d.number('forMs'))}`,
  'feature.overridden': d =>
    `${d.text('by') ?? 'someone'} set ${d.text('feature') === 'app' ? 'the whole app' : (d.text('feature') ?? 'a feature')} to ${modeWord(d.text('mode'))}${d.text('why') === undefined ? '' : `: ${d.text('why')}`}`,
  'feature.overrides_unreadable': d =>
    `The operators' overrides in ${d.text('file') ?? 'their file'} can't be read (${d.text('says') ?? 'no reason told'}): those known before stay in force`,
  'feature.stream_full': d => `${d.number('clients') ?? 'Too many'} pages listen already: more of them ask now and then instead`,
  'dependency.down': (d, name) =>
    `${name} is down: ${d.text('why') ?? 'no reason told'}; its connections are ended, and it is probed until it is back`,
  'dependency.dropped': (d, name) =>
    `${ended(d.number('connections'))} to ${name} ${d.number('connections') === 1 ? 'was' : 'were'} ended${within(d.number('tookMs'))}${d.text('failed') === undefined ? '' : `, as far as that went: ${d.text('failed')}`}`,
  'dependency.slow': (d, name) => `${name} is slow: ${d.text('why') ?? 'calls take long'}`,
  'dependency.readonly': (d, name) => `${name} can be read, and takes no writes: ${d.text('why') ?? ''}`,
  'dependency.back': (d, name) =>
    `${name} is ${d.text('state') === 'readonly' ? 'back, to be read only' : 'well again'}${after(d.number('afterMs'))}`,
  'dependency.resumed': (d, name) =>
    d.text('failed') === undefined
      ? `${name}: what its connections held (listeners, sessions), if anything, is set up again`
      : `What the connections to ${name} held (listeners, sessions) could not be set up again: ${d.text('failed')}`,
  'dependency.reads_moved': (d, name) =>
    d.text('to') === 'copy'
      ? `${name} shows the last good answers: ${d.text('why') ?? ''}`
      : `${name} asks ${d.text('to') ?? ''} instead of ${d.text('from') ?? ''}`,
  'dependency.probe_failed': (d, name) => `${name} did not answer a probe: ${d.text('why') ?? ''}`,
  'dependency.held': (d, name) =>
    `${d.text('by') ?? 'someone'} ${d.text('mode') === 'off' ? `turned ${name} off` : `made ${name} read-only`} (${d.text('why') ?? ''})`,
  'dependency.let_go': (d, name) => `${name} is no longer held by ${d.text('by') ?? 'anyone'}`,
  'control.acted': d =>
    `${d.text('by') ?? 'someone'} asked ${d.text('path') ?? 'a part'} to ${d.text('verb') ?? 'act'}${d.text('why') === undefined ? '' : ` (${d.text('why')})`}${d.text('failed') === undefined ? '' : `: refused, ${d.text('failed')}`}`,
  'control.listener_dropped': d =>
    `A listener to events did not read, and was let go (it missed ${d.number('missed') ?? 'some'})`,
  'journal.failing': d => `The journal can't be written: ${d.text('message') ?? 'no reason told'}. ${d.text('mend') ?? ''}`,
  'journal.recovered': d =>
    `The journal is written again${after(d.number('forMs'))}${d.number('dropped') ? `; ${d.number('dropped')} entries were lost` : ''}`,
  'journal.set_aside': d => `The journal was damaged: moved to ${d.text('file') ?? 'another name'}, and a new one begun`,
  'reporter.blind': () => 'The supervisor has not answered its reporter for a minute: nobody sees what is healed',
  'selfheal.dropped': d => `${d.number('count') ?? 'Some'} events were lost: there were too many at once`,
}

const modeWord = (mode: string | undefined) =>
  mode === 'on' ? 'what its needs allow' : mode === 'readonly' ? 'read-only' : (mode ?? 'off')

/** "sell is read-only: the database is not there", "sell is on again, after 12 s". */
function changedMode(d: Facts): string {
  const name = d.text('feature') === 'app' ? 'The whole app' : (d.text('feature') ?? 'A feature')
  const to = d.text('to')
  if (to === 'on') return `${name} is on again, after ${ms(d.number('afterMs'))}`
  const why = d.list('causes').join('; ')
  return `${name} is ${to === 'readonly' ? 'read-only' : 'off'}${why === '' ? '' : `: ${why}`}`
}

/** 'web.3': its id, or the end of its path, and its generation. */
function who(source: string, d: Facts): string {
  const path = source.split('/').filter(Boolean)
  if (path.at(-1) === 'meanwhile') return `the standby for ${path.at(-2) ?? 'it'}`
  const name = d.text('id') ?? (path.at(-1) || 'it')
  const generation = d.number('generation')
  const full = generation === undefined ? name : `${name}.${generation}`
  return d.all['meanwhile'] === true ? `the standby for ${name}` : full
}

function plain({ name, source, data }: { readonly name: string; readonly source: string; readonly data: Facts }): string {
  const [room, ...rest] = name.split('.')
  const what = rest.join(' ').replaceAll('_', ' ')
  const says = Object.entries(data.all).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null
      ? []
      : [`${key} ${key.endsWith('Ms') && typeof value === 'number' ? formatMs(value) : String(value)}`],
  )
  return `${source || room}: ${what === '' ? room : `${room} ${what}`}${says.length === 0 ? '' : ` (${says.join(', ')})`}`
}

/** What an uncaught error cost, and what is done about it. */
function thrown(d: Facts): string {
  const route = d.text('route')
  if (d.all['stays'] === true)
    return ` in ${route ?? 'a request'}: that request got a 500; new lives were no help there, so this one goes on`
  if (d.all['drains'] !== true) return ', which nobody caught'
  const rest = 'the others finish, and a new life takes over'
  if (d.text('answered') === '500') return ` in ${route ?? 'a request'}, which nobody caught: that request got a 500, ${rest}`
  if (d.text('answered') === 'cut') return ` in ${route ?? 'a request'}, after its answer had begun: it was broken off, ${rest}`
  return `, which nobody caught, and no request is to blame: what runs finishes, and a new life takes over`
}
