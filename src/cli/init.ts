// selfheal init: writes a first selfheal.config.mts from what the folder's package.json says. Never overwrites.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { findConfig } from '../control/index.ts'
import { answer } from './answer.ts'
import { usage } from './failure.ts'

interface Package {
  readonly name?: string
  readonly main?: string
  readonly scripts?: Readonly<Record<string, string>>
}

const LIKELY = ['server', 'index', 'app', 'main', 'src/server', 'src/index', 'src/app', 'src/main'].flatMap(name =>
  ['js', 'ts', 'mjs', 'mts', 'cjs'].map(extension => `${name}.${extension}`),
)

export function initCommand(): Command {
  return new Command('init')
    .description('write a first selfheal.config.mts')
    .option('--json', 'one JSON object on stdout')
    .action(async (options: { readonly json?: boolean }) => {
      await answer(
        options,
        async () => {
          const cwd = process.cwd()
          const there = findConfig(cwd)
          if (there !== undefined) throw usage(`${there} is there already.`, 'Edit it, or move it away first.')
          const { run, from } = whatToRun(cwd)
          const file = join(cwd, 'selfheal.config.mts')
          writeFileSync(file, template(run), { flag: 'wx' })
          return { file, run, from }
        },
        data => `Wrote ${data.file}: runs '${data.run}' (${data.from}). Start it with: npx selfheal run`,
      )
    })
}

function whatToRun(cwd: string): { readonly run: string; readonly from: string } {
  const file = join(cwd, 'package.json')
  const pack = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Package) : {}
  const start = pack.scripts?.['start']
  // `npm start` that starts selfheal would start itself.
  if (start !== undefined && !start.includes('selfheal')) return { run: 'npm start', from: 'the start script' }
  const main = [pack.main, ...LIKELY].find(name => name !== undefined && existsSync(join(cwd, name)))
  return main === undefined ? { run: 'node server.js', from: 'a guess: change it' } : { run: `node ${main}`, from: 'found here' }
}

const template = (run: string) => `// What \`selfheal run\` runs here. Every option is optional but \`run\`.
import { config } from 'selfheal'

export default config({
  programs: {
    app: {
      run: ${JSON.stringify(run).replaceAll('"', "'")},
      // Held by selfheal before the first start, so that callers wait instead of being refused. Left out: the port the app asks for.
      // ports: [3000],
      // Guards its databases, caches, fetch and servers without a line of code.
      // auto: true,
      // needs: ['database'],
    },
  },
})
`
