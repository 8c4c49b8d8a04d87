// Second step of the bin, on a Node that is new enough: sources in a clone, dist when installed.
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { setFlagsFromString } from 'node:v8'

const emitWarning = process.emitWarning
process.emitWarning = (warning, ...rest) => {
  if (/SQLite is an experimental|Type Stripping is an experimental|process\.execve is an experimental/.test(String(warning)))
    return
  emitWarning.call(process, warning, ...rest)
}

// What lives for months beside the app stays small, where V8 would rather be fast. Its young generation does not grow (for little garbage it
// would come to keep 50 MB; the size itself can't be set any more once V8 runs, its growth can); the old one is collected sooner; and what is
// hot, a line of output, is not optimized further (the compilers and what they make are 9 MB, for 1 µs a line).
if (['run', 'dev', 'dashboard', 'reporter'].includes(process.argv[2]))
  for (const flag of ['--semi-space-growth-factor=1', '--optimize-for-size', '--no-opt', '--no-maglev']) setFlagsFromString(flag)

const source = new URL('../src/cli/index.ts', import.meta.url)
if (existsSync(source)) {
  // In a clone 'selfheal' means its sources, here and in the Node programs started from here.
  const condition = '@selfheal/source'
  registerHooks({
    resolve: (specifier, context, next) => next(specifier, { ...context, conditions: [...context.conditions, condition] }),
  })
  const options = process.env.NODE_OPTIONS ?? ''
  if (!options.includes(condition)) process.env.NODE_OPTIONS = `${options} --conditions=${condition}`.trim()
  await import(source.href)
} else {
  await import('../dist/cli/index.js')
}
