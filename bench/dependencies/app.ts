// One arm of bench:dependencies in a process of its own: calls at a constant rate, whatever comes of those before, and a note of each.
// The name service of this process can be made to hang: whoever connects asks dns.lookup, which is what nobody answers.
import dns from 'node:dns'
import { setTimeout as wait } from 'node:timers/promises'
import { armOf } from './arms.ts'
import { type Asked, type Call, DEADLINE_MS, type Mark, type Plan, type Told } from './plan.ts'

const plan = JSON.parse(process.argv[2]!) as Plan
const marks: Mark[] = []
const calls: Call[] = []
const says = new Map<string, number>()
let going = true
// A stray rejection of a peer's is its own.
process.on('unhandledRejection', () => {})
process.on('disconnect', () => process.exit())

/** glibc: two attempts of five seconds, and no answer. */
const RESOLVER_MS = 10_000
let hangs = false
const { lookup } = dns
dns.lookup = ((name: string, options: object, callback: (error: Error | null) => void) => {
  if (!hangs) lookup(name, { ...options, family: 4 }, callback)
  else setTimeout(callback, RESOLVER_MS, Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), { code: 'EAI_AGAIN' }))
}) as unknown as typeof lookup

const queries = await Promise.all(
  Array.from({ length: plan.instances ?? 1 }, () => armOf(plan, is => marks.push({ is, at: Date.now() }))),
)
const together = plan.together ?? 1
/** The n-th call, on the pool whose turn it is. */
const query = (n: number) => queries[Math.floor(n / together) % queries.length]!(n)
const tell = (what: Told) => process.send!(what)

async function call(n: number): Promise<void> {
  const mine: Call = { beganAt: Date.now() }
  calls.push(mine)
  try {
    await query(n)
    mine.ok = true
  } catch (error) {
    mine.ok = false
    const { code, message } = error as { code?: string; message?: string }
    const what = `${code ?? ''} ${message ?? error}`.trim().slice(0, 100)
    says.set(what, (says.get(what) ?? 0) + 1)
  }
  mine.endedAt = Date.now()
}

async function load(): Promise<void> {
  const began = performance.now()
  for (let n = 0; going; n += together) {
    const early = began + (n * 1_000) / plan.perSecond - performance.now()
    if (early > 0) await wait(early)
    for (let i = 0; i < together && going; i++) void call(n + i)
  }
}

process.on('message', async (asked: Asked) => {
  if (asked === 'go') void load()
  else if (asked === 'stop') {
    going = false
    // Whoever has waited longer than this waits for ever, as far as a caller is concerned.
    for (let i = 0; i < 20 && calls.some(({ endedAt }) => endedAt === undefined); i++) await wait(DEADLINE_MS / 10)
    tell({ is: 'done', calls, marks, says: [...says].sort((a, b) => b[1] - a[1]).map(([what, n]) => `${n} × ${what}`) })
  } else hangs = asked === 'dns-hangs'
})
for (let n = 0; n < 5 * queries.length * together; n++) await query(n)
tell({ is: 'ready' })
