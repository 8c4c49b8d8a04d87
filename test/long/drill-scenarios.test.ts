// `selfheal drill <scenario>` as a person uses it on an app of their own: two programs, a scenario in a *.drill.ts file, on a copy that the
// drill starts and takes away again.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { node } from '../node.ts'

const root = join(import.meta.dirname, '..', '..')
const bin = join(root, 'bin', 'selfheal.js')
const folder = mkdtempSync(join(tmpdir(), 'selfheal-drills-test-'))
const temporary = join(folder, 'tmp')
const { NODE_OPTIONS: _, NODE_ENV: __, ...inherited } = process.env
const env = { ...inherited, SELFHEAL_STATE: join(folder, 'state'), TMPDIR: temporary }
const started = new Set<ChildProcess>()

/** Answers with what the stock says; without it, with an honest no. Notes each of its lives. */
const SHOP = `
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
const honest = process.env.SELFHEAL_WITHOUT !== 'feature'
createServer(async (request, response) => {
  try {
    response.end(await (await fetch(process.env.STOCK_URL, { signal: AbortSignal.timeout(500) })).text())
  } catch {
    response.writeHead(honest ? 503 : 500, { 'retry-after': '1', 'content-type': 'application/problem+json' }).end('{}')
  }
}).listen(Number(process.env.PORT), () => appendFileSync(${JSON.stringify(join(folder, 'lives'))}, process.pid + '\\n'))
`
const STOCK = `
import { createServer } from 'node:http'
createServer((request, response) => response.end('in stock')).listen(Number(process.env.STOCK_PORT), '127.0.0.1')
`
const DRILLS = `
import { connection, journey, killed, scenario } from ${JSON.stringify(pathToFileURL(join(root, 'src/drill/index.ts')).href)}
const looks = journey('looks', async visitor => {
  await visitor.get('/', { check: ({ text }) => text === 'in stock' || text })
})
export const stockDown = scenario({
  name: 'stock-down',
  says: 'The stock is gone for a second.',
  faults: [{ at: '500ms', for: '700ms', break: connection('stock', { name: 'down' }) }],
  duration: '2s',
  steady: '500ms',
  journeys: [looks],
  promises: ['answered = 100 %', 'recover ≤ 2 s', 'restarts = 0'],
  heals: ['feature'],
})
export const appDown = scenario({
  name: 'app-down',
  says: 'The app is killed.',
  faults: [{ at: '500ms', break: killed('app') }],
  duration: '60s',
  journeys: [looks],
  promises: ['refused = 0'],
})
`

