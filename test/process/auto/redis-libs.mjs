// An app that has never heard of us, on what is usually put on top of Redis: BullMQ (a connection of the app's own, and connections that
// BullMQ makes), sessions by connect-redis on node-redis, rate-limiter-flexible, socket.io's adapter's way of pub/sub, and ioredis's own ways.
import { setTimeout as wait } from 'node:timers/promises'
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient } from 'redis'

const port = Number(process.env.REDIS_PORT)
const quiet = one => one.on('error', () => {})

const done = {}
const did = name => (done[name] = (done[name] ?? 0) + 1)
const connection = quiet(new Redis({ port, maxRetriesPerRequest: null }))
const queue = quiet(new Queue('mail', { connection }))
const own = quiet(new Queue('own', { connection: { port } }))
const events = quiet(new QueueEvents('mail', { connection: { port } }))
const flows = quiet(new FlowProducer({ connection }))
const work = async job => {
  if (job.name === 'long') await wait(40)
  did(job.name)
  return job.data
}
const quick = { runRetryDelay: 300, lockDuration: 3000, stalledInterval: 1000 }
for (const worker of [
  new Worker('mail', work, { connection, ...quick }),
  new Worker('own', work, { connection: { port }, ...quick }),
])
  quiet(worker)
events.on('completed', () => did('heard'))

const cached = quiet(createClient({ socket: { port, host: '127.0.0.1' } }))
await cached.connect()
const limited = quiet(new Redis({ port }))
const limiter = new RateLimiterRedis({ storeClient: limited, points: 1_000_000, duration: 60 })

const redis = quiet(new Redis({ port, keyPrefix: 'shop:', enableAutoPipelining: true }))
const plain = quiet(new Redis({ port }))
const single = quiet(new Redis({ port }))
const sub = quiet(plain.duplicate())
const heard = []
await sub.subscribe('news')
sub.on('message', (_, text) => heard.push(text))

const app = express()
app.use('/session', session({ store: new RedisStore({ client: cached }), secret: 'x', resave: false, saveUninitialized: true }))
const answers = work => async (request, response) => {
  try {
    response.end(JSON.stringify(await work(request)) ?? '')
  } catch (error) {
    response.status(500).end(String(error?.code ?? error?.message ?? JSON.stringify(error)))
  }
}
const route = (path, work) => app.get(path, answers(work))
route('/session', request => (request.session.seen = (request.session.seen ?? 0) + 1))
route('/add', async () => (await queue.add('now', { at: 1 })).id !== undefined)
route('/add-own', async () => (await own.add('owned', { at: 1 })).id !== undefined)
route('/delay', async () => (await queue.add('delayed', {}, { delay: 300 })).id !== undefined)
route('/burst', async () => (await queue.addBulk(Array.from({ length: 50 }, () => ({ name: 'long', data: {} })))).length)
route('/failed', async () => (await queue.getFailed()).map(job => job.failedReason))
route('/wait', async () => (await queue.add('waited', { at: 7 })).waitUntilFinished(events, 8_000))
route('/repeat', async () => (await queue.upsertJobScheduler('tick', { every: 400 }, { name: 'repeated' })).id !== undefined)
route('/flow', async () => {
  const { job } = await flows.add({
    name: 'parent',
    queueName: 'mail',
    children: [{ name: 'child', queueName: 'own', data: {} }],
  })
  return job.id !== undefined
})
route('/counts', async () => ({ ...(await queue.getJobCounts()), own: await own.getJobCounts() }))
route('/done', () => done)
route('/limit', async () => (await limiter.consume('ada')).remainingPoints > 0)
route('/pipelined', async () => {
  const [, a, b] = await Promise.all([redis.set('a', '1'), redis.get('a'), redis.incr('n')])
  return [a, b > 0, await plain.get('shop:a')]
})
route('/multi', async () => {
  await single.multi({ pipeline: false })
  await single.set('m', '1')
  await single.incr('m')
  return single.exec()
})
route('/watch', async () => {
  await plain.watch('w')
  return plain.multi().set('w', '1').get('w').exec()
})
route('/scan', async () => {
  await plain.set('scan:1', 1)
  const found = []
  for await (const keys of plain.scanStream({ match: 'scan:*' })) found.push(...keys)
  return found
})
route('/buffer', async () => String(await plain.getBuffer('shop:a')))
route('/publish', async () => {
  const before = heard.length
  await plain.publish('news', 'hello')
  for (let i = 0; i < 100 && heard.length === before; i++) await wait(20)
  return heard.length > before
})
route('/blocked', async () => {
  const one = plain.duplicate()
  const popped = one.blpop('list', 5)
  await wait(50)
  await plain.lpush('list', 'x')
  const answer = await popped
  one.disconnect()
  return answer
})
route('/is', () => [connection instanceof Redis, plain.duplicate({ lazyConnect: true }) instanceof Redis])

const server = app.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
process.on('SIGTERM', () => process.exit(0))
