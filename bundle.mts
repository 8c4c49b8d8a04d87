// `npm run build`, after the compiler: what runs in a process or thread of its own becomes one file, in the place of its first module. A
// module costs 15 kB of memory beside its text, and a read at every start; and a supervisor must read nothing from the disk while it heals.
// What shares its state with the app (the preload, every subpath) stays as compiled: docs/decisions/0011-one-file-for-what-runs-alone.md
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'

const dist = resolve(process.argv[2] ?? 'dist')
/** The command line up to and with `selfheal run`. */
const SUPERVISOR = ['cli/index.js', 'cli/run.js']
/** The journal's writer, and the thread that watches beside each life. */
const THREADS = ['journal/writer.js', 'program/preload/watchdog.js']

/** Modules of which nothing is used go; the other commands stay files of their own, loaded when they are asked for. */
const rooms = (home: string): Plugin => ({
  name: 'rooms',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\// }, ({ path, resolveDir, kind, importer }) => {
      const ofCommands = kind === 'dynamic-import' && importer === join(dist, 'cli/index.js')
      if (ofCommands && path !== './run.js') return { path, external: true }
      if (kind !== 'entry-point' && isBare(importer, path) && !path.endsWith('/events.js'))
        throw new Error(`${importer} imports ${path} for its effect alone: a bundle would leave it out`)
      return { path: join(resolveDir, path), sideEffects: false }
    })
    // Whoever names files beside itself goes on naming them from its own place.
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (dirname(path) === join(dist, home) || !text.includes('import.meta')) return undefined
      const own = text.replaceAll('import.meta.url', 'ownUrl')
      if (own.includes('import.meta')) throw new Error(`${path}: of import.meta a bundle knows url alone`)
      return { contents: `const ownUrl = new URL('${relative(join(dist, home), path)}', import.meta.url).href\n${own}` }
    })
  },
})

const isBare = (importer: string, path: string) => new RegExp(`^import '${path}'`, 'm').test(readFileSync(importer, 'utf8'))

const together = (home: string, first: readonly string[], more: BuildOptions = {}) =>
  build({
    entryPoints: first.map(one => join(dist, one)),
    outbase: dist,
    outdir: dist,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    target: 'node22.19',
    format: 'esm',
    packages: 'external',
    plugins: [rooms(home)],
    logLevel: 'warning',
    logOverride: { 'ignored-bare-import': 'silent' },
    ...more,
  })

await together('cli', SUPERVISOR, { splitting: true, chunkNames: 'cli/[name]-[hash]' })
for (const one of THREADS) await together(dirname(one), [one])
