import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { importConfig, takesConfigAlone } from './import-config.ts'

test('of selfheal a configuration takes config and types alone, or Node is left to find it all', () => {
  for (const text of [
    "import { config } from 'selfheal'",
    'import { config } from "selfheal"\nexport default config({})',
    "// the one file\nimport { join } from 'node:path'\nimport {\n  config,\n  type Config,\n} from 'selfheal'\n",
    "import { config as c } from 'selfheal'",
  ])
    assert.equal(takesConfigAlone(text), true, text)
  for (const text of [
    '',
    "import { config, deadline } from 'selfheal'",
    "import * as all from 'selfheal'",
    "import heal from 'selfheal'",
    "import heal, { config } from 'selfheal'",
    "import { config } from 'selfheal'\nconst more = await import('selfheal')",
    "import { config } from 'selfheal/control'",
    "export { config } from 'selfheal'",
  ])
    assert.equal(takesConfigAlone(text), false, text)
})

test('a typed configuration is read where selfheal is not installed, and anew when it has changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'selfheal-config-'))
  try {
    const file = join(folder, 'selfheal.config.mts')
    const write = (run: string) =>
      writeFileSync(
        file,
        `import { config, type Config } from 'selfheal'\nconst it: Config = { programs: { web: { run: '${run}' } } }\nexport default config(it)\n`,
      )
    write('first')
    assert.deepEqual(await importConfig(file, false).then(({ default: d }) => d), { programs: { web: { run: 'first' } } })
    write('second')
    assert.deepEqual(await importConfig(file, true).then(({ default: d }) => d), { programs: { web: { run: 'second' } } })
    // Not for us to strip: Node says what is wrong, and where.
    writeFileSync(file, "import { config } from 'selfheal'\nenum No { A }\nexport default config({})\n")
    await assert.rejects(importConfig(file, true), { code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' })
    writeFileSync(file, "import { config, nothing } from 'selfheal'\nexport default config({})\n")
    await assert.rejects(importConfig(file, true), { code: 'ERR_MODULE_NOT_FOUND' })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