before(() => {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  write('package.json', '{ "name": "shop", "type": "module" }')
  write('app.js', SHOP)
  write('stock.js', STOCK)
  write('shop.drill.ts', DRILLS)
  write('lives', '')
  write(
    'selfheal.config.mjs',
    `export default {
      programs: {
        stock: { run: '${node} stock.js', ports: ['127.0.0.1:7001'], env: { STOCK_PORT: '7001' } },
        app: { run: '${node} app.js', ports: [7000], env: { STOCK_URL: 'http://127.0.0.1:7001' }, needs: ['stock'] },
      },
      drills: { program: 'app', proxies: { stock: { program: 'app', env: 'STOCK_URL' } } },
    }\n`,
  )
  mkdirSync(temporary)
})
after(() => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('what there is to drill is listed', async () => {
  const { code, out } = await selfheal('drill', '--list')
  assert.equal(code, 0)
  assert.match(out, /crash .*\n {2}app-down .*\n {2}stock-down|crash .*\n {2}stock-down .*\n {2}app-down/)
})

test('with the pattern it is a yes, without it a no; reports and history are kept; nothing of the copy is left', async () => {
  const { code, out, err } = await selfheal('drill', 'stock-down', '--sabotage', '--json', '--junit', 'junit.xml')
  assert.equal(code, 0, out + err)
  const { data } = JSON.parse(out)
  assert.deepEqual(
    data.reports.map((one: { verdict: string; without: string[] }) => [one.verdict, one.without]),
    [
      ['yes', []],
      ['no', ['feature']],
    ],
  )
  assert.ok(data.reports[0].figures.all.degraded > 0)
  assert.equal(data.reports[0].figures.all.failed.refused, 0)
  assert.match(data.reports[0].again, /^npx selfheal drill stock-down/)
  assert.deepEqual(data.unproven, [])
  assert.match(readFileSync(data.files.html, 'utf8'), /<svg/)
  assert.match(readFileSync(join(folder, 'junit.xml'), 'utf8'), /<testsuite name="stock-down"/)
  assert.equal(
    readFileSync(join(folder, 'state', 'drills', 'history.jsonl'), 'utf8')
      .trim()
      .split('\n').length,
    1,
  )
  assert.deepEqual(copies(), [])
  assert.deepEqual(lives().filter(isAlive), [])
})

for (const [says, end] of [
  ['kill -9 of the drill', (drill: ChildProcess) => void drill.kill('SIGKILL')],
  ['selfheal drill --off', () => selfheal('drill', '--off')],
] as const)
  test(`${says} leaves nothing running`, async () => {
    const count = lives().length
    const drill = spawn(node, [bin, 'drill', 'app-down'], { cwd: folder, env, stdio: 'ignore' })
    started.add(drill)
    await until(() => lives().length >= count + 2)
    await end(drill)
    if (drill.exitCode === null && drill.signalCode === null) await once(drill, 'exit')
    await until(() => lives().filter(isAlive).length === 0)
  })

test('in production it refuses, and says in how many ways it must be told', async () => {
  const count = lives().length
  const { code, err } = await selfheal('drill', 'stock-down', '--yes-really', { NODE_ENV: 'production' })
  assert.equal(code, 3)
  assert.match(err, /SELFHEAL_DRILL_PRODUCTION=shop in the environment, drills: { production: true }/)
  assert.equal(lives().length, count)
})

test('a port that was taken meanwhile costs the copy another try, and what can’t be drilled here is passed over by name', async () => {
  const there = createServer().listen(0, '127.0.0.1')
  await once(there, 'listening')
  const other = join(folder, 'other')
  mkdirSync(other)
  const write = (name: string, text: string) => writeFileSync(join(other, name), text)
  write('package.json', '{ "name": "other", "type": "module" }')
  write('reads', '')
  write('stock.js', STOCK)
  write(
    'selfheal.config.mjs',
    `import { appendFileSync, readFileSync } from 'node:fs'
    const copied = process.env.COPIED === '1'
    if (copied) appendFileSync('${other}/reads', '.')
    const port = copied && readFileSync('${other}/reads', 'utf8') === '.' ? ${(there.address() as AddressInfo).port} : 0
    export default {
      programs: {
        stock: { run: '${node} stock.js', ports: [], env: { STOCK_PORT: String(port) } },
        app: { run: '${node} -e "http.createServer((q, r) => r.end()).listen(process.env.PORT)"', ports: [7000] },
      },
      drills: { program: 'app', env: { COPIED: '1' } },
    }\n`,
  )
  write(
    'other.drill.ts',
    `import { journey, killed, scenario } from ${JSON.stringify(pathToFileURL(join(root, 'src/drill/index.ts')).href)}
    const more = { says: 'The stock is killed.', faults: [{ at: '100ms', break: killed('stock') }], duration: '1s', steady: '200ms', promises: ['refused = 0'] }
    export const one = scenario({ name: 'one', ...more })
    export const two = scenario({ name: 'two', ...more, passedOver: 'nobody has a second one' })\n`,
  )
  const { code, out, err } = await selfheal('drill', '--copy', '--config', join(other, 'selfheal.config.mjs'))
  there.close()
  assert.equal(code, 0, out + err)
  assert.match(out, /two: nobody has a second one/)
  assert.equal(readFileSync(join(other, 'reads'), 'utf8').length, 2, 'read once a try')
})

test('what is misspelt is one line with what there is', async () => {
  for (const [words, says] of [
    [['drill', 'stok-down'], /There are: crash, .*stock-down/],
    [['drill', 'stock-down', '--without', 'hope'], /There are: supervision, breaker/],
  ] as const) {
    const { code, err } = await selfheal(...words)
    assert.equal(code, 2, err)
    assert.match(err, says)
  }
})

async function selfheal(...words: readonly (string | Readonly<Record<string, string>>)[]) {
  const more = words.filter(word => typeof word === 'object')
  const child = spawn(node, [bin, ...words.filter(word => typeof word === 'string')], {
    cwd: folder,
    env: Object.assign({}, env, ...more),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => (out += text))
  child.stderr.setEncoding('utf8').on('data', text => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

const copies = () => readdirSync(temporary).filter(name => name.startsWith('selfheal-copy-'))
const lives = () => readFileSync(join(folder, 'lives'), 'utf8').split('\n').filter(Boolean).map(Number)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** As long as it takes: the test has its own limit. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await wait(20)
}
