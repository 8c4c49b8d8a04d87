// An engine by its address, for `selfheal run --fleet`: opens a small connection of its own with the client that is installed.
import { SelfhealError } from '../../core/index.ts'
import type { Engine } from '../engine.ts'
import { nats } from './nats.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'

const CONNECT_MS = 500

/** `postgres://…`, `redis://…` or `nats://…`. Throws SelfhealError: what it is not, or which package is missing. */
export async function openEngine(address: string): Promise<Engine> {
  const scheme = /^([a-z]+):\/\//.exec(address)?.[1]
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const { default: pg } = await load('pg', () => import('pg'))
    const pool = new pg.Pool({
      connectionString: address,
      max: 2,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'selfheal-fleet',
    })
    pool.on('error', () => {})
    return { ...postgres(pool), close: () => pool.end() }
  }
  if (scheme === 'redis' || scheme === 'rediss') {
    const { Redis } = await load('ioredis', () => import('ioredis'))
    const client = new Redis(address, { lazyConnect: true })
    client.on('error', () => {})
    return redis(client)
  }
  if (scheme === 'nats') {
    const { connect } = await load('@nats-io/transport-node', () => import('@nats-io/transport-node'))
    // A start must not wait for it.
    let made: Awaited<ReturnType<typeof connect>> | undefined
    const engine = nats(async () => {
      made ??= await connect({ servers: address, maxReconnectAttempts: -1, timeout: 5_000 })
      return made
    })
    const close = async () => {
      await engine.close?.()
      await made?.close()
    }
    return { ...engine, close }
  }
  throw new SelfhealError(
    'SELFHEAL_USAGE',
    `'${address.replace(/\/\/[^@/]*@/, '//')}' is no fleet's address.`,
    'Give --fleet postgres://…, redis://… or nats://….',
  )
}

async function load<T>(name: string, get: () => Promise<T>): Promise<T> {
  try {
    return await get()
  } catch (error) {
    throw new SelfhealError(
      'SELFHEAL_FLEET_CLIENT',
      `The fleet's address needs the package ${name}.`,
      `Run: npm install ${name}`,
      error,
    )
  }
}
