// An app that has never heard of us, and asks its APIs by what most apps have: axios, got, the Stripe SDK, node:http as an ES module and by
// require(), fetch. /<client>/<port of the API>
import { AsyncLocalStorage } from 'node:async_hooks'
import http, { get, request as named } from 'node:http'
import { createRequire } from 'node:module'
import axios from 'axios'
import got from 'got'
import Stripe from 'stripe'
import { fetch as undiciFetch, request as undiciRequest } from 'undici'

const required = createRequire(import.meta.url)('http')
const keeping = new http.Agent({ keepAlive: true, maxSockets: 2 })
const context = new AsyncLocalStorage()
const text = (asks, options, body) =>
  new Promise((resolve, reject) => {
    const asked = asks({ host: '127.0.0.1', timeout: 1_100, ...options }, answer => {
      let said = ''
      answer.setEncoding('utf8').on('data', more => (said += more))
      answer.on('end', () => resolve(answer.statusCode < 400 ? said : `status ${answer.statusCode}`)).on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })))
    asked.on('error', reject)
    asked.end(body)
  })
const stripes = new Map()
const stripe = port => {
  const options = { host: '127.0.0.1', port, protocol: 'http', timeout: 1_100, maxNetworkRetries: 2 }
  if (!stripes.has(port)) stripes.set(port, new Stripe('sk_test_1', options))
  return stripes.get(port)
}

const clients = {
  named: port => text(named, { port, path: '/' }),
  required: port => text(required.request, { port, path: '/', agent: keeping }),
  got: async port => (await got(`http://127.0.0.1:${port}/`, { timeout: { request: 1_100 }, retry: { limit: 1 } })).body,
  axios: async port => String((await axios.get(`http://127.0.0.1:${port}/`, { timeout: 1_100, responseType: 'text' })).data),
  pay: async port =>
    (await axios.post(`http://127.0.0.1:${port}/pay`, { cents: 5 }, { timeout: 1_100, responseType: 'text' })).data,
  stripe: async port => (await stripe(Number(port)).customers.create({ name: 'Ada' })).id,
  fetch: async port => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', signal: AbortSignal.timeout(1_100) })
    return answer.ok ? answer.text() : `status ${answer.status}`
  },
  undici: async port => {
    const { statusCode, body } = await undiciRequest(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1_100) })
    const said = await body.text()
    return statusCode < 400 ? said : `status ${statusCode}`
  },
  moved: async port => (await axios.get(`http://127.0.0.1:${port}/moved`)).data,
  big: async port => (await text(named, { port, path: '/big' })).length,
  sent: port => text(named, { port, path: '/sent', method: 'POST', agent: false }, 'x'.repeat(3_000_000)),
  expected: port => text(named, { port, path: '/sent', method: 'POST', headers: { expect: '100-continue' } }, 'abc'),
  socket: path => text(named, { socketPath: decodeURIComponent(path), path: '/' }),
  upgraded: port =>
    new Promise((resolve, reject) => {
      const asked = get({ host: '127.0.0.1', port, headers: { connection: 'upgrade', upgrade: 'echo' } })
      asked.on('upgrade', (_, socket) => {
        socket.on('data', data => resolve(String(data)))
        socket.on('close', () => resolve('closed')).on('error', reject)
      })
      asked.on('error', reject)
    }),
  context: port =>
    context.run(
      'mine',
      () => new Promise(resolve => get({ host: '127.0.0.1', port }, answer => resolve(context.getStore(answer.resume())))),
    ),
  waiting: port => text(named, { port, path: '/never', agent: keeping, timeout: 0 }),
  malformed: port => text(named, { port, path: '/a b' }),
  given_up: port =>
    new Promise(resolve => {
      const asked = get({ host: '127.0.0.1', port, path: '/never' })
      asked.on('error', error => resolve(error.code))
      setTimeout(() => asked.destroy(), 20)
    }),
  // What its own signal ends, before an answer and within one, by whichever way, rejects with that signal's reason.
  ended: async port => {
    const aborted = (...why) => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(...why), 100)
      return controller.signal
    }
    const signals = [() => AbortSignal.timeout(100), aborted, () => aborted(new Error('mine')), () => AbortSignal.abort('words')]
    const kept = []
    const asks = [
      (url, signal) => fetch(url, { signal }),
      (url, signal) => fetch(url, { signal, method: 'POST', body: 'a' }),
      // Kept: Node forgets the signal of a Request that nobody holds any more, with us or without.
      (url, signal) => fetch(kept[kept.push(new Request(url, { signal })) - 1]),
      (url, signal) => undiciFetch(url, { signal }),
      (url, signal) => undiciRequest(url, { signal }).then(({ body }) => body),
    ]
    const wrong = asks.flatMap((ask, i) =>
      ['never', 'half'].flatMap(path =>
        signals.map(async (make, j) => {
          const signal = make()
          const answer = ask(`http://127.0.0.1:${port}/${path}`, signal).then(answer => answer.text())
          const late = new Promise(resolve => setTimeout(resolve, 20_000, 'not ended').unref())
          const error = await Promise.race([answer, late]).catch(error => ({ error }))
          return error.error === signal.reason ? [] : [`${i} ${path} ${j}: ${error.error ?? error}`]
        }),
      ),
    )
    const said = (await Promise.all(wrong)).flat().join(', ')
    return said || (kept.length > 0 && 'as without us')
  },
  is: async () => `${named === http.request} ${required.request === named} ${required.get === get}`,
}

// What each client makes of a refusal, and in how many tellings.
const codeOf = error => [error.detail?.code ?? error.cause?.code ?? error.code ?? error.message, error.ran].join(' ').trim()
const kindOf = error =>
  error.isAxiosError ? 'AxiosError' : error.type === 'StripeConnectionError' ? error.type : (error.constructor.name ?? 'Error')

const server = http.createServer(async (request, response) => {
  const [, client, to] = request.url.split('/')
  try {
    response.end(String(await clients[client](to)))
  } catch (error) {
    response.writeHead(500).end(`${codeOf(error)} ${kindOf(error)}`)
  }
})
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
process.on('SIGTERM', () => process.exit(0))
