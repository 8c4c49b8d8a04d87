// What npm would publish, tried as its user would: packed from a copy of the tracked tree, installed into an empty project outside the
// clone, run there as plain JavaScript. Needs no network: the dependencies are taken from the clone.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { after, before, test } from 'node:test'
import { importsOf } from './architecture/imports.ts'
import { blocksOf, linksOf } from './docs/page.ts'

const root = dirname(import.meta.dirname)
const place = mkdtempSync(join(tmpdir(), 'selfheal-package-'))
const project = join(place, 'project')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  exports: Record<string, unknown>
  dependencies: object
  peerDependencies: object
}
const distBefore = existsSync(join(root, 'dist'))
// As in a user's shell: nothing of npm's and of our own source condition.
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(name)),
)
const npm = (cwd: string, ...words: readonly string[]) => {
  const done = spawnSync('npm', [...words, '--no-audit', '--no-fund', '--cache', join(place, 'cache')], {
    cwd,
    env,
    encoding: 'utf8',
  })
  assert.equal(done.status, 0, `npm ${words.join(' ')}\n${done.stdout}${done.stderr}`)
  return done.stdout
}
let packed: readonly string[] = []

before(() => {
  const tree = join(place, 'tree')
  for (const path of execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0')) {
    if (path === '' || !existsSync(join(root, path))) continue
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    cpSync(join(root, path), join(tree, path))
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  npm(tree, 'pack', '--pack-destination', place)
  const tarball = join(place, `selfheal-${manifest.version}.tgz`)
  packed = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  npm(project, 'install', '--offline', '--ignore-scripts', '--install-links', tarball, ...dependencies())
  // What some subpaths need beside themselves: whoever uses those has it.
  for (const name of Object.keys(manifest.peerDependencies)) {
    mkdirSync(dirname(join(project, 'node_modules', name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  }
})
after(() => rmSync(place, { recursive: true, force: true }))

test('the package holds built JavaScript, its types, the command and its papers, and no sources', () => {
  const files = new Set(packed.map(path => path.replace(/^package\//, '')))
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'docs/run.md',
    'bin/selfheal.js',
    'bin/start.js',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/cli/index.js',
    'dist/dashboard/page/index.html',
    'dist/dashboard/page/page.js',
    'dist/dashboard/page/page.css',
  ])
    assert.ok(files.has(path), `${path} is missing`)
  const strange = [...files].filter(
    path =>
      !/^(?:package\.json|(?:README|CHANGELOG|ARCHITECTURE)\.md|LICENSE|bin\/[\w-]+\.js|dist\/.+\.(?:js|d\.ts|html|css|svg|sql|sh)|docs\/.+\.(?:md|svg|png|json))$/.test(
        path,
      ),
  )
  assert.deepEqual(strange, [])
  assert.deepEqual(
    [...files].filter(path => path.includes('.test.')),
    [],
  )
})

test('every link of its papers leads into the package: examples, benches and tests are not there', () => {
  const files = new Set(packed.map(path => path.replace(/^package\//, '')))
  const dead = [...files]
    .filter(path => path.endsWith('.md'))
    .flatMap(path =>
      linksOf(readFileSync(join(project, 'node_modules/selfheal', path), 'utf8'))
        .map(({ line, what }) => ({ line, to: what.split('#')[0]! }))
        .filter(({ to }) => {
          const at = posix.join(posix.dirname(path), to)
          return to !== '' && !files.has(at) && ![...files].some(file => file.startsWith(`${at.replace(/\/$/, '')}/`))
        })
        .map(({ line, to }) => `${path}:${line} ${to}`),
    )
  assert.deepEqual(dead, [])
})

test('whatever the built files name beside them is there: the compiler does not rewrite new URL(…)', () => {
  const files = new Set(packed.map(path => path.replace(/^package\//, '')))
  const built = [...files].filter(path => path.startsWith('dist/') && path.endsWith('.js'))
  assert.ok(built.length > 10)
  const broken = built.flatMap(path => {
    const named = importsOf(readFileSync(join(project, 'node_modules/selfheal', path), 'utf8')).filter(({ specifier }) =>
      specifier.startsWith('.'),
    )
    const there = (specifier: string) => files.has(posix.join(posix.dirname(path), specifier))
    // A choice between source and built file names both: the built one must be there.
    const chosen = (specifier: string) => {
      const twin = specifier.replace(/\.ts$/, '.js')
      return there(twin) && named.some(other => other.specifier === twin)
    }
    return named
      .filter(({ specifier }) => !there(specifier) && !chosen(specifier))
      .map(({ specifier, line }) => `${path}:${line} ${specifier}`)
  })
  assert.deepEqual(broken, [])
})

test('packing leaves nothing in the clone', () => {
  assert.equal(existsSync(join(root, 'dist')), distBefore)
})

test('every subpath is there for plain JavaScript and for strict TypeScript', () => {
  const names = Object.keys(manifest.exports).filter(subpath => subpath !== './package.json')
  const imports = names.map((subpath, i) => `import * as part${i} from 'selfheal${subpath.slice(1)}'\n`).join('')
  const used = `for (const part of [${names.map((_, i) => `part${i}`).join(', ')}]) if (Object.keys(part).length === 0) throw new Error('empty')\n`
  writeFileSync(join(project, 'all.mjs'), imports + used)
  const ran = spawnSync(process.execPath, ['all.mjs'], { cwd: project, env, encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
  writeFileSync(join(project, 'all.mts'), imports + used)
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    noEmit: true,
    skipLibCheck: false,
  }
  const types = { typeRoots: [join(root, 'node_modules/@types')], types: ['node'] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...options, ...types }, files: ['all.mts'] }))
  const checked = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'], {
    cwd: project,
    encoding: 'utf8',
  })
  // What is wrong in others' declarations is not ours to mend.
  const ours = checked.stdout
    .split('\n')
    .filter(line => line.includes('error TS') && (/^node_modules\/selfheal\//.test(line) || line.startsWith('all.mts')))
  assert.deepEqual(ours, [])
})

test('the README’s first example runs there', () => {
  const [first] = blocksOf(readFileSync(join(root, 'README.md'), 'utf8'))
  assert.ok(first !== undefined, 'README.md has a TypeScript block')
  writeFileSync(join(project, 'example.mts'), first.code)
  const ran = spawnSync(process.execPath, ['example.mts'], {
    cwd: project,
    env,
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  assert.equal(ran.status, 0, `${ran.stderr}${ran.stdout}`)
})

test('the browser’s client is served there as plain modules', () => {
  const code = `import { modes } from 'selfheal/feature'
const all = modes()
for (const name of ['index', 'modes', 'stream', 'element', 'draft']) {
  let text = ''
  const response = { writeHead: status => { if (status !== 200) throw new Error(name + ' ' + status) }, end: said => { text = said } }
  if (!all.handler({ url: '/selfheal/browser/' + name + '.js', method: 'GET', headers: {} }, response) || /: string|\\.ts'/.test(text) || text.length < 50) throw new Error(name)
}
all.close()
`
  writeFileSync(join(project, 'client.mjs'), code)
  const ran = spawnSync(process.execPath, ['client.mjs'], { cwd: project, env, encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
})

test('npx selfheal --version tells the version', () => {
  const told = spawnSync('npx', ['--no-install', 'selfheal', '--version'], { cwd: project, env, encoding: 'utf8' })
  assert.equal(told.status, 0, told.stderr)
  assert.equal(told.stdout.trim(), manifest.version)
})

test('what keeps programs running for months is a few files, and brings no fetch with it', () => {
  const built = join(project, 'node_modules/selfheal/dist')
  const seen = new Set<string>()
  const others = new Set<string>()
  const read = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    const text = readFileSync(path, 'utf8')
    for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^'"()]*?(?:\bfrom\s*)?["']([^"']+)["']/gm))
      if (specifier!.startsWith('.')) read(join(dirname(path), specifier!))
      else others.add(specifier!)
  }
  for (const path of ['cli/index.js', 'cli/run.js']) read(join(built, path))
  assert.ok(seen.size >= 2 && seen.size <= 8, `files: ${[...seen].join(', ')}`)
  assert.deepEqual([...others].filter(name => !name.startsWith('node:')).sort(), ['commander', 'valibot'])
  assert.ok(!others.has('node:http'), 'node:http as a module brings undici')
  for (const path of ['journal/writer.js', 'program/preload/watchdog.js'])
    assert.doesNotMatch(readFileSync(join(built, path), 'utf8'), /\bfrom\s*["']\./, `${path} is one file`)
})

test('reading a typed configuration leaves neither a stripper of types nor the whole package behind', () => {
  writeFileSync(
    join(project, 'selfheal.config.mts'),
    "import { config, type Config } from 'selfheal'\nexport default config({ programs: { web: { run: 'node a' } } } satisfies Config)\n",
  )
  const code = `const { loadConfig } = await import('selfheal/control')
const { config } = await loadConfig({ cwd: process.cwd() })
const there = process.moduleLoadList.filter(name => /amaro|undici/.test(name))
console.log(JSON.stringify({ run: config.programs.web.run, there }))`
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: project, env, encoding: 'utf8' })
  rmSync(join(project, 'selfheal.config.mts'))
  assert.equal(ran.stdout, '{"run":"node a","there":[]}\n', ran.stderr)
})

test('selfheal run keeps an app answering there, over a kill -9 with its own files gone from the disk, and stops when told', async () => {
  writeFileSync(
    join(project, 'app.mjs'),
    `import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
const server = createServer((_, answer) => answer.end(String(process.pid)))
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => writeFileSync('port', String(server.address().port)))
`,
  )
  const command = join(project, 'node_modules/.bin/selfheal')
  const selfheal = spawn(command, ['run', 'node', 'app.mjs'], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [selfheal.stdout, selfheal.stderr]) stream.on('data', (data: Buffer) => (said += data))
  const ended = once(selfheal, 'exit')
  const talk = () => (selfheal.exitCode === null ? said : raise(`selfheal ended with ${selfheal.exitCode}:\n${said}`))
  try {
    const first = await answered(talk)
    // As while npm replaces the package: of all this only the program's next life needs anything (its preload).
    for (const path of OWN_FILES) renameSync(join(project, path), join(place, path.replaceAll('/', '-')))
    process.kill(first, 'SIGKILL')
    const second = await answered(talk)
    assert.notEqual(second, first, said)
    selfheal.kill('SIGTERM')
    const [code] = await ended
    assert.equal(code, 0, said)
    assert.throws(() => process.kill(second, 0), { code: 'ESRCH' }, 'the app is gone')
  } finally {
    selfheal.kill('SIGKILL')
    for (const path of OWN_FILES)
      if (existsSync(join(place, path.replaceAll('/', '-'))))
        renameSync(join(place, path.replaceAll('/', '-')), join(project, path))
  }
})

/** Of the supervisor's process alone. */
const OWN_FILES = [
  ...['bin', 'dist/cli', 'dist/control', 'dist/journal', 'dist/supervisor', 'dist/system', 'dist/fleet'].map(
    part => `node_modules/selfheal/${part}`,
  ),
  'node_modules/commander',
  'node_modules/valibot',
]

/** The pid that the app answers with, as soon as there is an app and a port. */
async function answered(said: () => string): Promise<number> {
  const until = performance.now() + 30_000
  for (;;) {
    try {
      const port = readFileSync(join(project, 'port'), 'utf8')
      return Number(await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text())
    } catch (error) {
      const so = said()
      if (performance.now() > until) throw new Error(`no answer within 30 s:\n${so}`, { cause: error })
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

function raise(says: string): never {
  throw new Error(says)
}

/** The folders of all that the package needs at run time, as they stand in the clone. */
function dependencies(): readonly string[] {
  const found = new Map<string, string>()
  const add = (names: readonly string[]) => {
    for (const name of names) {
      if (found.has(name)) continue
      found.set(name, join(root, 'node_modules', name))
      const theirs = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as {
        dependencies?: object
      }
      add(Object.keys(theirs.dependencies ?? {}))
    }
  }
  add(Object.keys(manifest.dependencies))
  return [...found.values()]
}
