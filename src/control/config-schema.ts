// Judges a configuration: every fault at once, each with its place, in one ConfigError. What rooms further up make of guards, notify and
// drills is theirs to judge.
import * as v from 'valibot'
import { ConfigError, type Fault } from '../core/index.ts'
import type { Config } from './config.ts'
import { choice, duration, knownObject, plainObject, size, text } from './option-schemas.ts'
import { programFaults } from './program-faults.ts'

const count = (least: number) =>
  v.custom<number>(n => Number.isSafeInteger(n) && (n as number) >= least, `must be a whole number, at least ${least}`)
const object = plainObject('must be an object')

// What an address may be is program/'s to say.
const port = v.custom<string | number>(
  p => (typeof p === 'string' && p.trim() !== '') || (Number.isInteger(p) && (p as number) >= 1 && (p as number) <= 65_535),
  "must be a port from 1 to 65535, 'host:port' or 'unix:/path'",
)

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9-]*$/, 'is no name: begin with a letter, then a-z, 0-9 and -, all lower-case'),
)

const program = knownObject(
  {
    run: text("the command, such as 'node server.js'"),
    ports: v.optional(v.array(port, 'must be a list, such as [3000]')),
    needs: v.optional(v.array(v.string('must be the name of a program'), "must be a list of programs' names")),
    env: v.optional(v.record(v.string(), v.string('must be text: put it in quotes'), 'must be an object of texts')),
    cwd: v.optional(text('a folder')),
    ready: v.optional(choice('listening', 'line', 'alive')),
    restart: v.optional(choice('permanent', 'transient', 'temporary')),
    startWithin: v.optional(duration('30s')),
    grace: v.optional(duration('8s')),
    drain: v.optional(duration('7s')),
    hang: v.optional(duration('5s')),
    instances: v.optional(count(1)),
    standby: v.optional(text("a folder of pages, a command, or 'stale'")),
    maxUptime: v.optional(duration('1d')),
    auto: v.optional(v.boolean('must be true or false')),
    spare: v.optional(v.boolean('must be true or false')),
    memory: v.optional(size('512MB')),
  },
  "such as { run: 'node server.js' }",
)

const schema = knownObject(
  {
    state: v.optional(text('a folder')),
    strategy: v.optional(choice('one_for_one', 'one_for_all', 'rest_for_one')),
    programs: v.optional(v.record(name, program, 'must be an object of programs')),
    guards: v.optional(v.record(v.string(), object, 'must be an object of guards')),
    metrics: v.optional(text("an address, such as '127.0.0.1:9464'")),
    notify: v.optional(object),
    journal: v.optional(
      knownObject(
        { keepFor: v.optional(duration('30d')), keepRows: v.optional(count(1_000)), keepBytes: v.optional(count(1_048_576)) },
        "such as { keepFor: '30d' }",
      ),
    ),
    drills: v.optional(object),
  },
  "such as { programs: { app: { run: 'node server.js' } } }",
)

/** `value` as a Config, frozen; `what` names it in the error. Throws ConfigError. */
export function checkConfig(value: unknown, what = 'configuration'): Config {
  const judged = v.safeParse(schema, value)
  const faults: Fault[] = (judged.issues ?? []).map(issue => ({ at: placeOf(issue), says: issue.message }))
  faults.push(...programFaults((value as { programs?: unknown } | null)?.programs))
  if (faults.length > 0 || !judged.success) throw new ConfigError(what, faults)
  return Object.freeze(judged.output) as Config
}

/** 'programs.app.ports[0]'. */
function placeOf(issue: v.BaseIssue<unknown>): string {
  const place = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return place === '' ? 'it' : place.replace(/^\./, '')
}
