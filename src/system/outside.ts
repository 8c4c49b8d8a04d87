// Where an app meets the outside, under one roof: its door, dependencies by their adapters, and failovers with their ledger and their
// reconciler, each under the app's path, with its events.

import { type Events, type Part, withoutPatterns } from '../core/index.ts'
import {
  type Adapter,
  type Dependency,
  type DependencyOptions,
  dependency,
  type Heal,
  type Reads,
  type ReadsOptions,
  reads,
} from '../dependency/index.ts'
import { type Failover, type FailoverOptions, failover, type Ledger, sqliteLedger } from '../failover/index.ts'
import { type Admission, type AdmissionOptions, admission } from '../inbound/index.ts'
import type { AppTree } from './app-tree.ts'

export type AppDependencyOptions = Omit<DependencyOptions, 'path' | 'clock' | 'events'>
/** `ledger`: where intents are kept. Default: ledger.db in the state folder, for the programs of one machine. */
export type AppFailoverOptions<P, R> = Omit<FailoverOptions<P, R>, 'ledger' | 'path' | 'clock' | 'events'> & {
  readonly ledger?: Ledger
}

export type AppReadsOptions<S> = Omit<ReadsOptions<S>, 'path' | 'clock' | 'events'>

export interface Outside {
  dependency<F extends object>(adapter: Adapter<F>, options?: AppDependencyOptions): Dependency<F>
  reads<S extends { readonly heal: Heal }>(options: AppReadsOptions<S>): Reads<S>
  failover<P, R>(name: string, options: AppFailoverOptions<P, R>): Failover<P, R>
  admission(options?: Omit<AdmissionOptions, 'path' | 'clock' | 'events'>): Admission
  close(): Promise<void>
}

export interface OutsideFacts {
  readonly path: string
  readonly events: Events
  /** The state folder, made when it is asked for. */
  readonly folder: () => string
  readonly tree: AppTree
  add(part: Part): void
}

export function appOutside({ path, events, folder, tree, add }: OutsideFacts): Outside {
  const undo: (() => unknown)[] = []
  let shared: Ledger | undefined
  const ledger = () => {
    if (shared !== undefined) return shared
    shared = sqliteLedger({ file: `${folder()}/ledger.db` })
    undo.push(() => shared?.close?.())
    return shared
  }
  return Object.freeze({
    dependency<F extends object>(adapter: Adapter<F>, options: AppDependencyOptions = {}) {
      const made = dependency(adapter, { ...options, path: `${path}/${options.name ?? adapter?.kind}`, events })
      add(made.heal)
      undo.push(() => made.heal[Symbol.dispose]())
      return made
    },
    reads<S extends { readonly heal: Heal }>(options: AppReadsOptions<S>) {
      const made = reads({ ...options, path: `${path}/${options.name ?? 'reads'}`, events })
      add(made)
      return made
    },
    failover<P, R>(name: string, options: AppFailoverOptions<P, R>) {
      // The control arm of a drill has one provider.
      const one = withoutPatterns().has('failover') ? { providers: options.providers.slice(0, 1), rules: {} } : {}
      const made = failover<P, R>(name, {
        ...options,
        ...one,
        ledger: options.ledger ?? ledger(),
        path: `${path}/failover/${name}`,
        events,
      })
      add(made)
      // Its end is the tree's to tell: a start that fails is retried or escalates there.
      tree.supervise(`${name}-reconciler`, life => made.reconcile(life)).catch(() => {})
      return made
    },
    admission(options: Omit<AdmissionOptions, 'path' | 'clock' | 'events'> = {}) {
      const made = admission({ ...options, path: `${path}/${options.name ?? 'inbound'}`, events })
      add(made)
      undo.push(() => made.close())
      return made
    },
    async close() {
      for (const one of undo.splice(0).reverse()) await one()
    },
  })
}
