// What must be true of every history, whatever came: each violation is a sentence. Pure.
import { permitsFor } from '../../src/fleet/rule.ts'
import type { History } from './run.ts'

export function check(h: History): readonly string[] {
  return [...tokens(h), ...fence(h), ...alone(h), ...permits(h), ...decisions(h), ...forces(h), ...back(h)]
}

/** A token is one machine's, and later ones are higher. */
function* tokens({ tokens }: History) {
  for (let i = 1; i < tokens.length; i++)
    if (tokens[i]!.token <= tokens[i - 1]!.token) yield `token ${tokens[i]!.token} was given after ${tokens[i - 1]!.token}`
}

/** Nothing is written under a token once a higher one has written. */
function* fence({ effects }: History) {
  let highest = 0
  for (const { accepted, token, node, landed } of effects) {
    if (!accepted) continue
    if (token < highest) yield `${node} wrote under token ${token} at ${Math.round(landed)}, after token ${highest} had`
    highest = Math.max(highest, token)
  }
}

/**
 * Also without the fence two never act at a time, as long as the engine's clock is not stepped and the machine was not stopped between its
 * look and its write.
 */
function* alone({ effects, tokens, engineStepped }: History) {
  if (engineStepped) return
  for (const { token, node, landed, stopped } of effects) {
    const next = tokens.find(one => one.token > token)
    if (!stopped && next !== undefined && next.at < landed)
      yield `${node} acted under token ${token} at ${Math.round(landed)}, ${Math.round(landed - next.at)} ms after ${next.node} had token ${next.token}`
  }
}

/** Never more than k restart of their own will, each under a permit that the engine knows. */
function* permits({ restarts, machines, engineStepped }: History) {
  for (const { node, token, at, valid, held } of restarts) {
    if (held > permitsFor(machines)) yield `${held} permits were held at ${Math.round(at)}`
    // By chance: without the engine, and said so.
    if (token !== 0 && !valid && !engineStepped)
      yield `${node} restarted at ${Math.round(at)} under permit ${token}, which had run out`
  }
}

function* decisions({ heard }: History) {
  const of = new Map<string, string>()
  const last = new Map<string, number>()
  for (const { node, name, epoch, choice } of heard) {
    const said = of.get(`${name} ${epoch}`)
    if (said !== undefined && said !== choice) yield `epoch ${epoch} of ${name} was ${said}, and ${choice} on ${node}`
    of.set(`${name} ${epoch}`, choice)
    if ((last.get(`${node} ${name}`) ?? 0) >= epoch) yield `${node} heard of epoch ${epoch} after a later one`
    last.set(`${node} ${name}`, epoch)
  }
}

/** What an operator was told is set is set at the end, on every machine. */
function* forces({ wanted, forces }: History) {
  for (const { node, has } of forces)
    for (const [target, may] of Object.entries(wanted))
      if (!may.includes(has[target] ?? null))
        yield `${node} has ${has[target] ?? 'nothing'} for ${target}, wanted: ${may.join(' or ')}`
}

/** When the faults are over everything comes back by itself. */
function* back({ end }: History) {
  if (end.blind > 0) yield `${end.blind} machines are still blind`
  if (end.workers !== 1) yield `${end.workers} machines do the singleton's work at the end`
  if (end.waiting > 0) yield `${end.waiting} restarts were never made`
}
