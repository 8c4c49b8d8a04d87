// Tab completion in the real shells: what a person gets who types so far and presses the key. What the words are is the same for all
// three, and asked of the command itself in test/process/switching.test.ts.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { node } from '../node.ts'
import { needs } from '../part.ts'
import { bin, personsEnv, place } from '../process/run/place.ts'

const here = (t: TestContext) => {
  const p = place(t, {
    'selfheal.config.mjs':
      "export default { programs: { web: { run: 'node web.mjs', ports: [] }, worker: { run: 'node worker.mjs', ports: [] } } }\n",
    'bin/selfheal': `#!/bin/sh\nexec '${node}' '${bin}' "$@"\n`,
  })
  chmodSync(join(p.folder, 'bin/selfheal'), 0o755)
  const env = personsEnv({ HOME: p.folder, PATH: `${join(p.folder, 'bin')}${delimiter}${process.env['PATH']}` })
  return async (shell: string, ...args: readonly string[]) => {
    const { stdout, stderr } = await promisify(execFile)(shell, args, { cwd: p.folder, env, timeout: 120_000 })
    assert.equal(stderr, '')
    return stdout.trim().split('\n')
  }
}

test('bash', needs('linux'), async t => {
  const says = await here(t)(
    'bash',
    '-c',
    `eval "$(selfheal completion bash)"
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _selfheal; echo "\${COMPREPLY[*]}"; }
complete -p selfheal
try selfheal rel
try selfheal stop w
try selfheal run --inst
try selfheal run node web`,
  )
  assert.deepEqual(says.slice(1), ['reload', 'web worker', '--instances'], 'and where it knows nothing, files:')
  assert.match(says[0]!, /-o default -F _selfheal selfheal/)
})

test('zsh, at a terminal of its own', needs('linux', 'zsh'), async t => {
  const says = await here(t)(
    'zsh',
    '-f',
    '-c',
    `zmodload zsh/zpty
zpty -b shell zsh -f -i
await() { local seen chunk; for i in {1..600}; do while zpty -r -t shell chunk; do seen+=$chunk; done; [[ $seen == *$1* ]] && { print -r -- $1; return }; sleep 0.1; done; print -r -- "no $1 in $seen" }
type() { zpty -w -n shell "$1"$'\\t'; await "$2"; zpty -w -n shell $'\\x15' }
zpty -w shell 'PROMPT=; autoload -U compinit; compinit -u -D; eval "$(selfheal completion zsh)"; print ready-$((1 + 1))'
await ready-2
type 'selfheal rel' 'selfheal reload'
type 'selfheal stop wo' 'selfheal stop worker'
type 'selfheal run node pack' 'selfheal run node package.json'`,
  )
  assert.deepEqual(says, ['ready-2', 'selfheal reload', 'selfheal stop worker', 'selfheal run node package.json'])
})

test('fish', needs('linux', 'fish'), async t => {
  const says = await here(t)(
    'fish',
    '-c',
    `selfheal completion fish | source
for typed in 'selfheal rel' 'selfheal stop w' 'selfheal run --inst' 'selfheal run node pack'
  complete -C $typed
end`,
  )
  assert.deepEqual(says, ['reload', 'web', 'worker', '--instances', 'package.json'])
})
