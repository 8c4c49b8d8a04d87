// `notify` as a founder meets it: a real webhook, a real SMTP server, a command, a dead man's switch; a bad deploy that is refused, and a change of
// whom to tell that is taken at reload.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'
import { controlClient } from '../../src/control/index.ts'
import { node } from '../node.ts'

const bin = join(import.meta.dirname, '..', '..', 'bin', 'selfheal.js')
const folder = mkdtempSync(join(tmpdir(), 'selfheal-notify-'))
const state = join(folder, 'state')
const { NODE_OPTIONS: _, NODE_ENV: __, ...inherited } = process.env
const env = { ...inherited, SELFHEAL_STATE: state }
const posted: string[] = []
const mails: string[] = []
let pings = 0
let slackIsDown = false
let run: ChildProcess | undefined

const web = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', text => (body += text))
  request.on('end', () => {
    if (request.url === '/ping') pings++
    else if (!slackIsDown) posted.push((JSON.parse(body) as { text: string }).text)
    response.writeHead(request.url !== '/ping' && slackIsDown ? 500 : 200).end('ok')
  })
})
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, _session, done) {
    let mail = ''
    stream.setEncoding('utf8').on('data', text => (mail += text))
    stream.on('end', () => {
      mails.push(mail)
      done()
    })
  },
})

before(async () => {
  await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve))
  await new Promise<void>(resolve => void smtp.listen(0, '127.0.0.1', resolve))
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "type": "module" }')
  deploy(true)
  configure('told.txt')
})
after(() => {
  run?.kill('SIGKILL')
  web.close()
  web.closeAllConnections()
  smtp.close()
  rmSync(folder, { recursive: true, force: true })
})

test('notify --test goes out by every channel, and says which one failed', async () => {
  assert.match((await selfheal('notify', '--test')).out, /slack +taken\n +email +taken\n +command +taken/)
  assert.match(posted[0]!, /selfheal: a test/)
  assert.match(mails[0]!, /Subject: selfheal: a test/)
  assert.match(told('told.txt'), /Nothing is wrong/)
  slackIsDown = true
  const { code, out } = await selfheal('notify', '--test')
  slackIsDown = false
  assert.equal(code, 1)
  assert.match(out, /slack +the webhook answered 500/)
})

test('a configuration that can’t be is refused before anything runs', () => {
  writeFileSync(join(folder, 'bad.mjs'), `export default { programs: { web: { run: 'node app.js' } }, notify: { slak: 'x' } }`)
  const { status, stderr } = spawnSync(node, [bin, 'run', '--config', 'bad.mjs'], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
  assert.equal(status, 2)
  assert.match(stderr, /notify\.slak is unknown/)
})

test('a bad build is told by every channel; a channel that was down gets it later; whom to tell is changed by a reload', async () => {
  run = spawn(node, [bin, 'run'], { cwd: folder, env, stdio: 'ignore' })
  await until(async () => (await snapshot('shop/beside/reporter'))['state'] === 'running' && pings > 0)
  slackIsDown = true
  deploy(false)
  assert.equal((await selfheal('reload')).code, 1)
  await until(() => told('told.txt').includes('a bad build was blocked'))
  await until(() => mails.some(mail => mail.includes('a bad build was blocked')))
  assert.match(told('told.txt'), /To do: .+\nThe whole story: selfheal why/)
  slackIsDown = false
  await until(() => posted.some(text => text.includes('a bad build was blocked')))

  deploy(true)
  configure('new.txt')
  const before = await snapshot('shop/beside/reporter')
  assert.equal((await selfheal('reload')).code, 0)
  await until(async () => {
    const now = await snapshot('shop/beside/reporter')
    return now['state'] === 'running' && now['pid'] !== before['pid']
  })
  deploy(false)
  assert.equal((await selfheal('reload')).code, 1)
  await until(() => told('new.txt').includes('a bad build was blocked'))
  assert.equal(told('told.txt').split('a bad build was blocked').length, 2, 'the old one heard of the first alone')
})

function deploy(good: boolean) {
  const text = `import { createServer } from 'node:http'\ncreateServer((q, r) => r.end('here')).listen(0)\n`
  writeFileSync(join(folder, 'app.js'), good ? text : `throw new Error('broken build')\n`)
}

function configure(file: string) {
  const at = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
  const mail = `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`
  const notify = {
    slack: `${at}/hook`,
    email: { to: 'ann@example.com', smtp: mail },
    command: `cat >> ${file}`,
    ping: `${at}/ping`,
  }
  const text = JSON.stringify({ programs: { web: { run: `${node} app.js` } }, notify })
  writeFileSync(join(folder, 'selfheal.config.mjs'), `export default ${text}\n`)
}

function told(file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8')
  } catch {
    return ''
  }
}

async function snapshot(path: string): Promise<Record<string, unknown>> {
  const { parts } = await controlClient(state).parts()
  return (parts.find(one => one.path === path)?.snapshot ?? {}) as Record<string, unknown>
}

/** Without blocking this process: it is who answers the webhook. */
function selfheal(...words: readonly string[]): Promise<{ code: number | null; out: string }> {
  return new Promise(resolve => {
    const child = spawn(node, [bin, ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', text => (out += text))
    child.once('close', code => resolve({ code, out }))
  })
}

async function until(fn: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await Promise.resolve(fn()).catch(() => false))) {
    if (Date.now() > end) throw new Error(`not within 60 s: ${fn}`)
    await wait(50)
  }
}
