// Reload, by tableflip's rules: one at a time; the old life serves until the new one is ready; a new one that fails is stopped and the old
// one stays, with the settings it had; after a good one nothing old takes work. Configuration and `.env` are read anew.
//
//   read ─► roster changes ─► place by place: new life beside the old ─┬ all ready ─► what is not needed any more goes
//                                                                      └ one fails ─► settings as before; what is replaced is told
import { setTimeout as sleep } from 'node:timers/promises'
import { type Events, type Json, SelfhealError } from '../core/index.ts'
import type { ProgramHandle } from '../program/index.ts'
import type { Supervisor, SupervisorOptions } from '../supervisor/index.ts'
import type { Place, Programs, Roster } from './roster.ts'
import { namesIn, programsNamed, whyOf } from './whole.ts'

const LEAVES_WITHIN_MS = 1_000

export interface ReloadOptions {
  readonly name: string
  readonly roster: Roster
  readonly events: Events
  readonly tree: () => Supervisor
  readonly reread: () => Promise<Programs>
  readonly treeOptions: () => SupervisorOptions
  /** Ends what stands in for a program that was stopped by hand. */
  readonly leave: (of: string) => Promise<void>
}

export function reloads({ name, roster, events, tree, reread, treeOptions, leave }: ReloadOptions) {
  let busy = false

  const renew = async (place: Place, added: boolean): Promise<boolean> => {
    const row = tree()
      .whichChildren()
      .find(child => child.id === place.id)
    // Stopped by hand: it takes its new settings when it is started.
    if ((row === undefined || row.state === 'stopped') && !added) return false
    if (row?.state === 'stopped') await tree().restartChild(place.id)
    else {
      const before = row?.child?.handle as Partial<ProgramHandle> | undefined
      await tree().replace(place.id)
      // Nothing old takes a new caller once it is said to be done.
      if (before?.left !== undefined) await Promise.race([before.left, sleep(LEAVES_WITHIN_MS, undefined, { ref: false })])
    }
    return true
  }
  const forget = async (places: readonly Place[]) => {
    const known = new Set(
      tree()
        .whichChildren()
        .map(({ id }) => id),
    )
    for (const { id, component } of places) {
      if (known.has(id)) {
        await tree().terminateChild(id)
        tree().deleteChild(id)
      }
      await component.release()
    }
  }

  const reload = async (args: Json): Promise<Json> => {
    const began = performance.now()
    const next = await reread()
    const only = namesIn(args)
    if (only !== undefined) programsNamed(roster, args)
    const change = await roster.change(next, only)
    await tree().change(treeOptions())
    const wanted = only === undefined ? roster.order() : roster.order().filter(id => only.includes(id))
    const all = wanted.flatMap(id => roster.places(id))
    const event = events.emit('system.reloading', name, { programs: wanted, lives: all.length })
    const done: string[] = []
    for (const place of all) {
      try {
        if (await renew(place, change.added.includes(place))) done.push(place.id)
      } catch (error) {
        const why = whyOf(error)
        const stays = tree()
          .whichChildren()
          .some(child => child.id === place.id && child.state === 'running')
        change.undo()
        await forget(change.added)
        await tree().change(treeOptions())
        events.emit(
          'system.reload_refused',
          name,
          { id: place.id, why, stays, replaced: done },
          { level: 'warn', because: event },
        )
        const more = done.length === 0 ? '' : `\n  Replaced before it: ${done.join(', ')}.`
        throw new SelfhealError(
          'SELFHEAL_RELOAD_REFUSED',
          `${place.id} was not reloaded: ${why}${more}`,
          stays ? 'The one before it serves on. Mend it, and reload again.' : 'It is tried again by the rule: selfheal status.',
          error,
        )
      }
    }
    await forget(change.removed)
    for (const { of } of change.removed) if (!roster.has(of)) await leave(of)
    change.keep()
    const tookMs = Math.round(performance.now() - began)
    events.emit('system.reloaded', name, { programs: wanted, replaced: done, tookMs }, { because: event })
    return { replaced: done, tookMs }
  }

  return async (args: Json): Promise<Json> => {
    if (busy)
      throw new SelfhealError(
        'SELFHEAL_RELOADING',
        'A reload is under way.',
        'One at a time: ask again when it is done, see selfheal status.',
      )
    busy = true
    try {
      return await reload(args)
    } finally {
      busy = false
    }
  }
}
