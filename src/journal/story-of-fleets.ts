// What is told of several machines: who may restart, who has the singleton, what holds for all. Words only.
import { ms } from './phrases.ts'
import type { Teller } from './story.ts'

export const FLEET_TELLERS: Readonly<Record<string, Teller>> = {
  'fleet.joined': d =>
    `This machine (${d.text('node') ?? 'unnamed'}) is one of ${d.number('machines') ?? 'several'} of ${d.text('fleet') ?? 'its fleet'}`,
  'fleet.blind': d =>
    `The fleet’s ${d.text('engine') ?? 'engine'} does not answer (${d.text('why') ?? 'no reason told'}): what was read last stays in force, nothing waits for it`,
  'fleet.sighted': d => `The fleet is seen again, after ${ms(d.number('forMs'))}: ${d.number('machines') ?? '?'} machines`,
  'fleet.left': d => `This machine has left ${d.text('fleet') ?? 'its fleet'}`,
  'fleet.sick': d =>
    `More than half of the fleet is not well (${d.number('sick') ?? 0} sick, ${d.number('lost') ?? 0} lost of ${(d.number('alive') ?? 0) + (d.number('lost') ?? 0)}): no machine restarts of its own will`,
  'fleet.well': d => `Most of the fleet is well again, after ${ms(d.number('forMs'))}`,
  'fleet.permit_granted': d =>
    `This machine may restart (${d.text('what') ?? 'asked'}) after a wait of ${ms(d.number('waitedMs'))}: ${d.number('held') ?? '?'} of ${d.number('most') ?? '?'} do now`,
  'fleet.permit_by_chance': d =>
    `This machine restarts (${d.text('what') ?? 'asked'}) without asking, at a time by chance within ${ms(d.number('windowMs'))}: the fleet’s engine is away`,
  'fleet.permit_lost': d => `The permit to restart (${d.text('what') ?? 'asked'}) has run out: others may restart now`,
  'fleet.lease_taken': d => `${d.text('name') ?? 'A singleton'} runs on this machine now (token ${d.number('token') ?? '?'})`,
  'fleet.lease_lost': d => `${d.text('name') ?? 'A singleton'} stops on this machine: ${d.text('why') ?? 'its lease is over'}`,
  'fleet.overstayed': d =>
    `${d.text('name') ?? 'A singleton'} did not stop ${ms(d.number('forMs'))} after it was asked to, and may run on two machines: only its token keeps it from harm`,
  'fleet.forced': d =>
    `${d.text('by') ?? 'Someone'} has set ${d.text('target') ?? 'something'} to ${d.text('verb') ?? '?'} on all machines${d.text('why') === undefined ? '' : `: ${d.text('why')}`}`,
  'fleet.force_ended': d => `${d.text('target') ?? 'Something'} is no longer forced on all machines`,
  'fleet.force_failed': d =>
    `What holds for all machines (${d.text('target') ?? '?'} ${d.text('verb') ?? ''}) could not be done on this one: ${d.text('message') ?? 'no reason told'}`,
  'fleet.decided': d =>
    `The fleet has decided on ${d.text('choice') ?? '?'} for ${d.text('name') ?? 'something'} (${d.text('by') ?? 'a machine'}: ${d.text('why') ?? ''})`,
  'fleet.build_judged': d =>
    `The build ${d.text('build') ?? '?'} is ${d.all['bad'] === true ? 'bad: no other machine takes it' : 'taken again'} (${d.text('why') ?? 'no reason told'})`,
  'fleet.hint_agreed': d =>
    `${d.number('machines') ?? 'Several'} of ${d.number('alive') ?? 'the'} machines find ${d.text('hint') ?? 'something'} broken: it is looked at more closely here`,
  'fleet.hint_over': d => `${d.text('hint') ?? 'It'} is no longer found broken by half of the machines`,
  'fleet.listener_failed': d => `A listener to the fleet threw: ${d.text('message') ?? 'no reason told'}`,
}
