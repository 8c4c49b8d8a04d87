// Held ports of every kind at once: IPv6, IPv4, both by one socket, a unix socket. Over a kill -9 of the program whoever asks on any of
// them waits, and nobody is refused; after a kill -9 of selfheal each can be had again.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { needs } from '../part.ts'
import { ask, freePort, isAlive, until } from './program/kit.ts'
import { place } from './run/place.ts'

const ipv6 = (port: number) => ({ host: '::1', port })
const pidOf = async (p: ReturnType<typeof place>) => String((await p.facts())!.pid)

test(
  'IPv6, IPv4, both families by one socket and a unix socket are held at once, over a kill -9 of the program and of selfheal',
  needs('linux', 'ipv6'),
  async t => {
    const p = place(t, {
      'app.mjs': `import http from 'node:http'
await new Promise(resolve => setTimeout(resolve, 300))
for (const at of process.argv.slice(2).map(JSON.parse)) http.createServer((_, r) => r.end(String(process.pid))).listen(at)
`,
    })
    const [six, both] = [await freePort(), await freePort()]
    const path = `${p.folder}/shop.sock`
    // One number on two addresses is two sockets.
    const listens = [{ port: six, host: '::1' }, { port: six, host: '127.0.0.1' }, { port: both }, { path }]
    const held = [`[::1]:${six}`, `127.0.0.1:${six}`, `:::${both}`, `unix:${path}`]
    const words = [...held.flatMap(one => ['--port', one]), '--', 'node', 'app.mjs', ...listens.map(one => JSON.stringify(one))]
    const everywhere = [ipv6(six), six, both, ipv6(both), path]
    // Twenty at each address.
    const all = () => Promise.all(everywhere.flatMap(to => Array.from({ length: 20 }, () => ask(to))))
    const run = p.run(...words)
    await p.ready()
    await p.kill()
    const answers = await all()
    await p.ready(2)
    assert.deepEqual([...new Set(answers.map(({ kind, body }) => `${kind} ${body}`))], [`ok ${await pidOf(p)}`])

    const pid = Number(await pidOf(p))
    run.process.kill('SIGKILL')
    await run.ended
    await until('its program to end', () => !isAlive(pid))
    for (const to of everywhere.slice(0, -1)) assert.equal((await ask(to)).kind, 'refused')
    assert.ok(existsSync(path), 'nobody was left to take it away')
    const again = p.run(...words)
    await p.ready()
    assert.deepEqual([...new Set((await all()).map(({ body }) => body))], [await pidOf(p)])
    again.process.kill('SIGTERM')
    assert.equal(await again.ended, 0)
    assert.ok(!existsSync(path))
  },
)

test(
  'an app that asks for the port alone serves each address of it that was named, and a reload refuses and breaks nothing',
  needs('linux', 'ipv6'),
  async t => {
    const p = place(t, {
      'app.mjs': `import http from 'node:http'
http.createServer({ keepAliveTimeout: 0 }, (_, response) => setTimeout(() => response.end(String(process.pid)), 5)).listen(Number(process.env.PORT))
`,
    })
    const port = await freePort()
    // One that waited for a connection it does not know of would have to be waited for.
    const slow = ['--drain', '100s', '--grace', '110s']
    const run = p.run(...slow, '--port', `127.0.0.1:${port}`, '--port', `[::1]:${port}`, '--', 'node', 'app.mjs')
    await p.ready()
    const agents = ['127.0.0.1', '::1'].map(host => ({ host, agent: new Agent({ keepAlive: true, maxSockets: 4 }) }))
    const told: string[] = []
    let over = false
    t.after(() => {
      over = true
      for (const { agent } of agents) agent.destroy()
    })
    const calling = agents.flatMap(({ host, agent }) =>
      Array.from({ length: 4 }, async () => {
        while (!over)
          await new Promise<void>(resolve => {
            get({ host, port, agent }, response => {
              response
                .on('data', chunk => told.push(`${host} ${chunk}`))
                .on('end', resolve)
                .on('error', () => resolve(void told.push('broken')))
            }).on('error', error => resolve(void told.push(error.message)))
          })
      }),
    )
    const pids = [await pidOf(p)]
    const idle = connect(port, '::1')
    t.after(() => idle.destroy())
    idle.on('error', () => {}).write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(idle, 'data')
    await p.whole('reload')
    pids.push(await pidOf(p))
    await until('the old life to have left', () => !isAlive(Number(pids[0])))
    for (const host of ['127.0.0.1', '::1']) assert.equal((await ask({ host, port })).body, pids[1])
    over = true
    await Promise.all(calling)
    const seen = [...new Set(told)].sort()
    assert.deepEqual(seen, ['127.0.0.1', '::1'].flatMap(host => pids.map(pid => `${host} ${pid}`)).sort())
    run.process.kill('SIGTERM')
    assert.equal(await run.ended, 0)
  },
)
