// One batch of the proof: simulators and machines as real processes, the plan carried out, the machines started anew whenever they are
// killed, and then, within a stated time, every intent decided and compared with the books.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type Intent, type Ledger, postgresLedger, sqliteLedger } from '../../src/failover/index.ts'
import type { Simulator } from '../process/failover/kit.ts'
import type { Mutant } from './mutants.ts'
import { type Answer, type MachineConfig, NUMBERS, type Told } from './numbers.ts'
import { type Order, type Plan, planOf } from './plan.ts'
import { longestStill, watched } from './still.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export interface BatchOptions {
  readonly seed: number
  readonly runs: number
  readonly way: MachineConfig['way']
  readonly mutant?: Mutant
  /** A PostgreSQL's address; absent: SQLite, shared by two lives on one machine. */
  readonly postgres?: string
  readonly simulators: { readonly stripe: Simulator; readonly braintree: Simulator }
  /** Where all its processes note when they stood still. */
  readonly still: string
  /** The longest that a process stands still. */
  readonly stallMs: number
  /** How long after the last trouble everything must be decided. */
  readonly withinMs: number
}
export interface Result {
  readonly order: Order
  readonly verdict: Verdict
  readonly answers: readonly Answer[]
  readonly decidedMs: number | undefined
  readonly timeline: readonly string[]
}
export interface BatchResult {
  readonly plan: Plan
  readonly results: readonly Result[]
  readonly kills: number
  readonly alarms: number
  /** The longest that a process of it stood still, as planned or not. */
  readonly stillMs: number
}

const MOST_BROKEN = 5
const PROGRAM = fileURLToPath(new URL('./machine.ts', import.meta.url))

