// `npm run bench:supervisor`: 10,000 children of one supervisor: started, all crashed once and back, stopped; one_for_all over 1,000; the
// heap of an idle child; from a crash to the next life. Beside Erlang/OTP itself (Debian: apt-get install -y erlang-base), which has the same
// to do with its own supervisor, and beside nact from npm. Each in a process of its own, in turns, the median of the rounds; no events are
// listened to here, and OTP's reports are off.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { here } from './peers.ts'
import { machine, median, table } from './table.ts'

interface Figures {
  readonly start: number
  readonly back: number
  readonly stop: number
  readonly all?: number
  readonly bytes?: number
  readonly latencyUs?: number
  readonly release?: string
}
const { values } = parseArgs({
  options: { children: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '5' } },
})
const [n, rounds] = [values.children, Number(values.rounds)]

const beams = mkdtempSync(join(tmpdir(), 'selfheal-otp-'))
const erlang = compile()
const ours = (kind: string, count: string, more = 'more') => [
  'node',
  '--expose-gc',
  join(here, 'supervisor/ours.ts'),
  kind,
  count,
  more,
]
const contenders: Readonly<Record<string, readonly string[] | string>> = {
  'Erlang/OTP': erlang ?? ['erl', '-noshell', '-pa', beams, '-run', 'otp', 'main', n],
  'selfheal, objects': ours('object', n),
  'selfheal, async functions': ours('function', n),
  nact: ['node', '--expose-gc', join(here, 'supervisor/nact.ts'), n],
}

const taken: Record<string, Figures[]> = {}
for (let round = 0; round < rounds; round++)
  for (const [name, command] of Object.entries(contenders)) {
    if (typeof command === 'string') {
      if (round === 0) console.error(`skipped: ${name}: ${command}`)
      continue
    }
    const figures = run(command)
    if (figures !== undefined) (taken[name] ??= []).push(figures)
  }
const medians = Object.fromEntries(Object.entries(taken).map(([name, all]) => [name, middle(all)]))

const show = (value: number | undefined, unit = '') =>
  value === undefined ? '' : `${value < 100 ? value.toFixed(1) : Math.round(value)}${unit}`
const rows = Object.entries(medians).map(([name, f]) => [
  name === 'Erlang/OTP' ? `${name} ${taken[name]![0]!.release ?? ''}`.trim() : name,
  show(f.start),
  show(f.back),
  show(f.stop),
  show(f.all),
  show(f.bytes),
  show(f.latencyUs),
])
console.log(`\n${n} dynamic children, medians of ${rounds} rounds. ${machine}\n`)
const heads = [
  '',
  'start ms',
  'all crash, all back ms',
  'stop ms',
  'one_for_all of 1,000 ms',
  'bytes an idle child',
  'crash → next life µs',
]
console.log(table(heads, rows))

const [otp, own] = [medians['Erlang/OTP'], medians['selfheal, objects']]
if (otp !== undefined && own !== undefined) {
  console.log('\nselfheal (objects) to OTP, of this run:')
  say('start, at most 1', own.start / otp.start, ratio => ratio <= 1)
  say('all crash, all back: times faster, at least 4', otp.back / own.back, ratio => ratio >= 4)
  say('stop, at most 1', own.stop / otp.stop, ratio => ratio <= 1)
}
if (own?.bytes !== undefined) say('bytes an idle child, at most 1,500', own.bytes, bytes => bytes <= 1_500)

console.log('\nHow it grows (objects), µs for each child:\n')
const growth = ['1000', '10000', '100000'].map(count => {
  const all = Array.from({ length: 3 }, () => run(ours('object', count, 'less'))).filter(one => one !== undefined)
  const { start, back, stop } = middle(all)
  return [count, ...[start, back, stop].map(ms => ((ms * 1_000) / Number(count)).toFixed(1))]
})
console.log(table(['children', 'start', 'all crash, all back', 'stop'], growth))
rmSync(beams, { recursive: true, force: true })

/** undefined: it is there. Else why it is not. */
function compile(): string | undefined {
  const done = spawnSync('erlc', ['-o', beams, join(here, 'supervisor/otp.erl')], { encoding: 'utf8' })
  if (done.error !== undefined) return 'there is no Erlang here: apt-get install -y erlang-base'
  return done.status === 0 ? undefined : `erlc: ${done.stderr}${done.stdout}`
}

function run([command, ...args]: readonly string[]): Figures | undefined {
  const program = command === 'node' ? process.execPath : command!
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Figures
  } catch {
    console.error(`${args.join(' ')} told no figures: ${stderr.slice(0, 400)}`)
    return undefined
  }
}

function middle(all: readonly Figures[]): Figures {
  const of = (name: Exclude<keyof Figures, 'release'>) => {
    const values = all.map(one => one[name]).filter(value => value !== undefined)
    return values.length === 0 ? {} : { [name]: median(values) }
  }
  return Object.assign({}, ...(['start', 'back', 'stop', 'all', 'bytes', 'latencyUs'] as const).map(of)) as Figures
}

function say(what: string, value: number, holds: (value: number) => boolean) {
  console.log(`  ${holds(value) ? 'holds ' : 'MISSED'}  ${what}: ${value.toFixed(2)}`)
}
