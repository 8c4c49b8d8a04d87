// Drills as a part: a drill is a process of its own and no emitter here, so it says by two verbs that it began and how it ended, and each is an
// event. Shows what runs now and the last verdict of each; past reports are files beside the journal.
import { type EventMap, type Events, type Json, type Part, SelfhealError, systemClock, type Who } from '../core/index.ts'
import './events.ts'

interface Running {
  readonly drill: string
  readonly of: string
  readonly pid: number
  readonly by: string
  readonly since: number
}

const VERDICTS = ['yes', 'no', 'expected', 'no_steady_state', 'aborted', 'stopped'] as const
const MOST = 20

/** How a program is started, for the drill that starts it bare. */
export interface StartedAs {
  readonly command: string | readonly string[]
  readonly cwd: string
}

export function drillsPart(
  name: string,
  events: Events,
  startedAs: (program: string) => StartedAs | undefined = () => undefined,
  isAlive: (pid: number) => boolean = alive,
): Part {
  const path = `${name}/drills`
  const running = new Map<string, Running>()
  const last = new Map<string, Json>()
  const began = async (args: Json, who: Who): Promise<Json> => {
    const { pid } = args as { readonly pid?: unknown }
    const words = wordsOf(args)
    if (typeof pid !== 'number') throw malformed('pid is no number')
    const id = events.emit('drill.began', path, { ...words, pid, by: who.by })
    if (running.size >= MOST) running.delete([...running.keys()][0]!)
    running.set(id, { drill: words.drill, of: words.of, pid, by: who.by, since: systemClock.wall() })
    return { id }
  }
  const ended = async (args: Json): Promise<Json> => {
    const words = wordsOf(args)
    const { began: id, proved, broke, mend, again, verdict: said, regressed } = args as Readonly<Record<string, unknown>>
    const verdict = VERDICTS.find(one => one === said)
    if (verdict === undefined) throw malformed(`verdict is none of ${VERDICTS.join(', ')}`)
    const data: EventMap['drill.ended'] = {
      ...words,
      verdict,
      proved: listed(proved),
      broke: listed(broke),
      regressed: regressed === true,
      ...(typeof mend === 'string' ? { mend } : {}),
      ...(typeof again === 'string' ? { again } : {}),
    }
    const isBad = words.without.length === 0 && (verdict === 'no' || verdict === 'aborted')
    const because = typeof id === 'string' && running.delete(id) ? { because: id } : {}
    events.emit('drill.ended', path, data, { level: isBad ? 'warn' : 'info', ...because })
    const key = [words.drill, words.of, ...words.without].join('\n')
    last.delete(key)
    last.set(key, { ...words, verdict, regressed: data.regressed, broke: data.broke, at: systemClock.wall() })
    if (last.size > MOST) last.delete([...last.keys()][0]!)
    return null
  }
  // Asked for, never shown: arguments may hold secrets.
  const bare = async (args: Json): Promise<Json> => {
    const { program } = (args ?? {}) as { readonly program?: unknown }
    return ((typeof program === 'string' ? startedAs(program) : undefined) ?? null) as unknown as Json
  }
  return {
    path,
    kind: 'drills',
    // One that was killed can't say that it has ended.
    snapshot: () => ({
      running: [...running.values()].filter(one => isAlive(one.pid)) as unknown as Json,
      last: [...last.values()].reverse(),
    }),
    verbs: { began, ended, bare },
  }
}

function wordsOf(args: Json) {
  const { drill, of, stage, without } = (args ?? {}) as Readonly<Record<string, unknown>>
  if (typeof drill !== 'string' || drill === '') throw malformed('drill names none')
  if (stage !== 'copy' && stage !== 'here') throw malformed("stage is neither 'copy' nor 'here'")
  return { drill, of: typeof of === 'string' ? of : '', stage, without: listed(without) } as const
}

const listed = (value: unknown) =>
  Array.isArray(value) ? value.slice(0, MOST).flatMap(one => (typeof one === 'string' ? [one.slice(0, 300)] : [])) : []

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const malformed = (says: string) =>
  new SelfhealError('SELFHEAL_USAGE', `Nothing was told of a drill: ${says}`, 'selfheal drill says it by itself.')
