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

// What lives for months beside the app stays small: it makes little garbage, for which V8 would come to keep 50 MB. (The size itself can't be
// set any more once V8 runs, its growth can.)
if (['run', 'dev', 'dashboard'].includes(process.argv[2])) setFlagsFromString('--semi-space-growth-factor=1')

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
