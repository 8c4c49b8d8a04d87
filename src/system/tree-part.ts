// The app's tree as a part: what its components are doing, and the verb that gives one a new life.
import type { Json, Part } from '../core/index.ts'
import { SelfhealError } from '../core/index.ts'
import type { Supervisor } from '../supervisor/index.ts'

export function treePart(path: string, tree: Supervisor): Part {
  const children = () =>
    tree.whichChildren().map(({ id, state, generation, looping, restarts }) => ({ id, state, generation, looping, restarts }))
  return {
    path: `${path}/tree`,
    kind: 'supervisor',
    snapshot: () => ({ children: children() }),
    verbs: {
      restart: async args => {
        const { id } = (args ?? {}) as { id?: Json }
        const row = tree.whichChildren().find(child => child.id === id)
        if (row === undefined)
          throw new SelfhealError(
            'SELFHEAL_CHILD_NOT_FOUND',
            `${path} has no component '${String(id)}'`,
            `It has: ${
              children()
                .map(child => child.id)
                .join(', ') || 'none'
            }.`,
          )
        await (row.state === 'stopped' ? tree.restartChild(row.id) : tree.replace(row.id))
        return { id: row.id }
      },
    },
  }
}
