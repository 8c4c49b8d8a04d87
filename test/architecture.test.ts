// The one-way street, kept: reads every import under src and fails on an arrow that the layers don't draw; and the looks of each file.
// The rules themselves are in architecture/, with tests that they can fail.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { test } from 'node:test'
import { rooms } from './architecture/layers.ts'
import { arrowFaults, type SourceFile, styleFaults, syntaxFaults } from './architecture/rules.ts'

const root = dirname(import.meta.dirname)
const read = (...globs: readonly string[]): readonly SourceFile[] =>
  globSync([...globs], { cwd: root })
    .sort()
    .map(path => ({ path: path.split(sep).join('/'), text: readFileSync(join(root, path), 'utf8') }))
const files = read('src/**/*.{ts,mts,tsx}')

const none = (faults: readonly string[]) => assert.equal(faults.length, 0, `\n${faults.join('\n')}`)

test('no import goes against the layers or past a room’s door', () => {
  assert.ok(files.length > 10, 'src was read')
  none(files.flatMap(arrowFaults))
})

test('every source file is small, well named, begins with a comment, and exports by name', () => none(files.flatMap(styleFaults)))

test('every file can be read by the oldest Node we serve', () =>
  none([...files, ...read('test/**/*.ts', 'examples/**/*.ts', '*.mts')].flatMap(syntaxFaults)))

test('every room has a door', () => {
  const paths = new Set(files.map(file => file.path))
  const used = new Set(files.flatMap(({ path }) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []))
  none(
    [...used]
      .filter(room => room in rooms && !paths.has(`src/${room}/index.ts`))
      .map(room => `src/${room}/ has no index.ts. Mend: add it, with exports only`),
  )
})

test('every subpath in package.json is a room that exists, from source and built', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Record<string, string>>
  }
  const paths = new Set(files.map(file => file.path))
  const entries = Object.entries(exports).filter(
    (entry): entry is [string, Record<string, string>] => typeof entry[1] === 'object',
  )
  assert.ok(entries.length > 0)
  none(
    entries.flatMap(([subpath, to]) => {
      const source = to['@selfheal/source']?.replace('./', '') ?? ''
      const built = `./${source.replace(/^src/, 'dist')}`.replace(/\.ts$/, '')
      const wrong = [
        paths.has(source) ? '' : `is not there: ${source}`,
        to['types'] === `${built}.d.ts` ? '' : `should have types ${built}.d.ts`,
        to['default'] === `${built}.js` ? '' : `should have default ${built}.js`,
      ]
      return wrong.filter(Boolean).map(says => `package.json exports '${subpath}' ${says}`)
    }),
  )
})
