// A reference of OTP's rules over a whole tree, as small as it can be: no time passes in it but the clock it is given, and every restart is
// done at once.
import type { Restart, Strategy } from '../../src/supervisor/index.ts'

export interface LeafPlan {
  readonly id: string
  readonly restart: Restart
  readonly significant: boolean
}
export interface BranchPlan extends LeafPlan {
  readonly strategy: Exclude<Strategy, 'dynamic'>
  readonly intensity: number
  readonly auto: 'never' | 'any_significant' | 'all_significant'
  readonly children: readonly Plan[]
}
export type Plan = LeafPlan | BranchPlan

export interface Node {
  readonly plan: Plan
  readonly parent: Node | undefined
  running: boolean
  /** Of a supervisor. */
  children: Node[]
  times: number[]
}
export type Model = ReturnType<typeof model>

export const isBranch = (plan: Plan): plan is BranchPlan => 'strategy' in plan

export function model(plan: BranchPlan, periodMs: number) {
  const starts = new Map<string, number>()
  const failing = new Map<string, number>()
  const root = make(plan, undefined)
  let now = 0

  function make(plan: Plan, parent: Node | undefined): Node {
    return { plan, parent, running: false, children: [], times: [] }
  }
  function start(node: Node): boolean {
    const { plan } = node
    if (!isBranch(plan)) {
      starts.set(plan.id, (starts.get(plan.id) ?? 0) + 1)
      const fails = failing.get(plan.id) ?? 0
      failing.set(plan.id, Math.max(0, fails - 1))
      node.running = fails === 0
      return node.running
    }
    node.times = []
    node.children = plan.children.map(child => make(child, node))
    node.running = node.children.every(start)
    if (!node.running) stop(node)
    return node.running
  }
  function stop(node: Node) {
    node.running = false
    for (const child of node.children) stop(child)
    node.children = []
  }
  function fall(node: Node, how: 'crash' | 'finish') {
    const { plan, parent } = node
    stop(node)
    if (parent === undefined) return
    if (plan.restart === 'permanent' || (plan.restart === 'transient' && how === 'crash')) return void restart(parent, node)
    if (plan.restart === 'temporary') parent.children = parent.children.filter(other => other !== node)
    if (!plan.significant) return
    const { auto } = parent.plan as BranchPlan
    const others = parent.children.some(other => other !== node && other.plan.significant && other.running)
    if (auto === 'any_significant' || !others) fall(parent, 'finish')
  }
  function restart(parent: Node, fallen: Node): void {
    const { intensity, strategy } = parent.plan as BranchPlan
    parent.times = parent.times.filter(then => then >= now - periodMs)
    if (parent.times.length + 1 > intensity) return void fall(parent, 'finish')
    parent.times.push(now)
    const from = parent.children.indexOf(fallen)
    const going =
      strategy === 'one_for_all' ? parent.children : strategy === 'rest_for_one' ? parent.children.slice(from) : [fallen]
    for (const child of going) stop(child)
    const back = going.filter(child => child.plan.restart !== 'temporary')
    parent.children = parent.children.filter(child => !going.includes(child) || back.includes(child))
    const failed = back.find(child => !start(child))
    if (failed !== undefined) restart(parent, failed)
  }

  start(root)
  return {
    root,
    starts: (id: string) => starts.get(id) ?? 0,
    fail: (id: string, times: number) => void failing.set(id, times),
    pass(ms: number) {
      now += ms
    },
    fall,
    /** False: its start failed, and it is not kept. */
    add(parent: Node, plan: Plan): boolean {
      const node = make(plan, parent)
      parent.children.push(node)
      if (start(node)) return true
      parent.children.pop()
      return false
    },
    again: start,
    terminate(node: Node) {
      stop(node)
      if (node.plan.restart === 'temporary') this.remove(node)
    },
    remove(node: Node) {
      const { parent } = node
      parent!.children = parent!.children.filter(other => other !== node)
    },
    /** Every supervisor that runs, the root first. */
    branches: () => all(root).filter(node => node.running && isBranch(node.plan)),
    /** Every child of those. */
    children: () => all(root).slice(1),
  }
}

function all(node: Node): readonly Node[] {
  return [node, ...node.children.flatMap(all)]
}
