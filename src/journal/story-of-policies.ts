// The words for what policies tell: breakers, limits, injected faults; and selfheal/auto, which puts them there. story.ts has the others.
import type { Facts } from './facts.ts'
import { ms } from './phrases.ts'
import type { Teller } from './story.ts'
import { AUTO_TELLERS } from './story-of-auto.ts'

export const POLICY_TELLERS: Readonly<Record<string, Teller>> = {
  ...AUTO_TELLERS,
  'breaker.opened': (d, name) =>
    `Calls to ${whose(d, name)} are stopped: ${d.text('why') ?? 'it failed too often'}${d.number('openMs') === undefined ? '' : `; tried again in ${ms(d.number('openMs'))}`}`,
  'breaker.half_opened': (d, name) => `${whose(d, name)} is tried again, by a few calls`,
  'breaker.closed': (d, name) =>
    `${whose(d, name)} is well: ${d.text('why') ?? 'its probes passed'}${d.number('rampMs') ? `; calls come back over ${ms(d.number('rampMs'))}` : ''}`,
  'breaker.isolated': (d, name) =>
    `Calls to ${whose(d, name)} are stopped by ${d.text('by') ?? 'an operator'}: ${d.text('why') ?? 'no reason told'}`,
  'limit.leaked': (d, name) =>
    `Work of ${whose(d, name)} that was given up ${ms(d.number('leaseMs'))} ago still runs: its place went to others (it ignores its signal)`,
  'fault.on': (d, name) =>
    `A fault is injected into ${name} for ${ms(d.number('forMs'))} by ${d.text('by') ?? 'someone'}: ${d.text('why') ?? 'no reason told'}`,
  'fault.off': (d, name) => `The fault injected into ${name} has ended: ${d.text('why') ?? 'no reason told'}`,
}

/** 'payments', or 'payments (eu)' where one breaker has many keys. */
function whose(d: Facts, name: string): string {
  const key = d.text('key')
  return key === undefined || key === name ? name : `${name} (${key})`
}
