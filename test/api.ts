// The public surface as text: each subpath that package.json exports, from the declarations of a build in a temporary folder, against
// api/<subpath>.txt. `node test/api.ts` says what changed and fails; `--write` takes the change on.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { difference } from './api/difference.ts'
import { surfaceOf } from './api/surface.ts'

const root = dirname(import.meta.dirname)
const write = process.argv.includes('--write')
const out = mkdtempSync(join(tmpdir(), 'selfheal-api-'))
process.on('exit', () => rmSync(out, { recursive: true, force: true }))

const tsc = join(root, 'node_modules/typescript/bin/tsc')
const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', out], {
  cwd: root,
  encoding: 'utf8',
})
if (built.status !== 0) {
  console.error(`the declarations could not be built; first mend what npm run types says:\n${built.stdout}${built.stderr}`)
  process.exit(1)
}

const read = (path: string) => (existsSync(join(out, path)) ? readFileSync(join(out, path), 'utf8') : undefined)
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string }>
}
const surfaces = new Map<string, string>()
for (const [subpath, to] of Object.entries(exports)) {
  if (typeof to === 'string') continue
  const name = subpath === '.' ? 'index' : subpath.replace('./', '').replaceAll('/', '.')
  surfaces.set(`${name}.txt`, surfaceOf(to.types.replace('./dist/', ''), read))
}

const folder = join(root, 'api')
mkdirSync(folder, { recursive: true })
let changed = 0
for (const file of new Set([...surfaces.keys(), ...readdirSync(folder).filter(name => name.endsWith('.txt'))])) {
  const path = join(folder, file)
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const now = surfaces.get(file) ?? ''
  if (now === before) continue
  changed++
  console.log(`api/${file}:\n${difference(before, now)}`)
  if (write && now === '') rmSync(path)
  else if (write) writeFileSync(path, now)
}

if (changed > 0 && !write) {
  console.error('The public surface changed. If that is meant: node test/api.ts --write, and a line in CHANGELOG.md.')
  process.exitCode = 1
} else console.log(changed > 0 ? 'written' : `the public surface is as in api/ (${surfaces.size} subpaths)`)