export async function runBatch(options: BatchOptions): Promise<BatchResult> {
  const plan = planOf(options.seed, options.runs, options.stallMs)
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-proof-'))
  const { stripe, braintree } = options.simulators
  const schema = `proof_${options.seed}_${process.pid}`
  const pool = options.postgres === undefined ? undefined : new pg.Pool({ connectionString: options.postgres, max: 2 })
  const ledger: Ledger = pool === undefined ? sqliteLedger({ file: join(folder, 'ledger.db') }) : postgresLedger({ pool, schema })
  const began = performance.now()
  const beganWall = Date.now()
  const watch = watched(options.still)
  const lines = new Map<number, string[]>()
  const answers = new Map<number, Answer[]>()
  const note = (amount: number, says: string) =>
    void lines.set(amount, [...(lines.get(amount) ?? []), `${Math.round(performance.now() - began)} ms  ${says}`])
  let kills = 0
  let alarms = 0
  let over = false

  // ── 1. The providers, as this plan has them
  for (const sim of [stripe, braintree]) {
    await sim.post('reset')
    await sim.post('keys', { honoured: !plan.brokenKeys, ttlMs: plan.prunes ? NUMBERS.prunedAfter : 86_400_000 })
    await sim.post('webhooks', {})
  }
  for (const order of plan.orders) {
    if (order.atA.length > 0) await stripe.switch({ amount: order.amount, modes: order.atA, ms: slowOf(order) })
    if (order.atB.length > 0) await braintree.switch({ amount: order.amount, modes: order.atB, ms: slowOf(order) })
  }

  // ── 2. Two machines, each started anew when it is killed
  const kill = Object.fromEntries(plan.orders.flatMap(one => (one.kill === undefined ? [] : [[one.amount, one.kill]])))
  const config: MachineConfig = {
    way: options.way,
    ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
    stripe: stripe.port,
    braintree: braintree.port,
    first: plan.first,
    keyTtl: plan.prunes ? NUMBERS.keyTtl : '1d',
    ledger: options.postgres === undefined ? { sqlite: join(folder, 'ledger.db') } : { postgres: options.postgres, schema },
    kills: kill,
    killed: join(folder, 'killed'),
    seed: plan.seed,
  }
  const machines = await Promise.all([0, 1].map(i => machine(i as 0 | 1)))

  async function machine(i: 0 | 1) {
    let child: ChildProcess
    let broken = 0
    let waiting = new Map<number, number>()
    let ready = Promise.withResolvers<void>()
    const queue: number[] = []
    const click = (amount: number) => {
      note(amount, `machine ${i}: clicked`)
      waiting.set(amount, (waiting.get(amount) ?? 0) + 1)
      if (child.connected) child.send({ click: amount })
      else queue.push(amount)
    }
    const start = () => {
      child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...watch.args, PROGRAM, JSON.stringify(config)], {
        env: watch.env,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      // Killed just now: its exit says which clicks are lost.
      child.on('error', () => {})
      child.on('message', (told: Told) => {
        if (told.is === 'ready') {
          if (plan.webhooks)
            for (const sim of [stripe, braintree])
              void sim.post('webhooks', { url: `http://127.0.0.1:${told.webhooks}` }).catch(() => {})
          ready.resolve()
          for (const amount of queue.splice(0)) child.send({ click: amount })
        } else if (told.is === 'answer') {
          note(told.amount, `machine ${i}: ${told.as} (${told.says})`)
          answers.set(told.amount, [...(answers.get(told.amount) ?? []), told.as])
          waiting.set(told.amount, (waiting.get(told.amount) ?? 1) - 1)
        } else alarms++
      })
      child.on('exit', (code, signal) => {
        if (over) return
        kills += signal === 'SIGKILL' ? 1 : 0
        // Ends the proof: it would start it anew for ever.
        if (signal !== 'SIGKILL' && ++broken > MOST_BROKEN)
          throw new Error(`a machine of the proof ended by itself ${broken} times (${signal ?? code})`)
        const lost = [...waiting].filter(([, n]) => n > 0).map(([amount]) => amount)
        waiting = new Map()
        for (const amount of lost) {
          note(amount, `machine ${i}: killed with it under way`)
          const order = plan.orders[amount - 10_000]!
          if (order.clicksAgain) {
            queue.push(amount)
            waiting.set(amount, 1)
            note(amount, `machine ${i}: to be clicked again`)
          }
        }
        ready = Promise.withResolvers<void>()
        start()
      })
    }
    start()
    await ready.promise
    return {
      click,
      stall: (signal: 'SIGSTOP' | 'SIGCONT') => void child.kill(signal),
      busy: () => [...waiting.values()].some(n => n > 0),
      end: async () => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      },
    }
  }

  // ── 3. What customers do, and what is broken for everybody
  try {
    const from = performance.now()
    const clicks = plan.orders
      .flatMap(order => order.clicks.map(one => ({ ...one, amount: order.amount })))
      .sort((a, b) => a.atMs - b.atMs)
    const outage = breakFor(plan, options.simulators)
    const stalls = plan.stalls.map(async ({ who, atMs, forMs }) => {
      await wait(atMs)
      const all = {
        'machine 0': machines[0]!.stall,
        'machine 1': machines[1]!.stall,
        stripe: stallOf(stripe),
        braintree: stallOf(braintree),
      }
      all[who]('SIGSTOP')
      await wait(forMs)
      all[who]('SIGCONT')
    })
    for (const one of clicks) {
      await wait(Math.max(0, from + one.atMs - performance.now()))
      machines[one.machine]!.click(one.amount)
    }
    await outage
    await Promise.all(stalls)
    for (const end = performance.now() + 20_000; machines.some(one => one.busy()) && performance.now() < end; ) await wait(20)

    // ── 4. All decided, or the time is over
    const calm = performance.now()
    if (options.way === 'selfheal')
      for (;;) {
        const work = await ledger.work('payments', Number.MAX_SAFE_INTEGER, 1)
        const left = work.counts.open + work.counts.pending + work.due.length
        if (options.mutant !== undefined || left > 0 || performance.now() - calm < 300) await wait(50)
        if (
          (left === 0 && performance.now() - calm >= 300) ||
          performance.now() - calm > (options.mutant === undefined ? options.withinMs : Math.min(4_000, options.withinMs))
        )
          break
      }
    else await wait(1_000)
    return { plan, kills, alarms, results: await results(), stillMs: longestStill(options.still, beganWall) }
  } finally {
    over = true
    await Promise.all(machines.map(one => one.end()))
    await ledger.close?.()
    if (pool !== undefined) {
      await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`).catch(() => {})
      await pool.end()
    }
    rmSync(folder, { recursive: true, force: true })
  }

  async function results(): Promise<readonly Result[]> {
    const books = { stripe: await stripe.books(), braintree: await braintree.books() }
    const paidOf = (name: 'stripe' | 'braintree', amount: number) =>
      books[name].filter(one => one.amount === amount && one.state === 'paid')
    return Promise.all(
      plan.orders.map(async order => {
        const intent =
          options.way === 'selfheal' && options.mutant !== 'ledger-off'
            ? (await ledger.read('payments', `order-${order.amount}`))?.intent
            : undefined
        const paid = { stripe: paidOf('stripe', order.amount), braintree: paidOf('braintree', order.amount) }
        const heard = answers.get(order.amount) ?? []
        const verdict = verdictOf({
          amount: order.amount,
          answers: heard,
          clicks: (lines.get(order.amount) ?? []).filter(line => line.includes('click')).length,
          intent,
          paid,
          brokenKeys: plan.brokenKeys,
          ledger: options.way === 'selfheal' && options.mutant !== 'ledger-off',
        })
        const decidedMs = intent?.decidedAt === undefined ? undefined : intent.decidedAt - intent.madeAt
        return {
          order,
          verdict,
          answers: heard,
          decidedMs,
          timeline: verdict.faults.length === 0 ? [] : timelineOf(order, lines.get(order.amount) ?? [], intent, paid),
        }
      }),
    )
  }
}

const stallOf = (sim: Simulator) => (signal: 'SIGSTOP' | 'SIGCONT') => void sim.process.kill(signal)

/** 'slow' must be in time, 'slow-then-charge' and 'late-answer' must not. */
function slowOf(order: Order): number {
  return [...order.atA, ...order.atB].some(mode => mode === 'slow-then-charge' || mode === 'late-answer')
    ? NUMBERS.attempt + 150
    : 60
}

async function breakFor({ outage }: Plan, simulators: BatchOptions['simulators']): Promise<void> {
  if (outage === undefined) return
  await wait(outage.fromMs)
  await simulators[outage.at].switch({ mode: outage.mode })
  await wait(outage.forMs)
  await simulators[outage.at].switch({ mode: 'ok' })
}

function timelineOf(order: Order, lines: readonly string[], intent: Intent | undefined, paid: object): readonly string[] {
  const at = (wall: number) => new Date(wall).toISOString().slice(17, 23)
  return [
    `order ${order.amount}: at stripe ${order.atA.join(', ') || 'ok'}; at braintree ${order.atB.join(', ') || 'ok'}; kill -9 ${order.kill ?? 'never'}`,
    ...lines,
    intent === undefined
      ? 'no intent in the ledger'
      : `intent: ${intent.state}${intent.owner === undefined ? '' : ` at ${intent.owner}`}, made ${at(intent.madeAt)}${intent.decidedAt === undefined ? '' : `, decided ${at(intent.decidedAt)}`}`,
    ...(intent?.attempts ?? []).map(one => `  ${at(one.at)} ${one.provider} ${one.state} ${one.says ?? ''}`),
    `books: ${JSON.stringify(paid)}`,
  ]
}
