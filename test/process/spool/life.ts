// One life of a program with a spool, for spool-kill.test.ts: takes writes, applies them to a small database of its own, and kills itself
// with -9 at the moment it was told. Says each key once it was taken.
import { writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { settableNeed } from 'selfheal/core'
import { spool } from 'selfheal/feature'

export interface Told {
  readonly folder: string
  /** Numbers of the writes it takes. */
  readonly from: number
  readonly to: number
  /** The need is there from the so-manieth write on. */
  readonly upAt: number
  readonly die: { readonly at: 'before_effect' | 'after_effect' | 'after_taken' | 'ms' | 'never'; readonly n: number }
}

const { folder, from, to, upAt, die } = JSON.parse(process.argv[2]!) as Told
const world = new DatabaseSync(`${folder}/world.db`, { timeout: 5_000 })
world.exec(
  'PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS effects (n INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, line TEXT)',
)
const effect = world.prepare('INSERT INTO effects (key, line) VALUES (?, ?) ON CONFLICT DO NOTHING')

let left = die.n
const reach = (at: Told['die']['at']) => {
  if (die.at === at && left-- <= 0) process.kill(process.pid, 'SIGKILL')
}
if (die.at === 'ms') setTimeout(() => process.kill(process.pid, 'SIGKILL'), die.n)

const need = settableNeed('database', { usable: 'none', state: 'down', causes: [], since: 0 })
const later = spool({
  file: `${folder}/spool.db`,
  when: need,
  perSecond: 5_000,
  kinds: {
    write: {
      check: (body: { n: number }) => (body.n % 7 === 3 ? 'sevens and three are not wanted any more' : undefined),
      apply: (body: { line: string }, { key }) => {
        reach('before_effect')
        effect.run(key, body.line)
        reach('after_effect')
      },
    },
  },
})
const up = () => need.set({ usable: 'full', state: 'up', causes: [], since: 0 })
const takes: Promise<void>[] = []
for (let n = from; n < to; n++) {
  if (n - from === upAt) up()
  const line = `line ${n % 4}`
  takes.push(
    later.defer('write', { n, line }, { key: `w${n}`, line }).then(({ key }) => {
      writeSync(1, `${key}\n`)
      reach('after_taken')
    }),
  )
  if (n % 3 === 0) await takes.at(-1)
}
await Promise.all(takes)
up()
while (later.counts().pending > 0) await new Promise(resolve => setTimeout(resolve, 5))
await later[Symbol.asyncDispose]()
