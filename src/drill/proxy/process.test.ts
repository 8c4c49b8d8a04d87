// A proxy in a process of its own: told what to do, and what it does when who told it is gone.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { proxyProcess } from './remote.ts'

async function echo() {
  const server = createServer(socket => void socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as { port: number }).port }
}

test('it breaks and heals as it is told, and ends when it is let go', async () => {
  const { server, port } = await echo()
  const proxy = await proxyProcess({ to: { host: '127.0.0.1', port } })
  assert.equal(await answers(proxy.address.port), true)
  const heal = await proxy.put({ name: 'down' }, 20_000)
  assert.equal(await answers(proxy.address.port), false)
  await heal()
  assert.equal(await answers(proxy.address.port), true)
  assert.equal((await proxy.counts()).taken, 2)
  await assert.rejects(proxy.put({ name: 'latency', ms: 5 }, 0), { code: 'SELFHEAL_USAGE' })
  await proxy.close()
  assert.throws(() => process.kill(proxy.pid, 0))
  server.close()
})

test('kill -9 of the drill heals it, and it goes on passing what is connected', async () => {
  const { server, port } = await echo()
  const code = `
    import { proxyProcess } from ${JSON.stringify(join(import.meta.dirname, 'remote.ts'))}
    const proxy = await proxyProcess({ to: { host: '127.0.0.1', port: ${port} } })
    process.stdout.write(proxy.address.port + '\\n')
    process.stdin.once('data', async () => { await proxy.put({ name: 'hang' }, 60_000); process.stdout.write('in\\n') })`
  const drill = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = await once(drill.stdout.setEncoding('utf8'), 'data')
  const socket = connect(Number(line), '127.0.0.1')
  socket.write('a')
  await once(socket, 'data')
  drill.stdin.write('go\n')
  await once(drill.stdout, 'data')
  let heard = ''
  socket.on('data', text => (heard += text))
  socket.write('b')
  await wait(100)
  assert.equal(heard, '')
  drill.kill('SIGKILL')
  while (!heard.includes('b')) await wait(10)
  socket.end()
  server.close()
})

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write('x'))
    socket.once('data', () => {
      resolve(true)
      socket.end()
    })
    socket.once('error', () => resolve(false))
  })
}
