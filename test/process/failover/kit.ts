// What the process tests and the proof of failover share: the two payment simulators as real processes, and the official SDKs pointed at them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import braintreeSdk from 'braintree'
import Stripe from 'stripe'
import type { Charge } from '../../../examples/marketplace/payments/books.ts'
import type { Mode } from '../../../examples/marketplace/payments/switchboard.ts'
import {
  type BraintreeGateway,
  type BraintreeOptions,
  braintree,
  type StripeClient,
  type StripeOptions,
  stripe,
} from '../../../src/failover/index.ts'

export interface Ports {
  readonly kind: 'stripe' | 'braintree'
  readonly port: number
  readonly admin: number
}

export interface Simulator extends Ports {
  readonly process: ChildProcess
  switch(to: { mode?: Mode; modes?: readonly Mode[]; amount?: number; times?: number; ms?: number }): Promise<void>
  books(): Promise<readonly Charge[]>
  post(verb: string, body?: object): Promise<void>
  stop(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL('../../../examples/marketplace/payments/simulator.ts', import.meta.url))

export interface Started {
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

export async function simulator(kind: Ports['kind'], { args = [], env = process.env }: Started = {}): Promise<Simulator> {
  const child = spawn(process.execPath, [...args, PROGRAM, kind], {
    // It ends when we do, however we end.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...env, PORT: '0', ADMIN_PORT: '0', BOOKS: '' },
  })
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string]
  return simulatorAt(JSON.parse(line) as Ports, child)
}

function simulatorAt(ports: Ports, child: ChildProcess): Simulator {
  const ask = async (verb: string, init?: RequestInit) => {
    const answer = await fetch(`http://127.0.0.1:${ports.admin}/${verb}`, init)
    const body: unknown = await answer.json()
    if (!answer.ok) throw new Error(JSON.stringify(body))
    return body
  }
  const post = async (verb: string, body: object = {}) => void (await ask(verb, { method: 'POST', body: JSON.stringify(body) }))
  return {
    ...ports,
    process: child,
    post,
    switch: to => post('switch', to),
    books: async () => (await ask('books')) as readonly Charge[],
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

export function stripeAt(port: number, options?: StripeOptions) {
  const client = new Stripe('sk_test_simulator', { host: '127.0.0.1', port, protocol: 'http', telemetry: false })
  return stripe(client as unknown as StripeClient, options)
}

export function braintreeAt(port: number, options?: BraintreeOptions) {
  const Environment = braintreeSdk.Environment as unknown as new (
    server: string,
    port: string,
    auth: string,
    ssl: boolean,
  ) => braintreeSdk.Environment
  const environment = new Environment('127.0.0.1', String(port), 'http://127.0.0.1', false)
  const gateway = new braintreeSdk.BraintreeGateway({
    environment,
    merchantId: 'shop',
    publicKey: 'public',
    privateKey: 'private',
  })
  return braintree(gateway as unknown as BraintreeGateway, options)
}
