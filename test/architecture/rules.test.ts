// That the rules can fail: made-up files, each with one fault, and their sound neighbours.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrowFaults, styleFaults, syntaxFaults } from './rules.ts'

const arrows = (path: string, text: string) => arrowFaults({ path, text })

test('arrows that are drawn pass', () => {
  const drawn: readonly [string, string][] = [
    ['src/policy/retry.ts', "import { systemClock } from '../core/index.ts'"],
    ['src/policy/breaker/breaker.ts', "import type { Call } from '../call.ts'"],
    ['src/policy/breaker/breaker.ts', "import { systemClock } from '../../core/index.ts'"],
    ['src/program/program.ts', "import type { Component } from '../supervisor/index.ts'"],
    ['src/program/program.ts', "new URL('./watchdog.ts', import.meta.url)"],
    ['src/failover/ledger.ts', "import { open } from '../store/index.ts'"],
    ['src/telemetry/digest.ts', "import { incidents } from '../journal/index.ts'"],
    ['src/system/system.ts', "import { dependency } from '../dependency/index.ts'"],
    ['src/cli/run.ts', "import { drill } from '../drill/index.ts'"],
    ['src/cli/index.ts', "new URL('../../package.json', import.meta.url)"],
    ['src/index.ts', "export { selfheal } from './system/index.ts'"],
    ['src/core/ambient.ts', "import { AsyncLocalStorage } from 'node:async_hooks'"],
    ['src/core/events.ts', "import { threadId } from 'node:worker_threads'"],
    ['src/cli/run.ts', "import { Command } from 'commander'"],
    [
      'src/core/clock.test.ts',
      "import { manualClock } from '../testing/index.ts'\nimport fc from 'fast-check'\nimport { readFileSync } from 'node:fs'",
    ],
    ['src/journal/events.ts', "declare module '../core/events.ts' {}"],
  ]
  for (const [path, text] of [...drawn, ['src/browser/modes.ts', "import type { Mode } from '../core/index.ts'"]] as const)
    assert.deepEqual(arrows(path, text), [], `${path}: ${text}`)
})

test('arrows that are not drawn are refused, with file, line, arrow and mend', () => {
  const refused: readonly [string, string, RegExp][] = [
    [
      'src/core/clock.ts',
      "import { breaker } from '../policy/index.ts'",
      /^src\/core\/clock\.ts:1 draws the arrow core → policy.*Mend: core\/ is on layer 0, policy\/ on 1/,
    ],
    ['src/program/program.ts', "\nimport type { A } from '../system/index.ts'", /:2 draws the arrow program → system/],
    ['src/feature/feature.ts', "const a = await import('../dependency/index.ts')", /feature → dependency.*meet in core/],
    ['src/program/program.ts', "import { journal } from '../journal/index.ts'", /program → journal/],
    ['src/program/program.ts', "new URL('../cli/main.ts', import.meta.url)", /program → cli/],
    ['src/supervisor/rule.ts', "export * from '../policy/index.ts'", /supervisor → policy/],
    ['src/drill/drill.ts', "import { doctor } from '../doctor/index.ts'", /drill → doctor/],
    ['src/cli/run.ts', "import { selfheal } from '../index.ts'", /cli → \./],
    [
      'src/program/program.ts',
      "import { rule } from '../supervisor/rule.ts'",
      /past the door of supervisor\/.*export it from src\/supervisor\/index\.ts/,
    ],
    ['src/program/program.ts', "import { a } from '../kitchen/index.ts'", /no layer has kitchen\//],
    ['src/kitchen/stove.ts', '', /a room that no layer has/],
    ['src/core/clock.ts', "import { readFileSync } from 'node:fs'", /IO in core \(node:fs: readFileSync\)/],
    ['src/core/clock.ts', "import { Worker } from 'node:worker_threads'", /IO in core/],
    ['src/core/clock.ts', "import { setTimeout } from 'timers'", /IO in core/],
    ['src/policy/retry.ts', "import ms from 'ms'", /third-party package \(ms\) into policy\//],
    ['src/supervisor/rule.ts', "import type { A } from '@scope/a'", /third-party package/],
    ['src/program/program.ts', "import { breaker } from 'selfheal'", /by its public name/],
    ['src/program/program.ts', "import { a } from '../../examples/a.ts'", /out of src/],
    ['src/browser/modes.ts', "import { durationMs } from '../core/index.ts'", /runs in pages.*types only/],
    ['src/browser/modes.ts', "import { join } from 'node:path'", /runs in pages/],
    ['src/program/program.ts', "import { createServer } from 'node:http'", /brings undici.*getBuiltinModule/],
    ['src/feature/feature.test.ts', "import { cli } from '../cli/index.ts'", /feature → cli/],
  ]
  for (const [path, text, says] of refused) {
    const faults = arrows(path, text)
    assert.equal(faults.length, 1, `${path}: ${text}`)
    assert.match(faults[0]!, says)
  }
})

test('a file that is too long, badly named, without header or with a default export is refused', () => {
  const refused: readonly [string, string, RegExp][] = [
    ['src/core/utils.ts', '// a', /named utils/],
    ['src/core/types.d.ts', '// a', /named types/],
    ['src/core/BigClock.ts', '// a', /kebab-case/],
    ['src/core/long.ts', `// a${'\n'.repeat(250)}export const a = 1`, /251 lines/],
    ['src/core/clock.ts', 'export const a = 1', /begin with a comment/],
    ['src/core/clock.ts', '// a\nexport default 1', /:2 exports by default/],
    ['src/core/clock.ts', '// a\nconst a = 1\nexport { a as default }', /:3 exports by default/],
    ['src/core/index.ts', "// a\nexport * from './a.ts'\nexport const b = 1", /more than exports/],
  ]
  for (const [path, text, says] of refused) {
    const faults = styleFaults({ path, text })
    assert.equal(faults.length, 1, `${path}: ${faults.join()}`)
    assert.match(faults[0]!, says)
  }
})

test('sound files pass', () => {
  const sound: readonly [string, string][] = [
    ['src/core/index.ts', "export * from './a.ts'\nexport type { B } from './b.ts'\n"],
    ['src/core/clock.ts', "// The clock.\nexport const a = 'export default b'\n"],
    ['src/cli/main.ts', '#!/usr/bin/env node\n// The command.\nexport const a = 1\n'],
    ['src/core/clock.test.ts', `${'\n'.repeat(400)}const a = 1`],
    ['src/core/long.ts', `// a${'\n'.repeat(249)}export const a = 1`],
  ]
  for (const [path, text] of sound) assert.deepEqual(styleFaults({ path, text }), [], path)
})

test('syntax that Node 22 does not read is refused', () => {
  const faults = (text: string) => syntaxFaults({ path: 'src/core/a.ts', text })
  for (const text of ['using a = b()', '  await using a = b()', 'for (using a of b) {}'])
    assert.match(faults(`\n${text}`)[0]!, /^src\/core\/a\.ts:2 says using/)
  for (const text of ['// using a = b()', "const s = 'using a = b'", 'const using = 1', 'reusing(a)'])
    assert.deepEqual(faults(text), [], text)
})
