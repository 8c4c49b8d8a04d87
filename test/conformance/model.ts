// A reference of OTP's rules, as small as it can be: no time passes in it but the clock it is given, and every restart is done at once.
import type { Restart, Strategy } from '../../src/supervisor/index.ts'

export interface ModelChild {
  readonly id: string
  readonly restart: Restart
  running: boolean
  starts: number
  /** So many of its next starts fail. */
  failing: number
}

export interface ModelOptions {
  readonly strategy: Exclude<Strategy, 'dynamic'>
  readonly intensity: number
  readonly periodMs: number
}

export function model({ strategy, intensity, periodMs }: ModelOptions) {
  let children: ModelChild[] = []
  let dead = false
  let times: number[] = []

  const start = (child: ModelChild): boolean => {
    child.starts++
    child.running = child.failing === 0
    if (child.failing > 0) child.failing--
    return child.running
  }
  const die = () => {
    dead = true
    for (const child of children) child.running = false
  }
  const restart = (fallen: ModelChild, now: number): void => {
    times = times.filter(then => then >= now - periodMs)
    if (times.length + 1 > intensity) die()
    else attempt(fallen, now)
  }
  const attempt = (fallen: ModelChild, now: number) => {
    times.push(now)
    const from = children.indexOf(fallen)
    const members = strategy === 'one_for_all' ? children : strategy === 'rest_for_one' ? children.slice(from) : [fallen]
    for (const child of members) child.running = false
    const back = members.filter(child => child.restart !== 'temporary')
    children = children.filter(child => !members.includes(child) || back.includes(child))
    const failed = back.find(child => !start(child))
    if (failed !== undefined) restart(failed, now)
  }

  return {
    children: () => children,
    dead: () => dead,
    find: (id: string) => children.find(child => child.id === id),
    /** False: its start failed, and it is not kept. */
    add(child: ModelChild): boolean {
      children.push(child)
      if (start(child)) return true
      children.pop()
      return false
    },
    again: start,
    fall(child: ModelChild, how: 'crash' | 'finish', now: number) {
      child.running = false
      const back = child.restart === 'permanent' || (child.restart === 'transient' && how === 'crash')
      if (back) restart(child, now)
      else if (child.restart === 'temporary') children = children.filter(other => other !== child)
    },
    terminate(child: ModelChild) {
      child.running = false
      if (child.restart === 'temporary') children = children.filter(other => other !== child)
    },
    remove(child: ModelChild) {
      children = children.filter(other => other !== child)
    },
  }
}
