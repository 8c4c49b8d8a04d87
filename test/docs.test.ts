// The docs are kept true: every TypeScript block of README.md and docs/ runs as a module of its own and has sound types, every relative
// link leads somewhere, and every npm script that is named exists. Blocks run in a folder inside the clone, so that they import the
// package by its public name, from source; lines stay the page's own in error messages.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { after, test } from 'node:test'
import { anchorsOf, type Block, blocksOf, linksOf, scriptsOf } from './docs/page.ts'

const root = dirname(import.meta.dirname)
const LIMIT_MS = 20_000
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).sort()
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)

// Every folder of the clone that git ignores would do; node_modules would not: types are not stripped there.
mkdirSync(join(root, '.data'), { recursive: true })
const folder = mkdtempSync(join(root, '.data', 'docs-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const blocks = pages.flatMap(page => blocksOf(read(page)).map(block => ({ page, block, file: fileOf(page, block) })))
for (const { block, file } of blocks) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${'\n'.repeat(block.line - 1)}${block.code}\n`)
}

test('README.md shows TypeScript', () => {
  assert.ok(pages.includes('README.md'), 'there is a README.md')
  assert.ok(blocks.some(({ page }) => page === 'README.md'))
})

for (const { page, block, file } of blocks) {
  test(`${page}:${block.line} runs`, () => {
    assert.doesNotMatch(
      block.marks,
      /no-?run|skip|ignore/,
      'a block that is not run may be wrong: show text instead, or make it run',
    )
    const done = spawnSync(process.execPath, ['--conditions=@selfheal/source', file], {
      cwd: dirname(file),
      // Its state is its own: an app of the reader's may run in this clone.
      env: { ...process.env, SELFHEAL_STATE: join(dirname(file), 'state') },
      encoding: 'utf8',
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
      input: '',
    })
    const ending = done.error === undefined ? `exit ${done.status ?? done.signal}` : `did not end within ${LIMIT_MS / 1_000} s`
    assert.equal(done.status, 0, `${ending}\n${done.stderr}${done.stdout}`.replaceAll(folder, ''))
  })
}

test('every TypeScript block has sound types', () => {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', include: ['**/*.mts'] }))
  const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', folder], {
    cwd: folder,
    encoding: 'utf8',
  })
  const wrong = tsc.stdout.split('\n').filter(line => /^[^\s.][^(]*\.mts\(/.test(line))
  assert.equal(wrong.length, 0, `\n${wrong.join('\n')}`)
})

for (const page of pages) {
  const text = read(page)

  test(`every link of ${page} leads somewhere`, () => {
    const broken = linksOf(text).filter(({ what }) => {
      const [path, anchor] = what.split('#')
      const target = path === '' ? page : join(dirname(page), decodeURIComponent(path!))
      if (!existsSync(join(root, target))) return true
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(read(target)).has(decodeURIComponent(anchor))
    })
    assert.deepEqual(
      broken.map(({ line, what }) => `${page}:${line} ${what}`),
      [],
    )
  })

  test(`every npm script that ${page} names exists`, () => {
    const unknown = scriptsOf(text).filter(({ what }) => !scripts.includes(what))
    assert.deepEqual(
      unknown.map(({ line, what }) => `${page}:${line} npm run ${what}`),
      [],
    )
  })
}

function fileOf(page: string, block: Block): string {
  return join(folder, relative('.', page).replace(/\.md$/, ''), `${block.line}`, 'block.mts')
}
