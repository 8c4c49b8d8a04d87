// `selfheal why`, `digest` and `journal --follow` as a person uses them: beside a running selfheal whose program is killed, and after it.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { node } from '../node.ts'

const bin = join(import.meta.dirname, '..', '..', 'bin', 'selfheal.js')
const folder = mkdtempSync(join(tmpdir(), 'selfheal-why-'))
const { NODE_OPTIONS: _, NODE_ENV: __, ...inherited } = process.env
const env = { ...inherited, SELFHEAL_STATE: join(folder, 'state') }
let run: ChildProcess
let following: ChildProcess
const followed: Record<string, unknown>[] = []

before(async () => {
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "type": "module" }')
  writeFileSync(
    join(folder, 'app.js'),
    `import { createServer } from 'node:http'\ncreateServer((q, r) => r.end('here')).listen(0)\n`,
  )
  run = spawn(node, [bin, 'run', '--name', 'web', node, 'app.js'], { cwd: folder, env, stdio: 'ignore' })
  await until(async () => (await pidOf()) > 0)
})
after(async () => {
  for (const child of [run, following]) child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('before anything broke, it says so', async () => {
  assert.match((await selfheal('why')).out, /Nothing broke/)
  assert.match((await selfheal('digest')).out, /nothing broke\./)
})

test('a crash is told live, one entry a line', async () => {
  following = spawn(node, [bin, 'journal', '--follow', '--json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let rest = ''
  following.stdout!.setEncoding('utf8').on('data', text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) followed.push(JSON.parse(line) as Record<string, unknown>)
  })
  await until(() => followed.some(one => one['name'] === 'program.ready'))
  const pid = await pidOf()
  process.kill(pid, 'SIGKILL')
  await until(() => followed.filter(one => one['name'] === 'program.ready').length === 2)
  assert.deepEqual(
    followed.map(one => one['row']),
    [...followed.map(one => Number(one['row']))].sort((a, b) => a - b),
    'in order, none twice',
  )
  following.kill('SIGINT')
  assert.deepEqual(await once(following, 'exit'), [0, null])
})

test('why tells what it was, what was done, and that nothing is left to do', async () => {
  const { out, code } = await selfheal('why')
  assert.equal(code, 0)
  assert.match(out, /^web had trouble for .+, and healed by itself\. {2}\(/)
  assert.match(out, /began +web\.1 was killed by SIGKILL .* It was killed from outside\./)
  assert.match(out, /noticed +web was away for .+; callers waited at its held port/)
  assert.match(out, /done +web\.2 restarts at once/)
  assert.match(out, /to do +nothing/)
  const { data } = JSON.parse((await selfheal('why', '1m', '--json')).out)
  assert.equal(data.state, 'healed')
  assert.equal(JSON.parse((await selfheal('why', data.id, '--json')).out).data.id, data.id)
})

test('the digest has it, and after the end both are told from the file', async () => {
  assert.match((await selfheal('digest')).out, /1 trouble healed .*none is open/)
  run.kill('SIGTERM')
  await once(run, 'exit')
  assert.match((await selfheal('digest')).out, /1 trouble healed/)
  assert.match((await selfheal('why')).out, /web had trouble for/)
})

test('what is no time is told, with what one looks like', async () => {
  const { code, err } = await selfheal('why', 'yesterday')
  assert.equal(code, 2)
  assert.match(err, /14:05/)
  assert.equal((await selfheal('why', 'abc.99999')).code, 2)
})

async function selfheal(...words: readonly string[]) {
  const child = spawn(node, [bin, ...words], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => (out += text))
  child.stderr.setEncoding('utf8').on('data', text => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

async function pidOf(): Promise<number> {
  const { code, out } = await selfheal('status', '--json')
  if (code !== 0) return 0
  const { parts } = JSON.parse(out).data as { parts: { kind: string; snapshot: { pid: number | null } }[] }
  return parts.find(part => part.kind === 'program')?.snapshot.pid ?? 0
}

async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await wait(50)
}
