// Ends what a test run left behind: waits for the end of its input, then looks for processes that carry the run's mark in their
// environment. Exit status 1 when there were any. Reads /proc, so it finds nothing on other systems than Linux.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

const mark = `SELFHEAL_TEST_RUN=${process.argv[2]}`
const GRACE_MS = Number(process.argv[3] ?? 5_000)

const marked = () => processes().filter(pid => read(pid, 'environ').split('\0').includes(mark))
const processes = () => (process.platform === 'linux' ? readdirSync('/proc').filter(name => /^\d+$/.test(name)) : [])
const read = (pid: string, what: string) => {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8')
  } catch {
    return ''
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
for await (const _ of process.stdin);

// What is on its way out may finish.
for (let waited = 0; waited < GRACE_MS && marked().length > 0; waited += 100) await wait(100)
const left = marked()
for (const pid of left) {
  console.error(
    `left behind by the tests, ended now: process ${pid}: ${read(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(-200)}`,
  )
  try {
    process.kill(Number(pid), 'SIGKILL')
  } catch {
    // Gone meanwhile.
  }
}
process.exitCode = left.length === 0 ? 0 : 1
