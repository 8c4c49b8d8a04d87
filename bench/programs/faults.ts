// Part `faults`: to each contender the same faults, one after the other, on the program of the other part. What it can't do, or does not do
// within the limit, is said so.
import { setTimeout as wait } from 'node:timers/promises'
import type { Contender } from '../contenders.ts'
import { serving } from '../running.ts'
import { badDeploy, reloads } from './deploys.ts'
import { type FirstReply, firstReplies } from './first-reply.ts'
import { replaced } from './hanging.ts'
import { keeping, type Part } from './part.ts'
import { completed, IN_FLIGHT } from './throwing.ts'
import { upkeep } from './upkeep.ts'

const TIMES = 5
const HANG_LIMIT_MS = 15_000
const BAD_MS = 5_000

export async function faults(contenders: readonly Contender[]): Promise<Part> {
  const rows = []
  for (const contender of contenders) {
    const row = [contender.name, ...(await measure(contender))]
    // The whole takes minutes: what is known is told.
    console.error(`        ${row.slice(1).join(' | ')}`)
    rows.push(row)
  }
  const heads = [
    '',
    'kill -9 → first reply, ms',
    `completed of ${IN_FLIGHT} when one throws`,
    'hang → replaced, s',
    `${TIMES} reloads: failed`,
    'bad deploy: failed',
    'own memory, MB',
    'idle CPU, %',
  ]
  return {
    name: 'programs-faults',
    heads,
    rows,
    shown: heads,
    notes: [
      `First reply: medians of ${TIMES} kills, each a lone one (selfheal with --backoff 0 --intensity 1000); boot: of the bare program, in turn with them; PM2’s cluster answers by its other worker. Hang: a loop without end; never: not within ${HANG_LIMIT_MS / 1_000} s. Deploys: under 50 callers that keep their connections, the bad one (it throws at boot) for ${BAD_MS / 1_000} s; failed: an error, or no answer within 3 s; each caller asks again after 20 ms. Watt is one process, its program a thread in it: kill -9 takes both, and the memory is of both.`,
    ],
  }
}

async function measure(contender: Contender): Promise<readonly (string | number)[]> {
  console.error(`faults: ${contender.name} …`)
  const first = await keeping(contender, false, async ({ port, kept }) => {
    const cost = await upkeep(kept.keepers(), 4_000)
    const reloaded = await reloads(port, kept, TIMES)
    await serving(port, kept.said)
    const whole = await completed(port, 2, kept.said)
    return { cost, reloaded, whole, hang: await replaced(port, kept, HANG_LIMIT_MS) }
  })
  const second = await keeping(contender, true, async ({ port, kept, log }) => {
    const reply = contender.oneProcess ? undefined : await firstReplies(port, kept, TIMES, log)
    await wait(1_000)
    return { reply, bad: await badDeploy(port, kept, log, BAD_MS) }
  })
  const { cost, reloaded, whole, hang } = first
  const { seconds, named } = hang
  const failed = ({ ok, errors }: { ok: number; errors: number }) => (errors === 0 ? '0' : `${errors} of ${ok + errors}`)
  const undone = reloaded.done === TIMES ? '' : ` (${reloaded.done} done)`
  return [
    second.reply === undefined ? '–' : shown(second.reply),
    whole,
    seconds === undefined ? 'never' : `${seconds.toFixed(1)}, ${named ? 'names the function' : 'no stack'}`,
    `${failed(reloaded)}${undone}`,
    failed(second.bad),
    Math.round(cost.mb),
    cost.cpuPercent.toFixed(2),
  ]
}

/** What is beyond the boot, or that there was none. */
function shown({ ms, bootMs }: FirstReply): string {
  return ms < bootMs / 2 ? `${Math.round(ms)}` : `${Math.round(ms)} (boot ${Math.round(bootMs)} + ${Math.round(ms - bootMs)})`
}
