// What `selfheal failover` says to people of what the part answered. Pure.
import { formatMs, type Json } from '../core/index.ts'

interface ProviderRow {
  readonly name: string
  readonly state: string
  readonly share: number
  readonly calls: number
  readonly workedMsAgo: number | null
  readonly says: string | null
  readonly order: { readonly kind: string; readonly by: string; readonly why: string; readonly until: number | null } | null
}
interface IntentRow {
  readonly key: string
  readonly operation: string
  readonly state: string
  readonly provider: string | null
  readonly says: string | null
  readonly tries: number
  readonly twice: number
  readonly madeAt: number
  readonly dueAt: number | null
}

const STATE: Readonly<Record<string, string>> = { ok: 'done', not_done: 'not done', unresolved: 'UNRESOLVED' }
const ORDER: Readonly<Record<string, string>> = { force: 'forced', drain: 'drained', take_out: 'taken out' }
const ago = (wall: number) => `${formatMs(Math.max(0, Date.now() - wall))} ago`

export function listed(data: Json): string {
  const { active, providers, intents } = data as unknown as {
    active: string | null
    providers: readonly ProviderRow[]
    intents?: readonly IntentRow[]
  }
  const first = providers.map(
    one =>
      `  ${[one.name === active ? '▶' : ' ', one.name, one.state, one.state === 'ramping' ? `${Math.round(one.share * 100)} %` : '', `${one.calls} calls`, worked(one), one.says ?? '', orderOf(one)].filter(Boolean).join('  ')}`,
  )
  if (intents === undefined) return first.join('\n')
  if (intents.length === 0) return [...first, '', '  No intents.'].join('\n')
  return [...first, '', ...intents.map(row)].join('\n')
}

function worked({ workedMsAgo }: ProviderRow): string {
  return workedMsAgo === null ? 'has not worked yet' : `worked ${formatMs(workedMsAgo)} ago`
}

function orderOf({ order }: ProviderRow): string {
  if (order === null) return ''
  const ends = order.until === null ? '' : `, for ${formatMs(Math.max(0, order.until - Date.now()))} more`
  return `${ORDER[order.kind] ?? order.kind} by ${order.by}: ${order.why}${ends}`
}

function row({ key, operation, state, provider, says, tries, twice, madeAt, dueAt }: IntentRow): string {
  const due = state === 'pending' && dueAt !== null ? `looked at in ${formatMs(Math.max(0, dueAt - Date.now()))}` : ''
  const why = state === 'ok' ? '' : (says ?? '')
  const double = twice > 0 ? `DONE ${twice + 1} TIMES: selfheal failover void ${key}` : ''
  return `  ${[key, operation, STATE[state] ?? state, provider === null ? '' : `at ${provider}`, ago(madeAt), `${tries} ${tries === 1 ? 'try' : 'tries'}`, why, due, double].filter(Boolean).join('  ')}`
}

interface FullIntent extends IntentRow {
  readonly owner?: string
  readonly attempts: readonly {
    readonly provider: string
    readonly key: string
    readonly state: string
    readonly at: number
    readonly endedAt?: number
    readonly hearsay?: true
    readonly says?: string
  }[]
  readonly decidedAt?: number
}

export function shownIntent(data: Json): string {
  const { key, operation, state, owner, attempts, madeAt, decidedAt } = data as unknown as FullIntent
  const twice = (data as unknown as { twice: readonly { provider: string; value: Json; undone: string }[] }).twice
  const end = decidedAt === undefined ? '' : `, decided ${formatMs(Math.max(0, decidedAt - madeAt))} later`
  return [
    `${key}: ${operation} is ${STATE[state] ?? state}${owner === undefined ? '' : ` at ${owner}`}; made ${ago(madeAt)}${end}`,
    ...attempts.map(
      one =>
        `  +${formatMs(Math.max(0, one.at - madeAt))}  ${one.provider}  ${cameOf(one)}  key ${one.key}${one.says === undefined ? '' : `  ${one.says}`}`,
    ),
    ...twice.map(
      one =>
        `  once too often at ${one.provider}: ${JSON.stringify(one.value)} (${one.undone === 'done' ? 'undone' : `not undone: selfheal failover void ${key}`})`,
    ),
  ].join('\n')
}

/** Its own answer: one that gave none is not called done, though its key is known to be since. */
function cameOf({ state, says, endedAt, hearsay }: FullIntent['attempts'][number]): string {
  if (state !== 'ok') return state.replace('_', ' ')
  return says === undefined && endedAt !== undefined && hearsay === undefined
    ? 'ok'
    : 'no answer (its key is done, as was found out since)'
}

export function resolved(data: Json): string {
  const { looked, intent, counts } = data as unknown as {
    looked: number
    intent?: IntentRow
    counts: { pending: number; unresolved: number } | null
  }
  if (intent !== undefined) return row(intent).trim()
  const left = counts === null ? '' : ` ${counts.pending} pending, ${counts.unresolved} unresolved.`
  return `Looked at ${looked} ${looked === 1 ? 'intent' : 'intents'}.${left}`
}

export function voided(data: Json): string {
  return row(data as unknown as IntentRow).trim()
}

export function drilled(data: Json): string {
  const d = data as unknown as {
    provider: string
    before: string
    forMs: number
    calls: number
    ok: number
    declined: number
    notDone: number
    pending: number
    after: string
    cost?: number
  }
  const said =
    d.calls === 0
      ? 'No call came in that time: it proves nothing. Try it when there is traffic.'
      : `${d.ok} done, ${d.declined} declined, ${d.notDone} not done, ${d.pending} pending.`
  return `${d.provider} stood in for ${d.before} for ${formatMs(d.forMs)}: ${d.calls} calls. ${said} Now on ${d.after}.`
}
