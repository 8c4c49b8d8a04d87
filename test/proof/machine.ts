// One machine of the proof: a process that runs the shop's payments, or another way to do them, on what it is told by its parent, and that
// kills itself with SIGKILL at the steps it is told. Answers go to the parent by IPC; what it does is real: SDKs, HTTP, SQLite, PostgreSQL.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import type { Charge } from '../../examples/marketplace/payments/books.ts'
import { createEvents } from '../../src/core/index.ts'
import {
  type Failover,
  failover,
  isDeclined,
  isPending,
  type Ledger,
  memoryLedger,
  type Paid,
  type Payment,
  type Provider,
  postgresLedger,
  sqliteLedger,
} from '../../src/failover/index.ts'
import { braintreeAt, stripeAt } from '../process/failover/kit.ts'
import { mutated } from './mutants.ts'
import { nextOnAnyError, tryCatch } from './naive.ts'
import { type Answer, type MachineConfig, NUMBERS, type Told } from './numbers.ts'
import type { Step } from './plan.ts'

const config = JSON.parse(process.argv[2]!) as MachineConfig
const tell = (told: Told) => process.connected && process.send!(told)
const done = new Set(existsSync(config.killed) ? readFileSync(config.killed, 'utf8').split('\n') : [])

function strike(amount: number, step: Step): void {
  if (config.kills[amount] !== step || done.has(`${amount} ${step}`)) return
  appendFileSync(config.killed, `${amount} ${step}\n`)
  process.kill(process.pid, 'SIGKILL')
}

const amountOf = (key: string) => Number(key.split('-')[1])

function struckLedger(ledger: Ledger): Ledger {
  return {
    ...ledger,
    async write(intent, version) {
      const sending = intent.attempts.at(-1)?.state === 'sent'
      strike(amountOf(intent.key), sending ? 'before-written' : 'before-outcome')
      const written = await ledger.write(intent, version)
      strike(amountOf(intent.key), sending ? 'written' : 'outcome-written')
      return written
    },
  }
}

function struck(provider: Provider<Payment, Paid>, ofKey: Map<string, number>): Provider<Payment, Paid> {
  return {
    ...provider,
    async call(operation, params, call) {
      ofKey.set(call.key, params.amount)
      const answer = provider.call(operation, params, call)
      // Its bytes have left by the next turns of the loop.
      setTimeout(() => strike(params.amount, 'sending'), 2)
      return answer.finally(() => strike(params.amount, 'answered'))
    },
    async lookup(key, call) {
      const amount = ofKey.get(key) ?? 0
      strike(amount, 'looking')
      const found = await provider.lookup!(key, call)
      strike(amount, 'looked')
      return found
    },
  }
}

const ofKey = new Map<string, number>()
const both = [
  stripeAt(config.stripe, { settles: NUMBERS.settles, keyTtl: config.keyTtl }),
  braintreeAt(config.braintree, { settles: NUMBERS.settles }),
].map(one => struck(one, ofKey))
const providers = config.first === 'stripe' ? both : both.reverse()

function openLedger(): Ledger {
  if (config.mutant === 'ledger-off') return memoryLedger()
  if ('sqlite' in config.ledger) return sqliteLedger({ file: config.ledger.sqlite })
  const pool = new pg.Pool({ connectionString: config.ledger.postgres, max: 6 })
  pool.on('error', () => {})
  return postgresLedger({ pool, schema: config.ledger.schema })
}

type Pay = (amount: number) => Promise<Paid>
const payment = (amount: number): Payment => ({
  amount,
  currency: 'eur',
  method: { stripe: 'pm_card_visa', braintree: 'fake-valid-nonce' },
})

function selfhealing(): { readonly pay: Pay; readonly f: Failover<Payment, Paid> } {
  const events = createEvents()
  events.on(
    '*',
    event => void (event.level === 'alarm' && tell({ is: 'event', name: event.name, level: event.level, data: event.data })),
  )
  const { ledger, list } = mutated(config.mutant, struckLedger(openLedger()), providers)
  const f = failover<Payment, Paid>('payments', {
    providers: list,
    ledger,
    events,
    deadline: NUMBERS.deadline,
    attempt: NUMBERS.attempt,
    every: NUMBERS.every,
    slow: 5_000,
    failures: 6,
    minStay: 200,
    ramp: 100,
    decided: () => {},
  })
  if (config.mutant !== 'reconciler-off') void f.reconcile({ signal: new AbortController().signal })
  return { f, pay: amount => f.call('charge', payment(amount), { key: `order-${amount}` }) }
}

const { pay, f } =
  config.way === 'selfheal'
    ? selfhealing()
    : { pay: (config.way === 'try-catch' ? tryCatch : nextOnAnyError)(providers, payment, NUMBERS.attempt), f: undefined }

const webhooks = createServer(async (request, response) => {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  const { provider, charge } = JSON.parse(text) as { provider: string; charge: Charge }
  if (f !== undefined && charge.state === 'paid')
    await f
      .saw(provider, charge.key, { id: charge.id, provider, state: 'paid', amount: charge.amount, currency: charge.currency })
      .catch(() => {})
  response.end()
}).listen(0, '127.0.0.1', () => tell({ is: 'ready', webhooks: (webhooks.address() as AddressInfo).port }))

process.on('message', (message: { readonly click: number }) => {
  const amount = message.click
  pay(amount).then(
    paid => tell({ is: 'answer', amount, as: paid.state === 'paid' ? 'ok' : 'error', says: `${paid.provider} ${paid.id}` }),
    error =>
      tell({
        is: 'answer',
        amount,
        as: read(error),
        says: `${(error as { code?: string }).code ?? ''} ${String((error as Error).message)}`,
      }),
  )
})
process.on('disconnect', () => process.exit(0))

function read(error: unknown): Answer {
  if (isDeclined(error)) return 'declined'
  if (isPending(error)) return 'pending'
  return (error as { ran?: string }).ran === 'no' ? 'not_done' : 'error'
}
